#include "recorder/probe/probe_metric.h"

#include <algorithm>
#include <array>

namespace redrive {
namespace {

constexpr std::string_view kMemory = "--probe-pid PID or --probe-prometheus URL";
constexpr std::string_view kProcess = "--probe-pid PID";
constexpr std::string_view kPrometheus = "--probe-prometheus URL#METRIC";
constexpr std::string_view kLog = "--server-log FILE";
constexpr std::string_view kPostgres = "--probe-postgres URI";
constexpr std::string_view kMongo = "--probe-mongodb URI";

constexpr auto kMetrics = std::to_array<ProbeMetric>({
    {"server_memory", ProbeKind::kGauge, ProbeUnit::kBytes, kMemory,
     "resident set of the process and its children"},
    {"server_memory_growth", ProbeKind::kFinal, ProbeUnit::kBytes, kMemory,
     "median of the last fifth of the run less that of the first"},
    {"server_processes", ProbeKind::kGauge, ProbeUnit::kCount, kProcess,
     "the process and its children"},
    {"prometheus", ProbeKind::kFree, ProbeUnit::kCount, kPrometheus,
     "a metric by its own name: prometheus{name:METRIC}"},
    {"server_log_tracebacks", ProbeKind::kCounter, ProbeUnit::kCount, kLog, "tracebacks"},
    {"server_log_errors", ProbeKind::kCounter, ProbeUnit::kCount, kLog, "answers of 5xx"},
    {"server_log_job_errors", ProbeKind::kCounter, ProbeUnit::kCount, kLog,
     "scheduled jobs that failed or were missed"},
    {"pg_deadlocks", ProbeKind::kCounter, ProbeUnit::kCount, kPostgres, "deadlocks"},
    {"pg_rollbacks", ProbeKind::kCounter, ProbeUnit::kCount, kPostgres, "transactions rolled back"},
    {"pg_slow_queries", ProbeKind::kCounter, ProbeUnit::kCount, kPostgres,
     "queries over --probe-slow-ms"},
    {"pg_longest_query", ProbeKind::kFinal, ProbeUnit::kTime, kPostgres, "the longest query"},
    {"pg_connections", ProbeKind::kGauge, ProbeUnit::kCount, kPostgres, "clients connected"},
    {"pg_lock_waits", ProbeKind::kGauge, ProbeUnit::kCount, kPostgres,
     "clients that wait for a lock"},
    {"pg_cache_hits", ProbeKind::kFinal, ProbeUnit::kShare, kPostgres,
     "blocks found in shared buffers"},
    {"mongo_deadlocks", ProbeKind::kCounter, ProbeUnit::kCount, kMongo, "deadlocks of all locks"},
    {"mongo_write_conflicts", ProbeKind::kCounter, ProbeUnit::kCount, kMongo,
     "writes that met another and were tried again"},
    {"mongo_operations", ProbeKind::kCounter, ProbeUnit::kCount, kMongo, "opcounters"},
    {"mongo_slow_queries", ProbeKind::kCounter, ProbeUnit::kCount, kMongo,
     "operations over --probe-slow-ms"},
    {"mongo_longest_query", ProbeKind::kFinal, ProbeUnit::kTime, kMongo, "the longest operation"},
    {"mongo_connections", ProbeKind::kGauge, ProbeUnit::kCount, kMongo, "clients connected"},
    {"mongo_queue", ProbeKind::kGauge, ProbeUnit::kCount, kMongo,
     "operations that wait for the global lock"},
    {"mongo_memory", ProbeKind::kGauge, ProbeUnit::kBytes, kMongo, "resident memory of mongod"},
});

}  // namespace

std::span<const ProbeMetric> ProbeMetrics() { return kMetrics; }

const ProbeMetric* FindProbeMetric(std::string_view name) {
  const auto found =
      std::find_if(kMetrics.begin(), kMetrics.end(),
                   [name](const ProbeMetric& metric) { return metric.name == name; });
  return found == kMetrics.end() ? nullptr : &*found;
}

}  // namespace redrive
