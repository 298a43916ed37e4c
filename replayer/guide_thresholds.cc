#include "replayer/guide_thresholds.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "replayer/probe_thresholds.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMegabyte = 1'000'000;  // the guide writes MB
constexpr std::int64_t kMemoryMegabytes = 512;
constexpr std::int64_t kTicketsPerSecond = 10;
constexpr std::int64_t kSlowMs = 100;

struct GuideLimit {
  GuideMetric metric;
  const char* name;
  const char* limit;
  const char* threshold;  // in the grammar of --fail; null: measured otherwise
};

constexpr GuideLimit kLimits[] = {
    {GuideMetric::kP95, "95th percentile response time", "< 500ms", "p(95)<500"},
    {GuideMetric::kP99, "99th percentile response time", "< 2000ms", "p(99)<2000"},
    {GuideMetric::kErrorRate, "Error rate", "< 1%", "rate<1%"},
    {GuideMetric::kDeadlocks, "Database deadlocks", "0", nullptr},
    {GuideMetric::kMemory, "Memory (backend pod)", "< 512MB sustained", nullptr},
    {GuideMetric::kTicketThroughput, "Ticket creation throughput", "> 10 tickets/sec", nullptr},
    {GuideMetric::kSlowQueries, "Slow queries", "none > 100ms", nullptr},
};

// The guide's words: the table's "Action if Failed", then the section "What to Fix".
std::vector<std::string> AdviceFor(GuideMetric metric) {
  switch (metric) {
    case GuideMetric::kP95:
      return {
          "Investigate slow endpoints, add DB indexes",
          "GET /api/journal-entries — add compound index on (organization_id, created_at)",
          "GET /api/invoices-enhanced/ — add index on (organization_id, invoice_number, status)",
          "Enable MongoDB query profiler: db.setProfilingLevel(1, { slowms: 100 })"};
    case GuideMetric::kP99:
      return {"Check query plans, cache frequent reads"};
    case GuideMetric::kErrorRate:
      return {"Triage errors; 429s are expected under rate limiting",
              "Check /var/log/supervisor/backend.err.log for tracebacks",
              "Look for 429 Too Many Requests (expected from rate limiter)",
              "Look for 500 Internal Server Error (bugs) and 503 Service Unavailable (overload)"};
    case GuideMetric::kDeadlocks:
      return {"Check concurrent write patterns, add indexes",
              "Enable MongoDB mongostat and watch locked%",
              "Ensure all writes use upsert: true where possible",
              "Check APScheduler SLA background job — may conflict with bulk writes"};
    case GuideMetric::kMemory:
      return {"Scale horizontally or optimize queries",
              "Check motor connection pool size (maxPoolSize=50 default)",
              "Use ulimit to profile worker memory",
              "Consider horizontal scaling via supervisord multi-process"};
    case GuideMetric::kSlowQueries:
      return {"Check query plans, cache frequent reads",
              "Investigate slow endpoints, add DB indexes",
              "Enable MongoDB query profiler: db.setProfilingLevel(1, { slowms: 100 })"};
    case GuideMetric::kTicketThroughput:
      break;
  }
  return {"Confirm with MongoDB write concern"};
}

Zone ZoneOf(GuideMetric metric, std::int64_t value) {
  const bool time = metric == GuideMetric::kP95;
  const std::int64_t green = time ? 500 * kMillion : kMillion / 100;
  const std::int64_t yellow = time ? 1500 * kMillion : kMillion * 3 / 100;
  if (value < green) return Zone::kGreen;
  return value <= yellow ? Zone::kYellow : Zone::kRed;
}

std::uint64_t CountStatus(const Trace& trace, int status) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    const bool of_user = trace.invokes[i].phase == Phase::kRun && trace.returns[i].has_value();
    if (of_user && trace.returns[i]->response.status == status) ++count;
  }
  return count;
}

