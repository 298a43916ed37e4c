// What a search pays: schedules per second of two concurrent requests on the full workshop, from a
// marked state back to it, and simulated requests per second. hand_model_bench.cc has the same
// portal ticket as somebody would write it for this purpose alone.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>
#include <memory>

#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kClientIp = "127.0.0.1";

// A workshop, and a world whose decider records a random walk.
class Search {
 public:
  Search() : strategy_(*MakeStrategy("random", 1)), decider_(*strategy_) {}

  // Two concurrent requests: one execution, its outcome, and back. Returns what tells outcomes
  // apart.
  std::uint64_t Schedule(const Request& first, const Request& second) {
    decider_.Begin(executions_++);
    world_.Reset();
    Start(first, &responses_[0]);
    Start(second, &responses_[1]);
    if (Explore(world_, decider_, {}) != Ending::kDone) std::abort();
    std::uint64_t outcome = 0;
    for (const Response& response : responses_) {
      if (response.status >= 500) std::abort();
      outcome = Scramble(outcome + HashBytes(response.body) +
                         static_cast<std::uint64_t>(response.status));
    }
    outcome += workshop_.ChangeDigest();
    workshop_.Rollback();
    return outcome;
  }

  // `users` tasks that send `request` `times` times each, then back.
  void Load(const Request& request, int users, int times) {
    decider_.Begin(executions_++);
    world_.Reset();
    for (int i = 0; i < users; ++i) {
      Env& env = world_.NewTask("user");
      world_.Start(env, Many(env, workshop_, request, times));
    }
    if (Explore(world_, decider_, {}) != Ending::kDone) std::abort();
    workshop_.Rollback();
  }

  Value Ask(const Request& request) {
    decider_.Begin(executions_++);
    world_.Reset();
    Start(request, &responses_[0]);
    if (Explore(world_, decider_, {}) != Ending::kDone) std::abort();
    return ParseJson(responses_[0].body).value;
  }

  void Mark() { workshop_.Mark(); }
  [[nodiscard]] std::size_t decisions() const { return decider_.schedule().size(); }

 private:
  static Task<void> One(Env& env, Workshop& workshop, const Request& request, Response* response) {
    *response = co_await workshop.Handle(env, request, kClientIp);
  }
  static Task<void> Many(Env& env, Workshop& workshop, const Request& request, int times) {
    for (int i = 0; i < times; ++i) {
      const Response response = co_await workshop.Handle(env, request, kClientIp);
      if (response.status != 200) std::abort();
    }
  }
  void Start(const Request& request, Response* response) {
    Env& env = world_.NewTask("request");
    world_.Start(env, One(env, workshop_, request, response));
  }

  std::unique_ptr<Strategy> strategy_;
  Decider decider_;
  SimWorld world_{decider_, {}};
  Workshop workshop_{{.rate_limits = false}};
  Response responses_[2];
  std::uint64_t executions_ = 0;
};

Request Post(std::string target, std::string body, const std::string& token = "") {
  Request request{
      .method = "POST", .target = "/api/v1" + target, .headers = {}, .body = std::move(body)};
  request.headers.push_back(Header{"Content-Type", "application/json"});
  if (!token.empty()) request.headers.push_back(Header{"Authorization", "Bearer " + token});
  return request;
}

std::string TextAt(const Value& answer, std::string_view path) {
  return std::string(answer.AtPath(path).String());
}

std::string LogIn(Search& search) {
  const Request login =
      Post("/auth/login", R"({"email":"admin@battwheels.in","password":"admin"})");
  return TextAt(search.Ask(login), "token");
}

