#include "cli/shard.h"

#include <optional>

namespace redrive {
namespace {

struct Ranks {
  const char* index;
  const char* count;  // "" when there is none
};
// A job array numbers its parts from a minimum of the user's choice; see SlurmArray.
constexpr Ranks kRanks[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                            {"PMI_RANK", "PMI_SIZE"},
                            {"SLURM_PROCID", "SLURM_NTASKS"},
                            {"JOB_COMPLETION_INDEX", ""}};

std::optional<std::uint32_t> ToNumber(const std::optional<std::string>& text) {
  if (!text || text->empty() || text->size() > 9) return std::nullopt;
  if (text->find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return static_cast<std::uint32_t>(std::stoul(*text));
}

struct Found {
  std::uint32_t index = 0;
  std::optional<std::uint32_t> count;
};

std::optional<Found> FromEnvironmentOf(const EnvLookup& lookup) {
  const auto id = ToNumber(lookup("SLURM_ARRAY_TASK_ID"));
  if (id) {
    const std::uint32_t first = ToNumber(lookup("SLURM_ARRAY_TASK_MIN")).value_or(0);
    return Found{*id - std::min(first, *id), ToNumber(lookup("SLURM_ARRAY_TASK_COUNT"))};
  }
  for (const Ranks& ranks : kRanks) {
    const auto index = ToNumber(lookup(ranks.index));
    if (!index) continue;
    return Found{*index, *ranks.count == '\0' ? std::nullopt : ToNumber(lookup(ranks.count))};
  }
  return std::nullopt;
}

}  // namespace

Result<Shard> ParseShard(const std::string& text, const EnvLookup& lookup) {
  const auto wrong = [&text](const std::string& what) {
    return Error{ErrorCode::kInvalid, "--shard '" + text + "': " + what};
  };
  const std::size_t slash = text.find('/');
  const std::string head = text.substr(0, slash);
  std::optional<std::uint32_t> index = ToNumber(head);
  std::optional<std::uint32_t> count;
  if (slash != std::string::npos) {
    count = ToNumber(text.substr(slash + 1));
    if (!count) return wrong("expected I/N such as 0/4, auto, or auto/N");
  }
  if (head == "auto") {
    const auto found = FromEnvironmentOf(lookup);
    if (!found) {
      return wrong("no rank in the environment (Open MPI, MPICH, Slurm, JOB_COMPLETION_INDEX)");
    }
    index = found->index;
    if (!count) count = found->count;
    if (!count) return wrong("the environment does not tell how many parts there are: auto/N");
  }
  if (!index || !count) return wrong("expected I/N such as 0/4, auto, or auto/N");
  if (*count == 0 || *index >= *count) {
    return wrong("part " + std::to_string(*index) + " of " + std::to_string(*count) +
                 " does not exist; parts are numbered from 0");
  }
  return Shard{*index, *count};
}

}  // namespace redrive
