// The commutation audit of a case: swaps a sample of neighbouring steps that are called
// independent, and compares outcomes. Every reduction of the search rests on what it tests.
#ifndef REDRIVE_REPLAYER_AUDIT_CASE_H_
#define REDRIVE_REPLAYER_AUDIT_CASE_H_

#include <cstdint>
#include <string>

#include "core/result.h"
#include "recorder/case.h"
#include "recorder/case_runner.h"

namespace redrive {

struct CaseAudit {
  std::uint64_t swaps = 0;   // compared
  std::string disagreement;  // the first pair of steps that does not commute, a sentence; or ""
};

// Audits `samples` random executions, one swap each. Lists are compared without their order, as the
// serial-outcome oracle does. Deterministic in `seed`. Errors (kInvalid): the case.
// `handlers` empty: the workshop.
[[nodiscard]] Result<CaseAudit> AuditCase(const Case& source, std::uint64_t seed,
                                          std::uint64_t samples, ResettableFactory handlers = {});

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_AUDIT_CASE_H_