void JudgeByThreshold(const GuideLimit& limit, const Trace& trace, const ThresholdOptions& options,
                      GuideRow* row) {
  const Result<Threshold> threshold = ParseThreshold(limit.threshold);
  REDRIVE_CHECK(threshold.has_value());
  const std::vector<ThresholdResult> results = EvaluateThresholds({*threshold}, trace, options);
  const ThresholdResult& result = results.front();
  row->required = true;
  row->verdict = result.verdict;
  row->note = result.note;
  if (result.verdict == LimitVerdict::kNotMeasured) return;
  row->value = result.value;
  row->measured = ThresholdValueText(*threshold, result.value);
  if (limit.metric != GuideMetric::kP99) row->zone = ZoneOf(limit.metric, result.value);
  if (limit.metric != GuideMetric::kErrorRate) return;
  const std::uint64_t limited = CountStatus(trace, 429);
  if (limited > 0) row->note = std::to_string(limited) + " answers were 429";
}

// A row by a count of each database that a probe watched: all must be none.
void JudgeByProbes(const std::vector<const char*>& thresholds, const ServerFigures& server,
                   GuideRow* row) {
  std::optional<ThresholdResult> worst;
  const auto rank = [](const ThresholdResult& result) {
    return result.verdict == LimitVerdict::kFail          ? 0
           : result.verdict == LimitVerdict::kNotMeasured ? 1
                                                          : 2;
  };
  for (const char* text : thresholds) {
    const Result<Threshold> threshold = ParseThreshold(text);
    REDRIVE_CHECK(threshold.has_value());
    const bool asked = std::any_of(
        server.probes.begin(), server.probes.end(), [&threshold](const ProbeReport& report) {
          return threshold->probe->flags.find(report.flag) != std::string_view::npos;
        });
    if (!asked) continue;
    ThresholdResult result = JudgeProbe(*threshold, &server.probes);
    if (!worst || rank(result) < rank(*worst)) worst = std::move(result);
  }
  if (!worst) return;
  row->required = true;
  row->verdict = worst->verdict;
  row->note = worst->note;
  if (worst->verdict == LimitVerdict::kNotMeasured) return;
  row->value = worst->value;
  row->measured = ThresholdValueText(worst->threshold, worst->value);
}

void JudgeDeadlocks(const Trace& trace, const ServerFigures& server, GuideRow* row) {
  if (trace.header.target_kind != TargetKind::kWorkshop) {
    row->note = "no probe: --probe-postgres URI or --probe-mongodb URI, in a run with --host";
    JudgeByProbes({"pg_deadlocks: count==0", "mongo_deadlocks: count==0"}, server, row);
    return;
  }
  if (!trace.end) {
    row->note = "the recording was cut short";
    return;
  }
  const bool deadlock = trace.end->ending == Ending::kDeadlock;
  row->verdict = deadlock ? LimitVerdict::kFail : LimitVerdict::kOk;
  row->value = deadlock ? kMillion : 0;
  row->measured = deadlock ? "1" : "0";
  row->note = "among the handlers of the simulated workshop, which has no database server";
}

void JudgeSlowQueries(const Trace& trace, const ServerFigures& server, GuideRow* row) {
  if (trace.header.target_kind == TargetKind::kWorkshop) {
    row->note = "the simulated workshop has no database server";
    return;
  }
  row->note = "no probe: --probe-mongodb URI or --probe-postgres URI, in a run with --host";
  JudgeByProbes({"pg_slow_queries: count==0", "mongo_slow_queries: count==0"}, server, row);
  for (const ProbeReport& report : server.probes) {
    const bool lax = report.slow_ms > kSlowMs && row->verdict == LimitVerdict::kOk;
    const bool strict =
        report.slow_ms != 0 && report.slow_ms < kSlowMs && row->verdict == LimitVerdict::kFail;
    if (!lax && !strict) continue;
    row->verdict = LimitVerdict::kNotMeasured;
    row->measured.clear();
    row->note = "--probe-slow-ms " + std::to_string(report.slow_ms) + ": the guide asks for 100";
  }
  // That a database does not tell of all of them is no fault of the run.
  row->required = std::any_of(server.probes.begin(), server.probes.end(), [](const auto& report) {
    return !report.problem.empty() && report.Find("pg_slow_queries") == nullptr &&
           report.Find("mongo_slow_queries") == nullptr && report.flag != "--server-log" &&
           report.flag != "--probe-pid" && report.flag != "--probe-prometheus";
  });
}

