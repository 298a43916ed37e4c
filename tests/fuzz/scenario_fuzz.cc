// Any bytes as a scenario: an error or a scenario, and then a plan within small limits; never a
// crash, never without end.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/json_pointer.h"
#include "recorder/judge.h"
#include "recorder/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view pointer : {"", "/name", "/users/0/actions", "/a/[b=c]/d"}) {
    const auto found = redrive::FindJson(text, pointer);
    if (found) (void)redrive::DecodeJsonString(*found);
  }
  const auto files = [](std::string_view key) -> std::optional<std::string> {
    if (key == redrive::FileKey("rows.csv")) return "email,password\na@x,1\nb@x,2\n";
    if (key == redrive::FileKey("customers.csv")) return "name,phone,vehicle,note\nA,1,V,n\n";
    if (key == redrive::FileKey("rows.json")) return R"([{"id": 1}, {"id": 2}])";
    return std::nullopt;
  };
  const auto scenario = redrive::ParseScenario(text, "fuzz", files);
  if (!scenario) {
    REDRIVE_CHECK(!scenario.error().message.empty());
    return 0;
  }
  redrive::RunSpec spec;
  spec.run_time_ns = 10'000'000'000;
  spec.users = 3;
  const redrive::PlanLimits limits{.users_max = 10, .actions_max = 1'000};
  // With the flags' users and times, and with the scenario's own: stages, shapes, arrivals.
  for (const redrive::RunSpec& each : {spec, redrive::RunSpec()}) {
    const auto plan = redrive::Plan::Make(*scenario, each, limits);
    if (!plan) continue;
    (void)redrive::PlanSummary(*plan);
    (void)redrive::PlanText(*plan, {.requests_max = 50});
    redrive::UserPlan user(*plan, 0);
    for (int i = 0; i < 100 && user.Next(); ++i) (void)user.OnStop();
  }
  redrive::Reply reply;
  reply.response.status = 200;
  reply.response.body = std::string(text.substr(0, 1'000));
  reply.response.headers = {{"Content-Type", "application/json"}};
  for (const redrive::RequestStep& step : scenario->classes.front().on_start) {
    (void)redrive::JudgeReply(step, reply);
  }
  for (const redrive::Action& action : scenario->classes.front().actions) {
    for (const redrive::RequestStep& step : action.steps) (void)redrive::JudgeReply(step, reply);
  }
  return 0;
}
