// The workshop's answer to any request: the first byte picks the route, the rest is the body (or,
// for reads, the query). It must not crash, answers with a status, and its bodies are JSON.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/check.h"
#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

struct Target {
  const char* method;
  const char* path;
};
constexpr Target kTargets[] = {{"POST", "/api/tickets"},
                               {"GET", "/api/tickets?"},
                               {"POST", "/api/auth/login"},
                               {"POST", "/api/v1/contacts-enhanced"},
                               {"POST", "/api/v1/customer-portal/login"},
                               {"POST", "/api/v1/organizations/signup"},
                               {"POST", "/api/v1/journal-entries"},
                               {"POST", "/api/v1/invoices-enhanced"},
                               {"POST", "/api/v1/payments-received"},
                               {"POST", "/api/v1/inventory"},
                               {"POST", "/api/v1/allocations"},
                               {"POST", "/api/v1/items-enhanced"},
                               {"POST", "/api/v1/items-enhanced/adjustments"},
                               {"GET", "/"}};

Task<void> One(Env& env, Workshop& workshop, const Request& request, Response* response) {
  *response = co_await workshop.Handle(env, request, "127.0.0.1");
}

Response Send(Workshop& workshop, const Request& request) {
  static std::unique_ptr<Strategy> serial = *MakeStrategy("serial", 1);
  Decider decider(*serial);
  decider.Begin(0);
  SimWorld world(decider, {});
  Response response;
  Env& env = world.NewTask("request");
  world.Start(env, One(env, workshop, request, &response));
  REDRIVE_CHECK(Explore(world, decider, {.steps_max = 1'000'000}) == Ending::kDone);
  return response;
}

}  // namespace
}  // namespace redrive::workshop

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace redrive;            // NOLINT: the entry point stands outside
  using namespace redrive::workshop;  // NOLINT: likewise
  if (size == 0) return 0;
  static Workshop workshop({.rate_limits = false});
  workshop.Reset();
  const Target& target = kTargets[data[0] % std::size(kTargets)];
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Request login{.method = "POST",
                .target = "/api/v1/auth/login",
                .headers = {Header{"Content-Type", "application/json"}},
                .body = R"({"email":"admin@battwheels.in","password":"admin"})"};
  const JsonResult token = ParseJson(Send(workshop, login).body);
  Request request{
      .method = target.method, .target = target.path, .headers = login.headers, .body = {}};
  request.headers.push_back(
      Header{"Authorization", "Bearer " + std::string(token.value["token"].String())});
  (request.method == "GET" ? request.target : request.body) += rest;
  const Response response = Send(workshop, request);
  REDRIVE_CHECK(response.status >= 200 && response.status < 600);
  REDRIVE_CHECK(response.body.empty() || ParseJson(response.body).error == nullptr);
  return 0;
}
