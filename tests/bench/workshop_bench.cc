// The workshop's cost per request: text in, data operations, text out; trace off.
#include <benchmark/benchmark.h>

#include <memory>

#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

constexpr char kTicketBody[] =
    R"({"subject":"Scooter will not start","description":"No lights after a night on the charger",)"
    R"("priority":"high","category":"service"})";

// Requests one after another in a world that is kept.
class Line {
 public:
  Line() : strategy_(*MakeStrategy("serial", 1)), decider_(*strategy_) { decider_.Begin(0); }

  Response Send(const Request& request) {
    Response response;
    world_.Reset();
    Env& env = world_.NewTask("request");
    world_.Start(env, One(env, workshop_, request, &response));
    if (Explore(world_, decider_, {}) != Ending::kDone) std::abort();
    return response;
  }

  void Restart() {
    workshop_.Reset();
    decider_.Begin(0);
    const Request login =
        Post("/api/v1/auth/login", R"({"email":"admin@battwheels.in","password":"admin"})");
    token_ = ParseJson(Send(login).body).value["token"].String();
  }

  // The session token of a fresh portal customer.
  std::string PortalSession() {
    const Value contact =
        Ask(Post("/api/v1/contacts-enhanced", R"({"name":"Asha Rao","email":"asha@example.com"})"));
    const std::string id(contact["contact"]["contact_id"].String());
    const Value portal = Ask(Post("/api/v1/contacts-enhanced/" + id + "/enable-portal", ""));
    const Value session =
        Ask(Post("/api/v1/customer-portal/login", ToJson(Object("token", portal["token"]))));
    return std::string(session["session_token"].String());
  }

  [[nodiscard]] Request Post(std::string target, std::string body) const {
    Request request{
        .method = "POST", .target = std::move(target), .headers = {}, .body = std::move(body)};
    request.headers.push_back(Header{"Content-Type", "application/json"});
    if (!token_.empty()) request.headers.push_back(Header{"Authorization", "Bearer " + token_});
    return request;
  }
  void ForgetToken() { token_.clear(); }

 private:
  static Task<void> One(Env& env, Workshop& workshop, const Request& request, Response* response) {
    *response = co_await workshop.Handle(env, request, "127.0.0.1");
  }
  Value Ask(const Request& request) { return ParseJson(Send(request).body).value; }

  std::unique_ptr<Strategy> strategy_;
  Decider decider_;
  SimWorld world_{decider_, {}};
  Workshop workshop_{{.rate_limits = false}};
  std::string token_;
};

void BM_PortalTicket(benchmark::State& state) {
  Line line;
  Request request;
  std::size_t sent = 0;
  for (auto _ : state) {
    if (sent++ % 10'000 == 0) {
      state.PauseTiming();
      line.Restart();
      const std::string session = line.PortalSession();
      line.ForgetToken();
      request = line.Post("/api/v1/customer-portal/tickets", kTicketBody);
      request.headers.push_back(Header{"X-Portal-Session", session});
      state.ResumeTiming();
    }
    const Response response = line.Send(request);
    if (response.status != 200) state.SkipWithError("not 200");
    benchmark::DoNotOptimize(response.body.data());
  }
}
BENCHMARK(BM_PortalTicket);

void BM_StaffTicket(benchmark::State& state) {
  Line line;
  Request request;
  std::size_t sent = 0;
  for (auto _ : state) {
    if (sent++ % 10'000 == 0) {
      state.PauseTiming();
      line.Restart();
      request = line.Post("/api/v1/tickets",
                          R"({"title":"Brakes squeal","priority":"high","category":"mechanical"})");
      state.ResumeTiming();
    }
    const Response response = line.Send(request);
    if (response.status != 200) state.SkipWithError("not 200");
    benchmark::DoNotOptimize(response.body.data());
  }
}
BENCHMARK(BM_StaffTicket);

void BM_WorkshopReset(benchmark::State& state) {
  Workshop workshop({.rate_limits = false});
  for (auto _ : state) workshop.Reset();
}
BENCHMARK(BM_WorkshopReset);

void BM_ParseTicketBody(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseJson(kTicketBody).value);
}
BENCHMARK(BM_ParseTicketBody);

void BM_WriteTicket(benchmark::State& state) {
  const Value ticket = ParseJson(kTicketBody).value;
  for (auto _ : state) benchmark::DoNotOptimize(ToJson(ticket));
}
BENCHMARK(BM_WriteTicket);

}  // namespace
}  // namespace redrive::workshop