void JudgeMemory(const ServerFigures& server, GuideRow* row) {
  if (!server.memory) {
    row->note =
        "no probe: --probe-pid PID or --probe-prometheus URL of the backend, in a run with --host";
    return;
  }
  const MemoryFigures& memory = *server.memory;
  row->required = true;
  if (memory.samples == 0 || memory.ended || !memory.problem.empty()) {
    row->note = memory.ended             ? "the process ended during the run"
                : memory.problem.empty() ? "the run was too short"
                                         : memory.problem;
    return;
  }
  const auto median = static_cast<std::int64_t>(memory.median_bytes);
  const auto max = static_cast<std::int64_t>(memory.max_bytes);
  row->value = median;  // bytes are millionths of a megabyte
  const bool small = median < kMemoryMegabytes * kMegabyte;
  row->verdict = small ? LimitVerdict::kOk : LimitVerdict::kFail;
  row->measured = std::to_string(median / kMegabyte) + " MB";
  row->note = "median of " + std::to_string(memory.samples) + " samples of the resident set; max " +
              std::to_string(max / kMegabyte) + " MB";
  if (memory.growth_bytes) {
    row->note += "; grew by " + ProbeValueText(ProbeUnit::kBytes, *memory.growth_bytes);
  }
}

void JudgeThroughput(const Trace& trace, GuideRow* row) {
  const TicketRate tickets = MeasureTickets(trace);
  Threshold rate;
  rate.metric = Metric::kRequests;
  rate.aggregate = Aggregate::kRate;
  if (tickets.offered_per_second == 0) {
    row->note = "the run creates no tickets";
    return;
  }
  const std::int64_t wanted = kTicketsPerSecond * kMillion;
  const std::string created = ThresholdValueText(rate, tickets.created_per_second);
  if (tickets.created_per_second <= wanted && tickets.offered_per_second <= wanted) {
    row->note = "the users ask for " + ThresholdValueText(rate, tickets.offered_per_second) +
                " only (" + created + " created): run peak_burst";
    return;
  }
  row->value = tickets.created_per_second;
  row->measured = created;
  row->verdict = row->value > wanted ? LimitVerdict::kOk : LimitVerdict::kFail;
  row->note = std::to_string(tickets.created) + " created, " +
              ThresholdValueText(rate, tickets.offered_per_second) + " asked for";
}

bool CreatesTicket(const InvokeRecord& invoke) {
  if (invoke.phase != Phase::kRun || invoke.request.method != "POST") return false;
  std::string_view path = invoke.request.target;
  path = path.substr(0, path.find('?'));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.ends_with("/tickets");
}

std::int64_t PerSecond(std::uint64_t count, std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return 0;
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>(static_cast<Wide>(count) * kMillion * 1'000'000'000 /
                                   nanoseconds);
}

std::string Padded(std::string text, std::size_t width) {
  // Columns, not bytes: no name here has anything but ASCII.
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

std::string_view ZoneName(Zone zone) {
  switch (zone) {
    case Zone::kGreen:
      return "green";
    case Zone::kYellow:
      return "yellow";
    case Zone::kRed:
      return "red";
    case Zone::kNone:
      break;
  }
  return "-";
}

TicketRate MeasureTickets(const Trace& trace) {
  TicketRate rate;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_intended = 0;
  std::int64_t last_done = 0;
  std::uint64_t offered = 0;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    const InvokeRecord& invoke = trace.invokes[i];
    if (!CreatesTicket(invoke)) continue;
    ++offered;
    first = std::min(first, invoke.intended_ns);
    last_intended = std::max(last_intended, invoke.intended_ns);
    if (!trace.returns[i]) continue;
    last_done = std::max(last_done, trace.returns[i]->done_ns);
    const int status = trace.returns[i]->response.status;
    if (trace.returns[i]->accepted && status >= 200 && status < 300) ++rate.created;
  }
  if (offered == 0) return rate;
  rate.created_per_second = PerSecond(rate.created, last_done - first);
  // n requests have n - 1 gaps.
  rate.offered_per_second =
      std::max<std::int64_t>(1, PerSecond(offered - 1, last_intended - first));
  return rate;
}

