// PostgresProbe: deadlocks, slow queries, locks and connections of one PostgreSQL database, from
// its statistics views. Reads only.
#ifndef REDRIVE_RECORDER_PROBE_POSTGRES_PROBE_H_
#define REDRIVE_RECORDER_PROBE_POSTGRES_PROBE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "recorder/probe/postgres_connection.h"
#include "recorder/probe/probe.h"
#include "recorder/probe/statement_figures.h"

namespace redrive {

// Four times a second: pg_stat_activity and pg_stat_database of the database in the URI. Slow
// queries are those seen running for longer than `slow`, and, where the extension
// pg_stat_statements is there, the statements that it says were slower; without it short ones can
// be missed between two looks, and the report says so.
class PostgresProbe final : public Probe {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PostgresProbe>> Open(const std::string& uri,
                                                                   std::chrono::milliseconds slow);

  [[nodiscard]] std::string source() const override { return source_; }
  [[nodiscard]] std::string flag() const override { return "--probe-postgres"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] Result<void> Begin(ProbeReport* report) override;
  [[nodiscard]] Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override;
  [[nodiscard]] Result<void> End(std::int64_t at_ns, ProbeReport* report) override;

 private:
  struct Counters {
    std::int64_t deadlocks = 0;
    std::int64_t rollbacks = 0;
    std::int64_t blocks_read = 0;
    std::int64_t blocks_hit = 0;
    std::string started;  // of the server
    std::string reset;    // of the statistics
  };
  PostgresProbe() = default;
  [[nodiscard]] Result<Counters> ReadCounters();
  [[nodiscard]] Result<void> ReadActivity(std::int64_t at_ns, ProbeReport* report);
  [[nodiscard]] Result<void> ReadQueries(ProbeReport* report);
  [[nodiscard]] Result<void> CountersToReport(std::int64_t at_ns, ProbeReport* report);
  // Where pg_stat_statements is; "" and a note when it is not usable.
  [[nodiscard]] Result<std::string> FindStatements(ProbeReport* report);
  [[nodiscard]] Result<StatementTable> ReadStatements();
  void ConcludeQueries(std::int64_t at_ns, ProbeReport* report);
  [[nodiscard]] Result<void> CompareStatements(ProbeReport* report);

  struct Seen {
    std::int64_t age_ns = 0;
    std::string statement;  // queryid, "" when the server does not tell
    std::string shape;
  };

  std::unique_ptr<PostgresConnection> connection_;
  std::string source_;
  std::int64_t slow_ns_ = 0;
  Counters before_;
  std::string statements_schema_;  // quoted
  StatementTable statements_before_;
  std::map<std::pair<std::string, std::string>, Seen> seen_;  // by pid and start
  std::size_t forgotten_ = 0;                                 // past the limit of seen_
  std::size_t slow_statements_ = 0;                           // known from pg_stat_statements only
  std::int64_t longest_ns_ = 0;
  std::string at_least_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_POSTGRES_PROBE_H_