// 4 operations: session, contact, count, insert.
Request PortalTicket(Search& search) {
  const std::string token = LogIn(search);
  const Value contact = search.Ask(
      Post("/contacts-enhanced", R"({"name":"Asha Rao","email":"asha@example.com"})", token));
  const std::string id = TextAt(contact, "contact.contact_id");
  const Value portal = search.Ask(Post("/contacts-enhanced/" + id + "/enable-portal", "", token));
  const Value session =
      search.Ask(Post("/customer-portal/login", ToJson(Object("token", portal["token"]))));
  Request request = Post("/customer-portal/tickets",
                         R"({"subject":"Scooter will not start","description":"No lights after a )"
                         R"(night on the charger","priority":"high","category":"service"})");
  request.headers.push_back(Header{"X-Portal-Session", TextAt(session, "session_token")});
  return request;
}

// 4 operations: membership, organisation, user, insert; a document of 56 members.
Request StaffTicket(Search& search) {
  return Post("/tickets", R"({"title":"Brakes squeal","priority":"high","category":"mechanical"})",
              LogIn(search));
}

// 7 operations: membership, organisation, user, ticket, update, activity, ticket.
Request StartWork(Search& search) {
  const std::string token = LogIn(search);
  const Value ticket = search.Ask(Post("/tickets", R"({"title":"Battery swap"})", token));
  return Post("/tickets/" + TextAt(ticket, "ticket_id") + "/start-work", "", token);
}

// 16 operations: membership, organisation, plan, 2 of the feature, 2 locks, 2 accounts, count,
// entry, 2 audit logs, 2 balances.
Request JournalEntry(Search& search) {
  const std::string token = LogIn(search);
  search.Ask(Post("/journal-entries/accounts/initialize-system", "", token));
  Request chart = Post("/journal-entries/accounts/chart", "", token);
  chart.method = "GET";
  std::string ids[2];
  const Value accounts = search.Ask(chart);
  for (const Value& account : accounts["accounts"].Items()) {
    if (account["account_code"] == "1210") ids[0] = account["account_id"].String();
    if (account["account_code"] == "4100") ids[1] = account["account_id"].String();
  }
  Request request = Post("/journal-entries",
                         R"({"entry_date":"2026-01-05","description":"Cash sale","lines":[)"
                         R"({"account_id":")" +
                             ids[0] + R"(","debit_amount":5.5},{"account_id":")" + ids[1] +
                             R"(","credit_amount":5.5}]})",
                         token);
  search.Ask(request);  // from now on the service remembers the accounts
  return request;
}

using Prepare = Request (*)(Search&);

// Two equal requests race from the marked state, again and again.
void BM_Schedules(benchmark::State& state, Prepare prepare) {
  Search search;
  const Request request = prepare(search);
  search.Mark();
  std::uint64_t outcomes = 0;
  for (auto _ : state) outcomes ^= search.Schedule(request, request);
  benchmark::DoNotOptimize(outcomes);
  state.counters["schedules_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["decisions"] = static_cast<double>(search.decisions());
}
BENCHMARK_CAPTURE(BM_Schedules, portal_ticket, PortalTicket);
BENCHMARK_CAPTURE(BM_Schedules, staff_ticket, StaffTicket);
BENCHMARK_CAPTURE(BM_Schedules, start_work, StartWork);
BENCHMARK_CAPTURE(BM_Schedules, journal_entry, JournalEntry);

// 10 users send 100 requests each, interleaved at random.
void BM_RequestsPerSecond(benchmark::State& state, Prepare prepare) {
  constexpr int kUsers = 10;
  constexpr int kTimes = 100;
  Search search;
  const Request request = prepare(search);
  search.Mark();
  for (auto _ : state) search.Load(request, kUsers, kTimes);
  state.counters["requests_per_second"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kUsers * kTimes, benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(BM_RequestsPerSecond, portal_ticket, PortalTicket);
BENCHMARK_CAPTURE(BM_RequestsPerSecond, staff_ticket, StaffTicket);
BENCHMARK_CAPTURE(BM_RequestsPerSecond, journal_entry, JournalEntry);

}  // namespace
}  // namespace redrive::workshop
