// Which part of a campaign this process is to run.
#ifndef REDRIVE_CLI_SHARD_H_
#define REDRIVE_CLI_SHARD_H_

#include <string>

#include "core/result.h"
#include "recorder/template.h"
#include "replayer/explore_case.h"

namespace redrive {

// "I/N", or "auto" or "auto/N" for what `lookup` tells of Open MPI, MPICH, Slurm (tasks and job
// arrays) or a Kubernetes indexed job, which knows no N of its own. Errors (kInvalid) say what is
// missing.
[[nodiscard]] Result<Shard> ParseShard(const std::string& text, const EnvLookup& lookup);

}  // namespace redrive

#endif  // REDRIVE_CLI_SHARD_H_
