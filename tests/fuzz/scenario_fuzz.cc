// Any bytes as a scenario: an error or a scenario, and then a plan within small limits; never a
// crash, never without end.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "recorder/json_pointer.h"
#include "recorder/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view pointer : {"", "/name", "/users/0/actions", "/a/[b=c]/d"}) {
    const auto found = redrive::FindJson(text, pointer);
    if (found) (void)redrive::DecodeJsonString(*found);
  }
  const auto scenario = redrive::ParseScenario(text, "fuzz");
  if (!scenario) {
    REDRIVE_CHECK(!scenario.error().message.empty());
    return 0;
  }
  redrive::RunSpec spec;
  spec.run_time_ns = 10'000'000'000;
  spec.users = 3;
  const auto plan = redrive::Plan::Make(*scenario, spec, {.users_max = 10, .actions_max = 1'000});
  if (plan) (void)redrive::PlanText(*plan, {.requests_max = 50});
  return 0;
}
