// Sinks of the commands that run something.
#ifndef REDRIVE_CLI_SINKS_H_
#define REDRIVE_CLI_SINKS_H_

#include "cli/command.h"
#include "cli/settings.h"
#include "recorder/trace_file.h"
#include "recorder/trace_records.h"

namespace redrive {

// Takes secrets out of it, and says who wrote it.
inline void CleanHeader(TraceHeader* header) {
  header->spec = WithoutSecrets(header->spec);
  header->redrive_version = VersionText();
}

// For those who must hand records on, where nobody wants them.
class NullSink final : public TraceSink {
 public:
  void OnHeader(const TraceHeader&) override {}
  void OnInvoke(const InvokeRecord&) override {}
  void OnReturn(const ReturnRecord&) override {}
  void OnStep(const StepRecord&) override {}
  void OnEnd(const Schedule&, const EndRecord&) override {}
};

// Hands every record to a collector, for the checkers, and to a writer, if there is one. The header
// loses its secrets on the way.
class RunSink final : public TraceSink {
 public:
  explicit RunSink(TraceWriter* writer) : writer_(writer) {}  // may be null; not owned

  void OnHeader(const TraceHeader& header) override {
    TraceHeader clean = header;
    CleanHeader(&clean);
    collector_.OnHeader(clean);
    if (writer_ != nullptr) writer_->OnHeader(clean);
  }
  void OnInvoke(const InvokeRecord& record) override {
    collector_.OnInvoke(record);
    if (writer_ != nullptr) writer_->OnInvoke(record);
  }
  void OnReturn(const ReturnRecord& record) override {
    collector_.OnReturn(record);
    if (writer_ != nullptr) writer_->OnReturn(record);
  }
  void OnStep(const StepRecord& record) override {
    collector_.OnStep(record);
    if (writer_ != nullptr) writer_->OnStep(record);
  }
  void OnEnd(const Schedule& schedule, const EndRecord& record) override {
    collector_.OnEnd(schedule, record);
    if (writer_ != nullptr) writer_->OnEnd(schedule, record);
  }

  [[nodiscard]] const Trace& trace() const { return collector_.trace; }

 private:
  TraceCollector collector_;
  TraceWriter* writer_;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_SINKS_H_