std::vector<GuideRow> JudgeByGuide(const Trace& trace, const ThresholdOptions& options,
                                   const ServerFigures& server) {
  std::vector<GuideRow> rows;
  for (const GuideLimit& limit : kLimits) {
    GuideRow row;
    row.metric = limit.metric;
    row.name = limit.name;
    row.limit = limit.limit;
    if (limit.threshold != nullptr) JudgeByThreshold(limit, trace, options, &row);
    if (limit.metric == GuideMetric::kDeadlocks) JudgeDeadlocks(trace, server, &row);
    if (limit.metric == GuideMetric::kMemory) JudgeMemory(server, &row);
    if (limit.metric == GuideMetric::kTicketThroughput) JudgeThroughput(trace, &row);
    if (limit.metric == GuideMetric::kSlowQueries) JudgeSlowQueries(trace, server, &row);
    if (row.verdict == LimitVerdict::kFail) row.advice = AdviceFor(limit.metric);
    rows.push_back(std::move(row));
  }
  return rows;
}

ServerFigures MakeServerFigures(std::vector<ProbeReport> reports) {
  ServerFigures figures;
  for (const ProbeReport& report : reports) {
    if (report.log) figures.log = report.log;
    const ProbeSeries* const memory = report.Find("server_memory");
    const bool should =
        report.flag == "--probe-pid" || report.source.ends_with("#process_resident_memory_bytes");
    if (memory == nullptr && !should) continue;
    MemoryFigures own;
    own.problem = report.problem;
    own.ended = report.ended;
    if (memory != nullptr) {
      own.samples = memory->samples();
      own.max_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, memory->max()));
      own.median_bytes =
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, memory->Quantile(50'000)));
    }
    const ProbeSeries* const growth = report.Find("server_memory_growth");
    if (growth != nullptr) own.growth_bytes = growth->last().value;
    // What was not seen could be the largest.
    const bool broken = figures.memory && !figures.memory->problem.empty();
    const bool larger = !figures.memory || own.median_bytes > figures.memory->median_bytes;
    if (!broken && (larger || !own.problem.empty())) figures.memory = std::move(own);
  }
  figures.probes = std::move(reports);
  return figures;
}

Zone OverallZone(const std::vector<GuideRow>& rows) {
  Zone zone = Zone::kNone;
  for (const GuideRow& row : rows) zone = std::max(zone, row.zone);
  return zone;
}

std::string GuideTable(const std::vector<GuideRow>& rows) {
  std::string text = Padded("Metric", 31) + Padded("Threshold", 19) + Padded("Measured", 12) +
                     Padded("Zone", 8) + "Verdict\n" + std::string(84, '-') + "\n";
  for (const GuideRow& row : rows) {
    text += Padded(row.name, 31) + Padded(row.limit, 19) +
            Padded(row.measured.empty() ? "-" : row.measured, 12) +
            Padded(std::string(ZoneName(row.zone)), 8) + std::string(LimitVerdictName(row.verdict));
    text += (row.note.empty() ? "" : " (" + row.note + ")") + "\n";
  }
  for (const GuideRow& row : rows) {
    if (row.advice.empty()) continue;
    text += "What to fix: " + row.name + " " + row.limit + "\n";
    for (std::size_t i = 0; i < row.advice.size(); ++i) {
      text += "  " + std::to_string(i + 1) + ". " + row.advice[i] + "\n";
    }
  }
  return text;
}

std::string GuideTableToJson(const std::vector<GuideRow>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const GuideRow& row : rows) {
    nlohmann::ordered_json object = {{"metric", row.name},
                                     {"threshold", row.limit},
                                     {"verdict", LimitVerdictName(row.verdict)},
                                     {"zone", ZoneName(row.zone)}};
    if (row.verdict != LimitVerdict::kNotMeasured) {
      object["measured"] = row.measured;
      object["value_millionths"] = row.value;
    }
    if (!row.note.empty()) object["note"] = row.note;
    if (!row.advice.empty()) object["advice"] = row.advice;
    list.push_back(std::move(object));
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int ExitCodeWith(const std::vector<GuideRow>& rows, int checkers) {
  std::vector<ThresholdResult> results;
  for (const GuideRow& row : rows) {
    if (row.verdict == LimitVerdict::kNotMeasured && !row.required) continue;
    results.emplace_back().verdict = row.verdict;
  }
  return ExitCodeWith(results, checkers);
}

}  // namespace redrive
