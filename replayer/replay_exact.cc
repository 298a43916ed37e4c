#include "replayer/replay_exact.h"

#include <memory>
#include <utility>

#include "core/check.h"
#include "core/hash.h"

namespace redrive {
namespace {

std::string Quoted(const std::string& text) {
  constexpr std::size_t kMax = 160;
  return "'" + (text.size() <= kMax ? text : text.substr(0, kMax) + "…") + "'";
}

// Compares what happens with what was recorded, in order, and keeps the first difference.
class ComparingSink final : public TraceSink {
 public:
  explicit ComparingSink(const Trace& trace) : trace_(trace) {}

  [[nodiscard]] const std::string& difference() const { return difference_; }

  void OnHeader(const TraceHeader&) override {}

  void OnInvoke(const InvokeRecord& record) override {
    if (!difference_.empty()) return;
    const std::string what = "request #" + std::to_string(record.operation);
    if (record.operation == 0 || record.operation > trace_.invokes.size()) {
      Differ(record.sequence, what + " (" + record.name + ") was not recorded");
      return;
    }
    const InvokeRecord& recorded = trace_.invokes[record.operation - 1];
    Compare(record.sequence, what, "position", recorded.sequence, record.sequence);
    Compare(record.sequence, what, "name", recorded.name, record.name);
    Compare(record.sequence, what, "task", recorded.task, record.task);
    Compare(record.sequence, what, "user", recorded.user, record.user);
    Compare(record.sequence, what, "iteration", recorded.iteration, record.iteration);
    Compare(record.sequence, what, "step", recorded.step, record.step);
    Compare(record.sequence, what, "intended time", recorded.intended_ns, record.intended_ns);
    Compare(record.sequence, what, "send time", recorded.sent_ns, record.sent_ns);
    Compare(record.sequence, what, "method", recorded.request.method, record.request.method);
    Compare(record.sequence, what, "target", recorded.request.target, record.request.target);
    Compare(record.sequence, what, "body", recorded.request.body, record.request.body);
    if (recorded.request.headers != record.request.headers) {
      Differ(record.sequence, what + ": other headers than were recorded");
    }
  }

  void OnReturn(const ReturnRecord& record) override {
    if (!difference_.empty()) return;
    const std::string what = "response to #" + std::to_string(record.operation);
    const bool known = record.operation != 0 && record.operation <= trace_.returns.size() &&
                       trace_.returns[record.operation - 1].has_value();
    if (!known) {
      Differ(record.sequence, what + " was not recorded");
      return;
    }
    const ReturnRecord& recorded = *trace_.returns[record.operation - 1];
    Compare(record.sequence, what, "position", recorded.sequence, record.sequence);
    Compare(record.sequence, what, "time", recorded.done_ns, record.done_ns);
    Compare(record.sequence, what, "status", recorded.response.status, record.response.status);
    Compare(record.sequence, what, "body", recorded.response.body, record.response.body);
    if (recorded.response.headers != record.response.headers) {
      Differ(record.sequence, what + ": other headers than were recorded");
    }
    Compare(record.sequence, what, "error", Number(recorded.error), Number(record.error));
    Compare(record.sequence, what, "outcome", Number(recorded.outcome), Number(record.outcome));
    Compare(record.sequence, what, "verdict", recorded.failure, record.failure);
  }

  void OnStep(const StepRecord& record) override {
    if (!difference_.empty()) return;
    const std::size_t index = steps_++;
    const std::string what = "step " + std::to_string(index + 1);
    if (index >= trace_.steps.size()) {
      Differ(record.sequence, what + " (" + record.label + ") was not recorded");
      return;
    }
    const StepRecord& recorded = trace_.steps[index];
    Compare(record.sequence, what, "position", recorded.sequence, record.sequence);
    Compare(record.sequence, what, "task", recorded.task, record.task);
    Compare(record.sequence, what, "data operation", recorded.label, record.label);
    Compare(record.sequence, what, "request", recorded.operation, record.operation);
    Compare(record.sequence, what, "resource", recorded.resource, record.resource);
    Compare(record.sequence, what, "mode", Number(recorded.mode), Number(record.mode));
    Compare(record.sequence, what, "time", recorded.at_ns, record.at_ns);
  }

