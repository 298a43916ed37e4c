// Where the records of a run go, and how they are read again for the verdicts. A simulation is
// collected in memory and written beside that; a live run goes to its file by a recorder that does
// not slow the senders, and is read from there when something needs to see single requests.
#ifndef REDRIVE_CLI_RUN_FILES_H_
#define REDRIVE_CLI_RUN_FILES_H_

#include <memory>
#include <string>

#include "cli/sinks.h"
#include "core/result.h"
#include "recorder/net/live_run.h"
#include "recorder/trace_file.h"
#include "recorder/trace_recorder.h"

namespace redrive {

class RunFiles {
 public:
  struct Options {
    std::string path;  // of the trace; empty: no file
    bool simulated = true;
    bool needed = true;  // checks or thresholds will ask about single requests
  };
  // Errors: the file cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<RunFiles>> Open(Options options);

  // Whether every record must go to sink(): always in a simulation.
  [[nodiscard]] bool collects() const {
    return options_.simulated || (recorder_ == nullptr && options_.needed);
  }
  [[nodiscard]] TraceSink& sink() {
    if (collects()) return sink_;
    return null_sink_;
  }
  // Sets recorder and header of a live run; not the sink.
  void Attach(LiveOptions* options);

  // After the run: what was recorded. For a live run `end` is its end. When nothing needs single
  // requests and they are many, or when they are too many for memory, the trace holds only its
  // header and end: see whole(). Error: the file cannot be read back.
  [[nodiscard]] Result<void> Close(const EndRecord* end);
  [[nodiscard]] const Trace& trace() const { return trace_ != nullptr ? *trace_ : sink_.trace(); }
  [[nodiscard]] bool whole() const { return whole_; }
  // Why the requests are not in trace(), for people.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] bool lost() const { return dropped_ > 0; }

 private:
  explicit RunFiles(Options options, std::unique_ptr<TraceWriter> writer,
                    std::unique_ptr<TraceRecorder> recorder)
      : options_(std::move(options)),
        writer_(std::move(writer)),
        recorder_(std::move(recorder)),
        sink_(writer_.get()) {}

  Options options_;
  std::unique_ptr<TraceWriter> writer_;      // of a simulation
  std::unique_ptr<TraceRecorder> recorder_;  // of a live run
  RunSink sink_;
  NullSink null_sink_;
  TraceHeader header_;  // of a live run
  std::unique_ptr<Trace> trace_;
  bool whole_ = true;
  std::string why_not_;
  std::uint64_t dropped_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_RUN_FILES_H_
