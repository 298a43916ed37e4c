// redrive replay: a trace of the simulation exactly, any trace on its timeline against --host.
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/live_flags.h"
#include "cli/settings.h"
#include "cli/sinks.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "cli/trace_input.h"
#include "core/hash.h"
#include "recorder/net/timeline_replay.h"
#include "replayer/diff.h"
#include "replayer/replay_exact.h"
#include "replayer/report.h"

namespace redrive {
namespace {

struct ReplayFlags {
  std::string path;
  LiveFlags live;
  std::uint64_t repeat = 1;
  std::uint64_t speed_milli = 1000;
  std::string trace_path;
  std::vector<std::string> ignored = {"_id", "_at", "/token", "_number", "/timestamp"};
};

unsigned long long Count(std::uint64_t number) { return number; }

int Exactly(const ReplayFlags& replay, const Trace& trace) {
  ExactReplayOptions options;
  options.repeat = replay.repeat;
  options.version = VersionText();
  options.stop = StopFlag();
  if (isatty(STDERR_FILENO) != 0) {
    options.on_progress = [&replay](std::uint64_t done) {
      std::fprintf(stderr, "\rreplay %llu/%llu\033[K", Count(done), Count(replay.repeat));
    };
  }
  CatchStopSignals();
  const Result<ExactReplayReport> report = ReplayExactly(trace, options);
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
  if (report.has_error()) return Fail(report.error());
  std::printf("plan digest %s\n", ToHex(report->plan_digest).c_str());
  std::printf("identical %llu/%llu: %zu requests, %zu data operations, digest %s\n",
              Count(report->identical), Count(report->attempts), trace.invokes.size(),
              trace.steps.size(), ToHex(report->digest).c_str());
  if (report->first_difference.empty()) {
    return report->attempts == replay.repeat ? kExitPass : kExitInconclusive;
  }
  std::printf("diverged at %s\n", report->first_difference.c_str());
  return kExitInconclusive;
}

void PrintTimeline(const ReplayOutcome& outcome) {
  std::printf("sent again %llu of %llu requests, %llu skipped\n", Count(outcome.sent),
              Count(outcome.recorded), Count(outcome.skipped));
  std::printf("duration %s, recorded %s\n", TimeText(outcome.replayed_ns).c_str(),
              TimeText(outcome.recorded_ns).c_str());
  std::printf("%s; order inversions %llu\n", LatenessText(outcome.lateness).c_str(),
              Count(outcome.inversions));
  std::printf("%s\n", ConnectionsText(outcome.connections).c_str());
  std::printf("statuses that differ: %zu kinds\n", outcome.changes.size());
  for (const auto& [change, count] : outcome.changes) {
    std::printf("  %s: %d -> %d, %llu times\n", change.name.c_str(), change.recorded,
                change.replayed, Count(count));
  }
}

int OnTimeline(const ReplayFlags& replay, const Trace& trace) {
  std::unique_ptr<TraceWriter> writer;
  if (!replay.trace_path.empty()) {
    Result<std::unique_ptr<TraceWriter>> opened = TraceWriter::Open(replay.trace_path);
    if (opened.has_error()) return Fail(opened.error());
    writer = std::move(*opened);
  }
  RunSink sink(writer.get());
  ReplayOptions options;
  options.live = replay.live.MakeOptions();
  options.live.precision = TimerPrecision::kExact;
  options.live.sink = &sink;
  options.live.stop = StopFlag();
  if (writer != nullptr) options.live.on_tick = [&writer] { writer->FlushIfDue(); };
  options.speed_milli = static_cast<std::uint32_t>(replay.speed_milli);
  CatchStopSignals();
  const Result<ReplayOutcome> outcome = ReplayTimeline(trace, options);
  if (outcome.has_error()) return Fail(outcome.error());
  writer.reset();
  PrintTimeline(*outcome);

  const TraceDiff diff = DiffTraces(trace, sink.trace(), {.ignored_suffixes = replay.ignored});
  std::printf("\nresponses, apart from ids, dates and tokens: %s\n", DiffToText(diff).c_str());
  const Result<CheckReport> report = Judge(sink.trace(), "", RerunCommand(sink.trace().header), 3);
  if (report.has_error()) return Fail(report.error());
  std::printf("%s", ReportToText(*report).c_str());
  if (!replay.trace_path.empty()) std::printf("trace: %s\n", replay.trace_path.c_str());
  const bool whole = outcome->run.ending == Ending::kDone;
  const int code = ExitCode(*report);
  return code == kExitPass && !whole ? static_cast<int>(kExitInconclusive) : code;
}

}  // namespace

int ReplayCommand(const Arguments& arguments) {
  ReplayFlags replay;
  Flags flags("replay",
              "Drives a trace again: a simulation exactly, every event and the digest; with --host "
              "any trace on its absolute timeline, with live tokens and ids.",
              "redrive replay peak_burst_full-42.redrive --repeat 1000");
  flags.AddText("TRACE", &replay.path, "the trace file", true);
  flags.AddNumber("--repeat", &replay.repeat, "exact replays (default 1)", 1, 1'000'000'000);
  replay.live.AddTo(flags);
  flags.AddMilli("--speed", &replay.speed_milli, "2 drives the timeline in half the time");
  flags.AddText("--trace", &replay.trace_path, "record the timeline replay to this file");
  flags.AddList("--ignore", &replay.ignored,
                "leave out places that end like this when comparing responses");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  if (replay.speed_milli > 1'000'000) {
    return Fail(Error{ErrorCode::kInvalid, "--speed: expected at most 1000"});
  }

  Result<Trace> trace = LoadTrace(replay.path);
  if (trace.has_error()) return Fail(trace.error());
  const Result<void> restored = RestoreSecrets(&trace->header.spec);
  if (restored.has_error()) return Fail(restored.error());
  if (trace->header.target_kind == TargetKind::kWorkshop && replay.live.host().empty()) {
    return Exactly(replay, *trace);
  }
  if (replay.live.host().empty()) {
    return Fail(Error{ErrorCode::kInvalid, "this is a trace of " + trace->header.target +
                                               ": say where to drive it again, as in --host " +
                                               trace->header.target});
  }
  const Result<void> allowed = replay.live.CheckTarget();
  if (allowed.has_error()) return Fail(allowed.error());
  return OnTimeline(replay, *trace);
}

}  // namespace redrive