  void OnEnd(const Schedule&, const EndRecord& record) override {
    if (record.ending == Ending::kDiverged) return;  // says more than that something is missing
    Compare(record.events, "the end", "requests", trace_.end->started, record.started);
    Compare(record.events, "the end", "data operations", trace_.steps.size(), steps_);
    Compare(record.events, "the end", "digest", ToHex(trace_.end->digest), ToHex(record.digest));
    Compare(record.events, "the end", "unseed", ToHex(trace_.end->unseed), ToHex(record.unseed));
  }

 private:
  template <typename Enum>
  static int Number(Enum value) {
    return static_cast<int>(value);
  }
  static std::string Text(const std::string& text) { return Quoted(text); }
  template <typename Integer>
  static std::string Text(Integer number) {
    return std::to_string(number);
  }

  template <typename T>
  void Compare(std::uint64_t sequence, const std::string& what, const char* field,
               const T& recorded, const T& now) {
    if (recorded == now || !difference_.empty()) return;
    Differ(sequence, what + ", " + field + ": recorded " + Text(recorded) + ", now " + Text(now));
  }

  void Differ(std::uint64_t sequence, const std::string& what) {
    if (!difference_.empty()) return;
    difference_ = "event " + std::to_string(sequence) + ": " + what;
  }

  const Trace& trace_;
  std::size_t steps_ = 0;
  std::string difference_;
};

Result<void> CheckReplayable(const Trace& trace) {
  if (trace.header.target_kind != TargetKind::kWorkshop) {
    return Error{ErrorCode::kUnsupported,
                 "this is a trace of a live target (" + trace.header.target +
                     "): it can be driven again on its timeline, not exactly; give --host"};
  }
  if (!trace.end) {
    return Error{ErrorCode::kTruncated,
                 "this recording was cut short and holds no schedule: run it again with the same "
                 "seed instead"};
  }
  return {};
}

}  // namespace

Result<ExactReplayReport> ReplayExactly(const Trace& trace, const ExactReplayOptions& options) {
  REDRIVE_CHECK(options.repeat > 0);
  const Result<void> replayable = CheckReplayable(trace);
  if (replayable.has_error()) return replayable.error();
  Result<std::unique_ptr<Simulation>> simulation =
      Simulation::Make(trace.header.spec, options.handlers);
  if (simulation.has_error()) return simulation.error();

  ExactReplayReport report;
  report.plan_digest = (*simulation)->plan().digest();
  if (report.plan_digest != trace.header.plan_digest) {
    return Error{ErrorCode::kDiverged,
                 "the plan is another one: recorded digest " + ToHex(trace.header.plan_digest) +
                     " by " + trace.header.redrive_version + ", now " + ToHex(report.plan_digest) +
                     " by " + options.version + "; use that version, or record again"};
  }
  while (report.attempts < options.repeat) {
    if (options.stop != nullptr && options.stop->load(std::memory_order_relaxed)) break;
    ComparingSink sink(trace);
    ExecuteOptions execute;
    execute.prefix = trace.schedule;
    // Where records were lost there is nothing to compare with; the digest covers them all.
    if (report.attempts == 0 && trace.end->dropped == 0) execute.sink = &sink;
    const Result<RunOutcome> outcome = (*simulation)->Execute(execute);
    if (outcome.has_error()) return outcome.error();
    ++report.attempts;
    report.digest = outcome->digest;
    std::string difference = sink.difference();
    if (difference.empty() && !outcome->divergence.empty()) difference = outcome->divergence;
    if (difference.empty() && outcome->digest != trace.end->digest) {
      difference =
          "digest: recorded " + ToHex(trace.end->digest) + ", now " + ToHex(outcome->digest);
    }
    if (difference.empty()) {
      ++report.identical;
    } else if (report.first_difference.empty()) {
      report.first_difference = std::move(difference);
      if (options.version != trace.header.redrive_version) {
        report.first_difference +=
            " (recorded by " + trace.header.redrive_version + ", this is " + options.version + ")";
      }
    }
    if (options.on_progress) options.on_progress(report.attempts);
  }
  return report;
}

}  // namespace redrive
