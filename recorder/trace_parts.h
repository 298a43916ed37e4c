// What TraceWriter and TraceRecorder share: how records are made to fit, and what is said about
// those that were lost.
#ifndef REDRIVE_RECORDER_TRACE_PARTS_H_
#define REDRIVE_RECORDER_TRACE_PARTS_H_

#include <string>
#include <vector>

#include "recorder/trace_codec.h"
#include "recorder/trace_records.h"

namespace redrive {

inline constexpr const char* kOverLimits =
    "a record is over the limits of the trace format (a body of more than 16 MiB?)";
static_assert(kTextBytesMax == 16U << 20);

// Adds what is left of a record that is over a limit: its numbers, and "[left out]" for its body,
// since a reader numbers operations without gaps. False: nothing of it can be kept.
[[nodiscard]] bool AddShortened(const InvokeRecord& record, RecordEncoder* encoder);
[[nodiscard]] bool AddShortened(const ReturnRecord& record, RecordEncoder* encoder);
[[nodiscard]] bool AddShortened(const StepRecord& record, RecordEncoder* encoder);
[[nodiscard]] bool AddShortened(const TraceHeader& record, RecordEncoder* encoder);
[[nodiscard]] bool AddShortened(const Schedule& record, RecordEncoder* encoder);
[[nodiscard]] bool AddShortened(const EndRecord& record, RecordEncoder* encoder);

// A long schedule is several records.
std::vector<Schedule> PartsOf(const Schedule& schedule);

// One line for people. `rest` says that nothing from here on is kept.
std::string LossText(const std::string& path, const std::string& reason, bool rest);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_PARTS_H_
