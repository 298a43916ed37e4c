#include <cstdio>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/trace_input.h"
#include "replayer/diff.h"

namespace redrive {

int DiffCommand(const Arguments& arguments) {
  std::string path_a;
  std::string path_b;
  DiffOptions options;
  Flags flags("diff", "Compares the responses of two traces of the same plan.",
              "redrive diff monday.redrive tuesday.redrive --ignore _id --ignore _at");
  flags.AddText("TRACE_A", &path_a, "a trace", true);
  flags.AddText("TRACE_B", &path_b, "another one", true);
  flags.AddSwitch("--statuses", &options.statuses_only, "compare statuses only, no bodies");
  flags.AddList("--ignore", &options.ignored_suffixes,
                "leave out places that end like this; may be given many times");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  const Result<Trace> a = LoadTrace(path_a);
  if (a.has_error()) return Fail(a.error());
  const Result<Trace> b = LoadTrace(path_b);
  if (b.has_error()) return Fail(b.error());
  const TraceDiff diff = DiffTraces(*a, *b, options);
  std::fputs(DiffToText(diff).c_str(), stdout);
  const bool same = diff.differences.empty() && diff.only_a + diff.only_b == 0;
  return same ? kExitPass : kExitViolation;
}

}  // namespace redrive
