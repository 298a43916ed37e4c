#include "recorder/probe/postgres_probe.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "recorder/probe/mask_query.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kSeenMax = 10'000;
constexpr std::size_t kFindingsMax = 10;
// A back end tells its counters when it becomes idle, at most once a second.
constexpr auto kCountersLate = std::chrono::milliseconds(1'200);

using Rows = std::vector<PostgresRow>;

std::int64_t Whole(const std::optional<std::string>& cell) {
  return cell ? std::strtoll(cell->c_str(), nullptr, 10) : 0;
}

std::string Text(const std::optional<std::string>& cell) { return cell.value_or(""); }

Error Strange(const std::string& view) {
  return Error{ErrorCode::kInvalid, view + " answered in a form that is not PostgreSQL's"};
}

bool HasShape(const Rows& rows, std::size_t columns) {
  return std::all_of(rows.begin(), rows.end(),
                     [columns](const PostgresRow& row) { return row.size() == columns; });
}

std::string Milliseconds(std::int64_t nanoseconds) {
  return std::to_string(nanoseconds / kMillion) + " ms";
}

// An identifier as SQL text.
std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

Result<std::unique_ptr<PostgresProbe>> PostgresProbe::Open(const std::string& uri,
                                                           std::chrono::milliseconds slow) {
  Result<std::unique_ptr<PostgresConnection>> connection = PostgresConnection::Make(uri);
  if (connection.has_error()) return connection.error();
  std::unique_ptr<PostgresProbe> probe(new PostgresProbe());
  probe->connection_ = std::move(*connection);
  probe->source_ = WithoutPassword(uri);
  probe->slow_ns_ = std::chrono::nanoseconds(slow).count();
  return probe;
}

std::chrono::milliseconds PostgresProbe::interval() const { return std::chrono::milliseconds(250); }

Result<void> PostgresProbe::Begin(ProbeReport* report) {
  seen_.clear();
  forgotten_ = 0;
  slow_statements_ = 0;
  longest_ns_ = 0;
  at_least_.clear();
  report->slow_ms = slow_ns_ / kMillion;
  statements_before_ = {};
  const Result<void> connected = connection_->Connect();
  if (connected.has_error()) return connected;
  Result<std::string> schema = FindStatements(report);
  if (schema.has_error()) return schema.error();
  statements_schema_ = std::move(*schema);
  if (!statements_schema_.empty()) {
    Result<StatementTable> statements = ReadStatements();
    if (statements.has_error()) {
      report->Note("pg_stat_statements: " + statements.error().message);
      statements_schema_.clear();
      const Result<void> again = connection_->Connect();
      if (again.has_error()) return again;
    } else {
      statements_before_ = std::move(*statements);
    }
  }
  const Result<Counters> counters = ReadCounters();
  if (counters.has_error()) return counters.error();
  before_ = *counters;
  return {};
}

Result<void> PostgresProbe::Sample(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> connected = connection_->Connect();
  if (connected.has_error()) return connected;
  const Result<void> activity = ReadActivity(at_ns, report);
  if (activity.has_error()) return activity;
  const Result<void> queries = ReadQueries(report);
  if (queries.has_error()) return queries;
  const auto slow = static_cast<std::int64_t>(seen_.size() + forgotten_);
  report->Series("pg_slow_queries").Add(at_ns, slow * kMillion);
  return CountersToReport(at_ns, report);
}

Result<void> PostgresProbe::End(std::int64_t at_ns, ProbeReport* report) {
  std::this_thread::sleep_for(kCountersLate);
  const Result<void> last = Sample(at_ns, report);
  Result<void> compared;
  if (last.has_value() && !statements_schema_.empty()) compared = CompareStatements(report);
  ConcludeQueries(at_ns, report);
  if (last.has_error()) return last;
  return compared;
}

Result<PostgresProbe::Counters> PostgresProbe::ReadCounters() {
  const Result<Rows> rows = connection_->Query(
      "SELECT /* redrive */ deadlocks, xact_rollback, blks_read, blks_hit, "
      "pg_postmaster_start_time(), stats_reset FROM pg_stat_database "
      "WHERE datname = current_database()");
  if (rows.has_error()) return rows.error();
  if (rows->size() != 1 || !HasShape(*rows, 6)) return Strange("pg_stat_database");
  const PostgresRow& row = rows->front();
  return Counters{.deadlocks = Whole(row[0]),
                  .rollbacks = Whole(row[1]),
                  .blocks_read = Whole(row[2]),
                  .blocks_hit = Whole(row[3]),
                  .started = Text(row[4]),
                  .reset = Text(row[5])};
}

Result<void> PostgresProbe::CountersToReport(std::int64_t at_ns, ProbeReport* report) {
  const Result<Counters> now = ReadCounters();
  if (now.has_error()) return now.error();
  if (now->started != before_.started || now->reset != before_.reset) {
    return Error{ErrorCode::kIo, now->started != before_.started
                                     ? "the server was restarted during the run"
                                     : "the statistics were reset during the run"};
  }
  report->Series("pg_deadlocks").Add(at_ns, (now->deadlocks - before_.deadlocks) * kMillion);
  report->Series("pg_rollbacks").Add(at_ns, (now->rollbacks - before_.rollbacks) * kMillion);
  const std::int64_t hit = now->blocks_hit - before_.blocks_hit;
  const std::int64_t all = hit + now->blocks_read - before_.blocks_read;
  if (all > 0 && hit >= 0) {
    __extension__ using Wide = __int128;
    report->Series("pg_cache_hits")
        .Add(at_ns, static_cast<std::int64_t>(static_cast<Wide>(hit) * kMillion / all));
  }
  return {};
}

Result<void> PostgresProbe::ReadActivity(std::int64_t at_ns, ProbeReport* report) {
  const Result<Rows> rows = connection_->Query(
      "SELECT /* redrive */ count(*), count(*) FILTER (WHERE wait_event_type = 'Lock'), "
      "count(*) FILTER (WHERE state IS NULL) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid() "
      "AND coalesce(backend_type, 'client backend') = 'client backend'");
  if (rows.has_error()) return rows.error();
  if (rows->size() != 1 || !HasShape(*rows, 3)) return Strange("pg_stat_activity");
  report->Series("pg_connections").Add(at_ns, Whole(rows->front()[0]) * kMillion);
  report->Series("pg_lock_waits").Add(at_ns, Whole(rows->front()[1]) * kMillion);
  if (Whole(rows->front()[2]) == 0) return {};
  at_least_ = "the user may not see what other users' sessions do: GRANT pg_monitor TO the user";
  report->Series("pg_lock_waits").at_least = at_least_;
  return {};
}

Result<void> PostgresProbe::ReadQueries(ProbeReport* report) {
  const std::string id = connection_->server_version() >= 140'000 ? "query_id::text" : "''";
  const Result<Rows> rows = connection_->Query(
      "SELECT /* redrive */ pid, query_start, "
      "(extract(epoch FROM clock_timestamp() - query_start) * 1000000000)::bigint, " +
      id +
      ", wait_event_type, left(query, 4000) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' "
      "AND backend_type = 'client backend' AND clock_timestamp() - query_start > interval '" +
      std::to_string(slow_ns_ / kMillion) + " milliseconds' ORDER BY query_start LIMIT 200");
  if (rows.has_error()) return rows.error();
  if (!HasShape(*rows, 6)) return Strange("pg_stat_activity");
  for (const PostgresRow& row : *rows) {
    const auto key = std::make_pair(Text(row[0]), Text(row[1]));
    if (seen_.size() >= kSeenMax && seen_.count(key) == 0) {
      ++forgotten_;
      report->Note("more than 10,000 slow queries: some were counted more than once");
      continue;
    }
    Seen& query = seen_[key];
    query.age_ns = std::max(query.age_ns, Whole(row[2]));
    query.statement = Text(row[3]);
    if (!query.shape.empty()) continue;
    query.shape = MaskSql(Text(row[5]));
    if (row[4] == "Lock") query.shape += "  (waited for a lock)";
  }
  return {};
}

Result<std::string> PostgresProbe::FindStatements(ProbeReport* report) {
  const Result<Rows> rows = connection_->Query(
      "SELECT /* redrive */ n.nspname FROM pg_extension e JOIN pg_namespace n "
      "ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'");
  if (rows.has_error()) return rows.error();
  if (!HasShape(*rows, 1)) return Strange("pg_extension");
  if (!rows->empty() && connection_->server_version() >= 130'000) {
    return Quoted(Text(rows->front()[0]));
  }
  report->Note(rows->empty() ? "slow queries by looking four times a second: the extension "
                               "pg_stat_statements is not in this database"
                             : "slow queries by looking four times a second: "
                               "pg_stat_statements of a server before 13 is not read");
  return std::string();
}

Result<StatementTable> PostgresProbe::ReadStatements() {
  const Result<Rows> rows = connection_->Query(
      "SELECT /* redrive */ queryid::text, sum(calls)::bigint, "
      "(sum(total_exec_time) * 1000000)::bigint, (max(max_exec_time) * 1000000)::bigint FROM " +
      statements_schema_ +
      ".pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = "
      "current_database()) AND query NOT LIKE '%/* redrive */%' GROUP BY queryid");
  if (rows.has_error()) return rows.error();
  if (!HasShape(*rows, 4)) return Strange("pg_stat_statements");
  StatementTable table;
  for (const PostgresRow& row : *rows) {
    if (!row[0]) {
      at_least_ = "statements of other users are hidden: GRANT pg_monitor TO the user";
      continue;
    }
    table.statements[*row[0]] = {Whole(row[1]), Whole(row[2]), Whole(row[3])};
  }
  if (connection_->server_version() < 140'000) return table;
  const Result<Rows> info = connection_->Query("SELECT /* redrive */ dealloc FROM " +
                                               statements_schema_ + ".pg_stat_statements_info");
  if (info.has_value() && info->size() == 1 && HasShape(*info, 1)) {
    table.forgotten = Whole(info->front()[0]);
  }
  return table;
}

Result<void> PostgresProbe::CompareStatements(ProbeReport* report) {
  const Result<StatementTable> after = ReadStatements();
  if (after.has_error()) {
    at_least_ = "pg_stat_statements: " + after.error().message;
    return after.error();
  }
  const StatementVerdict verdict = CompareStatementTables(statements_before_, *after, slow_ns_);
  if (verdict.undecided > 0) {
    at_least_ = std::to_string(verdict.undecided) +
                " statements had a slow call before the run, which hides whether they had one in "
                "it: SELECT pg_stat_statements_reset() before the run";
  } else if (verdict.forgotten) {
    at_least_ = "pg_stat_statements was full and dropped statements: raise pg_stat_statements.max";
  }
  longest_ns_ = verdict.longest_ns;
  std::set<std::string> known;
  for (const auto& [key, query] : seen_) known.insert(query.statement);
  for (const SlowStatement& slow : verdict.slow) {
    if (known.count(slow.id) != 0) continue;
    ++slow_statements_;
    if (report->findings.size() >= kFindingsMax) continue;
    const Result<Rows> text =
        connection_->Query("SELECT /* redrive */ left(query, 4000) FROM " + statements_schema_ +
                           ".pg_stat_statements WHERE queryid::text = '" + slow.id + "' LIMIT 1");
    if (text.has_error()) return text.error();
    const bool shown = text->size() == 1 && HasShape(*text, 1);
    report->findings.push_back(
        Milliseconds(slow.at_least_ns) + ", one of " + std::to_string(slow.calls) +
        " calls: " + (shown ? MaskSql(Text(text->front()[0])) : "(text not known)"));
  }
  return {};
}

void PostgresProbe::ConcludeQueries(std::int64_t at_ns, ProbeReport* report) {
  std::vector<const Seen*> queries;
  for (const auto& [key, query] : seen_) queries.push_back(&query);
  std::stable_sort(queries.begin(), queries.end(),
                   [](const Seen* a, const Seen* b) { return a->age_ns > b->age_ns; });
  std::vector<std::string> findings;
  for (const Seen* query : queries) {
    longest_ns_ = std::max(longest_ns_, query->age_ns);
    if (findings.size() >= kFindingsMax) break;
    findings.push_back("over " + Milliseconds(query->age_ns) + ": " + query->shape);
  }
  report->findings.insert(report->findings.begin(), findings.begin(), findings.end());
  if (statements_schema_.empty() && at_least_.empty()) {
    at_least_ =
        "queries that ended between two looks were missed: CREATE EXTENSION pg_stat_statements";
  }
  const auto slow = static_cast<std::int64_t>(seen_.size() + forgotten_ + slow_statements_);
  ProbeSeries& count = report->Series("pg_slow_queries");
  count.Add(at_ns, slow * kMillion);
  count.at_least = at_least_;
  ProbeSeries& longest = report->Series("pg_longest_query");
  longest.Add(at_ns, longest_ns_);
  longest.at_least = at_least_;
}

}  // namespace redrive
