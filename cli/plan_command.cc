#include <cstdio>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "cli/spec_flags.h"
#include "core/hash.h"
#include "recorder/execute.h"
#include "recorder/plan.h"
#include "recorder/scenario.h"

namespace redrive {

int PlanCommand(const Arguments& arguments) {
  SpecFlags spec_flags;
  bool all = false;
  bool digest_only = false;
  Flags flags("plan", "Prints what a run would send, and when, without sending anything.",
              "redrive plan battwheels/normal_operations --seed 7");
  spec_flags.AddTo(flags);
  flags.AddSwitch("--all", &all, "every request (default: the first 200)");
  flags.AddSwitch("--digest", &digest_only, "the digest alone");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;

  Result<RunSpec> spec = spec_flags.MakeSpec();
  if (spec.has_error()) return Fail(spec.error());
  const Result<void> taken = TakeEnvironment(spec_flags.scenario_path(), &*spec);
  if (taken.has_error()) return Fail(taken.error());
  const Result<Scenario> scenario =
      ParseScenario(spec->scenario_json, spec_flags.scenario_path(), EnvFromSettings(*spec));
  if (scenario.has_error()) return Fail(scenario.error());
  const Result<Plan> plan = Plan::Make(*scenario, *spec);
  if (plan.has_error()) return Fail(plan.error());
  if (digest_only) {
    std::printf("%s\n", ToHex(plan->digest()).c_str());
    return kExitPass;
  }
  std::printf("plan digest %s: %s, %llu requests (%s, seed %llu)\n", ToHex(plan->digest()).c_str(),
              UsersText(*plan).c_str(), static_cast<unsigned long long>(plan->requests()),
              spec->scenario_name.c_str(), static_cast<unsigned long long>(spec->seed));
  std::printf("%s\n", PlanSummary(*plan).c_str());
  PlanTextOptions options;
  if (all) options.requests_max = 0;
  std::fputs(PlanText(*plan, options).c_str(), stdout);
  return kExitPass;
}

}  // namespace redrive
