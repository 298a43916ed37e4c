// Thresholds judged: by a trace (exact, windows included) or by the statistics of a run.
#ifndef REDRIVE_REPLAYER_THRESHOLDS_H_
#define REDRIVE_REPLAYER_THRESHOLDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/probe/probe_report.h"
#include "recorder/statistics.h"
#include "recorder/trace_records.h"
#include "replayer/threshold.h"

namespace redrive {

// Not measured is never green: it says why, and the exit code is that of inconclusive.
enum class LimitVerdict : std::uint8_t { kOk, kFail, kNotMeasured };
std::string_view LimitVerdictName(LimitVerdict verdict);  // "OK", "FAIL", "not measured"

struct ThresholdResult {
  Threshold threshold;
  LimitVerdict verdict = LimitVerdict::kNotMeasured;
  std::int64_t value = 0;     // millionths of the unit; 0 when not measured
  std::uint64_t samples = 0;  // requests that it is about
  std::string note;           // why not measured, or which window was the worst
};

struct ThresholdOptions {
  std::vector<int> expected_statuses;  // such answers are no failures: 429 under a rate limit
  // Where there is no trace whose end says it.
  std::optional<std::uint64_t> arrivals_dropped;
  const std::vector<ProbeReport>* probes = nullptr;  // of the back end; null: none was there
};

// By the requests of the users; setup and audit do not count. Percentiles are exact, by nearest
// rank. Records that were dropped make everything unmeasured.
std::vector<ThresholdResult> EvaluateThresholds(const std::vector<Threshold>& thresholds,
                                                const Trace& trace,
                                                const ThresholdOptions& options);

// By all requests of a run, to three digits. Windows, statuses and tags of acceptance need a trace,
// as do expected statuses: thresholds that need one come out as not measured.
std::vector<ThresholdResult> EvaluateThresholds(const std::vector<Threshold>& thresholds,
                                                const Statistics& statistics, VirtualTime duration,
                                                const ThresholdOptions& options);

// Why only a trace can tell; "" when statistics can.
std::string WhyTraceNeeded(const Threshold& threshold, const ThresholdOptions& options);

// A table, one line each, ending in a newline; "" for none.
std::string ThresholdsToText(const std::vector<ThresholdResult>& results);

// A JSON array, one object each, without a newline.
std::string ThresholdsToJson(const std::vector<ThresholdResult>& results);

// Combines with the exit code of the checkers: a violation (1) stays; a threshold that failed is 4;
// one that was not measured makes a pass inconclusive (3).
int ExitCodeWith(const std::vector<ThresholdResult>& results, int checkers);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_THRESHOLDS_H_
