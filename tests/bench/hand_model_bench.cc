// Side by side with schedule_bench.cc: the portal ticket as somebody would write it by hand for
// this one search, on the same world and decider: four operations on std::map and nlohmann, with
// the same body, checks, document, answer, digest of what changed, and way back.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/hash.h"
#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/http.h"

namespace redrive {
namespace {

using nlohmann::json;

constexpr Label kSessions("portal_sessions");
constexpr Label kContacts("contacts");
constexpr Label kTickets("tickets");
constexpr char kBody[] =
    R"({"subject":"Scooter will not start","description":"No lights after a night on the charger",)"
    R"("priority":"high","category":"service"})";

struct HandMadeStore {
  std::map<std::string, json> sessions;
  std::map<std::string, json> contacts;
  std::multimap<std::string, json> tickets;  // the number that races can repeat
};

std::string TimeText(Env& env) {
  const std::int64_t us = env.Now().count() / 1'000;
  char text[64];
  std::snprintf(text, sizeof(text), "2026-01-05T%02d:%02d:%02d.%06d+00:00",
                static_cast<int>(4 + us / 3'600'000'000 % 20),
                static_cast<int>(30 + us / 60'000'000 % 30), static_cast<int>(us / 1'000'000 % 60),
                static_cast<int>(us % 1'000'000));
  return text;
}

bool IsText(const json& body, const char* name, std::size_t min, std::size_t max) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_string()) return false;
  const std::size_t size = found->get_ref<const std::string&>().size();
  return size >= min && size <= max;
}

Response Answer(int status, const json& body) {
  Response response;
  response.status = status;
  response.headers.push_back(Header{"Content-Type", "application/json"});
  response.body = body.dump();
  return response;
}

Task<Response> CreateTicket(Env& env, HandMadeStore& store, const Request& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !IsText(body, "subject", 3, 200) ||
      !IsText(body, "description", 10, 100'000)) {
    co_return Answer(422, json{{"detail", "invalid"}});
  }
  const std::string* const token = FindHeader(request.headers, "X-Portal-Session");
  if (token == nullptr) co_return Answer(401, json{{"detail", "no session"}});
  const Access session_access(kSessions, HashBytes(*token) | 1U, Mode::kRead);
  co_await env.Yield("portal_sessions.find_one", session_access);
  const auto session = store.sessions.find(*token);
  if (session == store.sessions.end()) co_return Answer(401, json{{"detail", "no session"}});
  const std::string contact_id = session->second["contact_id"];
  const Access contact_access(kContacts, HashBytes(contact_id) | 1U, Mode::kRead);
  co_await env.Yield("contacts.find_one", contact_access);
  const json contact = store.contacts.at(contact_id);
  const Access all_tickets(kTickets, 0, Mode::kRead);
  co_await env.Yield("tickets.count_documents", all_tickets);
  char number[32];
  std::snprintf(number, sizeof(number), "TKT-%06zu", store.tickets.size() + 1);
  const std::string time = TimeText(env);
  json ticket = {{"ticket_id", number},
                 {"customer_id", contact["contact_id"]},
                 {"customer_name", contact["name"]},
                 {"customer_email", contact["email"]},
                 {"customer_phone", contact["phone"]},
                 {"subject", body["subject"]},
                 {"description", body["description"]},
                 {"priority", body.value("priority", "medium")},
                 {"category", body.value("category", "general")},
                 {"vehicle_id", nullptr},
                 {"status", "open"},
                 {"source", "customer_portal"},
                 {"created_at", time},
                 {"updated_at", time},
                 {"organization_id", contact["organization_id"]}};
  const Access insert(kTickets, HashBytes(number) | 1U, Mode::kWrite);
  co_await env.Yield("tickets.insert_one", insert);
  store.tickets.emplace(number, ticket);
  co_return Answer(
      200, json{{"code", 0},
                {"ticket", std::move(ticket)},
                {"message", "Support request " + std::string(number) + " created successfully"}});
}

Task<void> One(Env& env, HandMadeStore& store, const Request& request, Response* response) {
  *response = co_await CreateTicket(env, store, request);
}

HandMadeStore Prepared() {
  HandMadeStore store;
  store.sessions["PS-0123456789abcdef"] = json{{"contact_id", "CON-0123456789AB"}};
  store.contacts["CON-0123456789AB"] = json{{"contact_id", "CON-0123456789AB"},
                                            {"name", "Asha Rao"},
                                            {"email", "asha@example.com"},
                                            {"phone", nullptr},
                                            {"organization_id", "org_71f0aa01b2c4"}};
  return store;
}

void BM_HandMadeSchedules(benchmark::State& state) {
  const auto strategy = MakeStrategy("random", 1).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  HandMadeStore store = Prepared();
  Request request{
      .method = "POST", .target = "/api/v1/customer-portal/tickets", .headers = {}, .body = kBody};
  request.headers.push_back(Header{"Content-Type", "application/json"});
  request.headers.push_back(Header{"X-Portal-Session", "PS-0123456789abcdef"});
  Response responses[2];
  std::uint64_t execution = 0;
  std::uint64_t outcomes = 0;
  for (auto _ : state) {
    decider.Begin(execution++);
    world.Reset();
    for (Response& response : responses) {
      Env& env = world.NewTask("request");
      world.Start(env, One(env, store, request, &response));
    }
    if (Explore(world, decider, {}) != Ending::kDone) std::abort();
    std::uint64_t outcome = 0;
    for (const Response& response : responses) {
      outcome = Scramble(outcome + HashBytes(response.body) +
                         static_cast<std::uint64_t>(response.status));
    }
    for (const auto& [id, ticket] : store.tickets) outcome += HashBytes(ticket.dump());
    outcomes ^= outcome;
    store.tickets.clear();
  }
  benchmark::DoNotOptimize(outcomes);
  state.counters["schedules_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_HandMadeSchedules);

}  // namespace
}  // namespace redrive
