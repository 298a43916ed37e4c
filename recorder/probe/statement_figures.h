// What pg_stat_statements tells about the time between two readings of it. Its maxima are since its
// last reset, so that some of them say nothing about the run.
#ifndef REDRIVE_RECORDER_PROBE_STATEMENT_FIGURES_H_
#define REDRIVE_RECORDER_PROBE_STATEMENT_FIGURES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace redrive {

struct StatementFigures {
  std::int64_t calls = 0;
  std::int64_t total_ns = 0;
  std::int64_t max_ns = 0;
};

struct StatementTable {
  std::map<std::string, StatementFigures> statements;  // by queryid
  std::int64_t forgotten = 0;  // times that the server dropped statements for want of space
};

struct SlowStatement {
  std::string id;
  std::int64_t at_least_ns = 0;  // its longest call in between took so long, or longer
  std::int64_t calls = 0;
};

struct StatementVerdict {
  std::vector<SlowStatement> slow;  // the slowest first
  std::int64_t longest_ns = 0;      // the longest call in between that can be told, slow or not
  // Statements that were called in between, of which nobody can tell whether a call was slow: they
  // had a slower one before.
  std::uint64_t undecided = 0;
  bool forgotten = false;  // the server dropped statements in between
};

StatementVerdict CompareStatementTables(const StatementTable& before, const StatementTable& after,
                                        std::int64_t slow_ns);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_STATEMENT_FIGURES_H_
