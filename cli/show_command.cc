#include <cstdio>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/trace_input.h"
#include "replayer/show.h"

namespace redrive {

int ShowCommand(const Arguments& arguments) {
  std::string path;
  ShowOptions options;
  std::uint64_t around = 0;
  std::uint64_t around_event = 0;
  std::uint64_t user = ~std::uint64_t{0};
  std::uint64_t context = options.context;
  std::uint64_t lines = options.lines_max;
  std::vector<std::string> operations;
  bool no_steps = false;
  bool summary = false;
  bool schedule = false;
  Flags flags("show", "Prints a trace as a timeline: one event a line, a lane per open request.",
              "redrive show peak_burst_full-42.redrive --around 41 --context 30");
  flags.AddText("TRACE", &path, "the trace file", true);
  flags.AddNumber("--around", &around, "centre on this request (its number behind #)", 1);
  flags.AddNumber("--event", &around_event, "centre on this position in the total order", 1);
  flags.AddNumber("--context", &context, "lines before and behind the centre (default 20)", 0,
                  1'000'000);
  flags.AddList("--only", &operations, "only this request number; may be given many times");
  flags.AddText("--name", &options.name, "only requests whose name contains this");
  flags.AddNumber("--user", &user, "only this virtual user", 0, 0xffffffffU);
  flags.AddSwitch("--no-steps", &no_steps, "requests only, no data operations");
  flags.AddSwitch("--bodies", &options.bodies, "whole requests and responses");
  flags.AddNumber("--lines", &lines, "at most so many lines (default 400; 0: all)");
  flags.AddSwitch("--summary", &summary, "counts per request name instead of the timeline");
  flags.AddSwitch("--schedule", &schedule, "the schedule as text instead of the timeline");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  for (const std::string& operation : operations) {
    if (operation.empty() || operation.size() > 18 ||
        operation.find_first_not_of("0123456789") != std::string::npos) {
      return Fail(Error{ErrorCode::kInvalid,
                        "--only '" + operation + "': expected a request number such as 41"});
    }
    options.operations.push_back(std::stoull(operation));
  }
  if (around != 0) options.around_operation = around;
  if (around_event != 0) options.around_event = around_event;
  if (user != ~std::uint64_t{0}) options.user = static_cast<std::uint32_t>(user);
  options.context = context;
  options.lines_max = lines;
  options.steps = !no_steps;

  const Result<Trace> trace = LoadTrace(path);
  if (trace.has_error()) return Fail(trace.error());
  if (schedule) {
    std::printf("%s\n", ScheduleToText(trace->schedule).c_str());
    return kExitPass;
  }
  std::printf("%s\n", ShowHeader(*trace).c_str());
  const std::string text = summary ? ShowSummary(*trace) : ShowTimeline(*trace, options);
  std::fputs(text.c_str(), stdout);
  return kExitPass;
}

}  // namespace redrive
