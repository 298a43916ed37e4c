// The threshold table of Battwheels' load-testing guide as a preset: what was measured, in which
// zone that lies, and the guide's own advice for what failed.
#ifndef REDRIVE_REPLAYER_GUIDE_THRESHOLDS_H_
#define REDRIVE_REPLAYER_GUIDE_THRESHOLDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/probe/probe_report.h"
#include "recorder/trace_records.h"
#include "replayer/thresholds.h"

namespace redrive {

// By "Interpreting Results": green is p95 < 500 ms and failures < 1 %, red is p95 > 1500 ms or
// failures > 3 %, yellow is between. Only these two metrics have one.
enum class Zone : std::uint8_t { kNone, kGreen, kYellow, kRed };
std::string_view ZoneName(Zone zone);  // "-", "green", "yellow", "red"

struct MemoryFigures {
  std::uint64_t samples = 0;
  std::uint64_t max_bytes = 0;               // resident set
  std::uint64_t median_bytes = 0;            // what was held for half of the samples: "sustained"
  bool ended = false;                        // the process was gone before the run was over
  std::string problem;                       // why not all of the run was seen
  std::optional<std::int64_t> growth_bytes;  // from the first fifth of the run to the last
};

// What the probes saw; empty where no probe was given.
struct ServerFigures {
  std::optional<MemoryFigures> memory;  // of several the largest
  std::optional<LogFigures> log;
  std::vector<ProbeReport> probes;
};
ServerFigures MakeServerFigures(std::vector<ProbeReport> reports);

enum class GuideMetric : std::uint8_t {
  kP95,
  kP99,
  kErrorRate,
  kDeadlocks,
  kMemory,
  kTicketThroughput,
  kSlowQueries,  // of the guide's list before a launch
};

struct GuideRow {
  GuideMetric metric = GuideMetric::kP95;
  std::string name;   // as the guide writes it
  std::string limit;  // "< 500ms"
  LimitVerdict verdict = LimitVerdict::kNotMeasured;
  std::string measured;    // "312 ms"; "" when not measured
  std::int64_t value = 0;  // millionths of the unit: ms, 1, MB, 1/s
  Zone zone = Zone::kNone;
  std::string note;  // why not measured, or how
  // Not measured makes the run inconclusive: what every run can measure, but not what needs a probe
  // that was not given or a load that the scenario does not offer.
  bool required = false;
  std::vector<std::string> advice;  // the guide's, when it failed
};

// The guide expects 429s under rate limiting: the caller says so in `options` where that is meant.
std::vector<GuideRow> JudgeByGuide(const Trace& trace, const ThresholdOptions& options,
                                   const ServerFigures& server);

// The worse of the two zones.
Zone OverallZone(const std::vector<GuideRow>& rows);

// The table, then the advice for what failed; ends in a newline.
std::string GuideTable(const std::vector<GuideRow>& rows);
std::string GuideTableToJson(const std::vector<GuideRow>& rows);

int ExitCodeWith(const std::vector<GuideRow>& rows, int checkers);

// Answers by a ticket-creating request (POST to a path that ends in /tickets) that the target took.
struct TicketRate {
  std::uint64_t created = 0;
  std::int64_t created_per_second = 0;  // millionths; from the first intended time to the last end
  std::int64_t offered_per_second = 0;  // millionths, by the intended times
};
TicketRate MeasureTickets(const Trace& trace);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_GUIDE_THRESHOLDS_H_
