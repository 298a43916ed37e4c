#include "recorder/probe/statement_figures.h"

#include <algorithm>

namespace redrive {

StatementVerdict CompareStatementTables(const StatementTable& before, const StatementTable& after,
                                        std::int64_t slow_ns) {
  StatementVerdict verdict;
  verdict.forgotten = after.forgotten != before.forgotten;
  for (const auto& [id, now] : after.statements) {
    StatementFigures then;
    const auto found = before.statements.find(id);
    // Fewer calls than before: it was reset or dropped in between, and all calls are new.
    if (found != before.statements.end() && found->second.calls <= now.calls) {
      then = found->second;
    }
    const std::int64_t calls = now.calls - then.calls;
    if (calls <= 0) continue;
    const std::int64_t mean = std::max<std::int64_t>(0, now.total_ns - then.total_ns) / calls;
    // A maximum that grew was reached in between; else at least one call took the mean.
    const std::int64_t longest = now.max_ns > then.max_ns ? now.max_ns : mean;
    verdict.longest_ns = std::max(verdict.longest_ns, longest);
    if (longest > slow_ns) {
      verdict.slow.push_back({id, longest, calls});
    } else if (then.max_ns > slow_ns && now.total_ns - then.total_ns > slow_ns) {
      ++verdict.undecided;
    }
  }
  std::sort(verdict.slow.begin(), verdict.slow.end(), [](const auto& a, const auto& b) {
    return a.at_least_ns != b.at_least_ns ? a.at_least_ns > b.at_least_ns : a.id < b.id;
  });
  return verdict;
}

}  // namespace redrive
