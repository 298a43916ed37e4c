// One body of requests over both transports: what the simulation answers and what comes over real
// sockets is the same, so a race found in one is a race of the other.
#include <gtest/gtest.h>

#include <cctype>
#include <map>

#include "core/decider.h"
#include "core/sim_world.h"
#include "recorder/json_pointer.h"
#include "recorder/net/http_transport.h"
#include "recorder/net/live_world.h"
#include "recorder/sim_transport.h"
#include "recorder/workshop/workshop.h"
#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

const Header kJson{"Content-Type", "application/json"};

// Logs in, works a little, and does things that are refused.
Task<void> Body(Env& env, Transport& transport, std::vector<Reply>* replies) {
  const std::string login_body = R"({"email": "admin@battwheels.in", "password": "admin"})";
  Request login{"POST", "/api/v1/auth/login", {kJson}, login_body};
  Reply reply = co_await transport.Send(env, login);
  const std::string quoted(FindJson(reply.response.body, "/token").value_or("\"\""));
  const Header token{"Authorization", "Bearer " + DecodeJsonString(quoted).value_or("")};
  replies->push_back(std::move(reply));
  const std::string ticket =
      R"({"title": "Brakes — squeal", "description": "d", "priority": "high"})";
  const std::vector<Request> requests = {
      {"POST", "/api/v1/tickets", {kJson, token}, ticket},
      {"POST", "/api/tickets", {kJson, token}, ticket},
      {"GET", "/api/v1/tickets?page=1&limit=10", {token}, ""},
      {"GET", "/api/v1/tickets", {}, ""},
      {"GET", "/api/v1/no/such/route", {token}, ""},
      {"POST", "/api/v1/tickets", {kJson, token}, "{broken"},
      {"POST", "/api/v1/tickets", {kJson, token}, "{}"},
      {"DELETE", "/api/v1/tickets", {token}, ""},
      {"GET", "/api/v1/journal-entries?limit=5", {token}, ""},
  };
  for (const Request& request : requests) {
    Reply answer = co_await transport.Send(env, request);
    replies->push_back(std::move(answer));
  }
}

std::vector<Reply> Simulated(Handler& handler) {
  std::vector<Reply> replies;
  const auto strategy = MakeStrategy("serial", 1).value();
  Decider decider(*strategy);
  decider.Begin(0);
  SimWorld world(decider, {});
  SimTransport transport(handler);
  Env& env = world.NewTask("user");
  world.Start(env, Body(env, transport, &replies));
  EXPECT_EQ(Explore(world, decider, {}), Ending::kDone);
  return replies;
}

std::vector<Reply> Live(Handler& handler) {
  std::vector<Reply> replies;
  RunningServer server(handler);
  LiveWorld world({});
  HttpOptions options = Options(server->url());
  options.cookies = Cookies::kIgnore;  // as in the simulation, which keeps none
  const auto target = HttpTarget::Open(options).value();
  const std::unique_ptr<Transport> transport = MakeHttpTransport(world, target);
  Env& env = world.NewTask("user");
  world.Start(env, Body(env, *transport, &replies), VirtualTime{0});
  EXPECT_EQ(world.Run({}), Ending::kDone);
  return replies;
}

// What must differ is made equal: clock times, which are virtual in one and real in the other, and
// random ids, which follow from the task (a user there, a connection's request here). Ids become
// the number of their first appearance, so that the same ones must come back in the same places.
class Canonical {
 public:
  std::string Text(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t clock = ClockTime(text, i);
      const std::size_t id = HexDigits(text, i);
      if (clock > 0) {
        out += "T-time";
        i += clock;
      } else if (id >= 12) {
        const std::string name = text.substr(i, id);
        out += "#" + std::to_string(ids_.try_emplace(name, ids_.size()).first->second);
        i += id;
      } else {
        const std::size_t plain = std::max<std::size_t>(id, 1);
        out.append(text, i, plain);
        i += plain;
      }
    }
    return out;
  }

 private:
  static std::size_t ClockTime(const std::string& text, std::size_t at) {
    if (at + 9 > text.size() || text[at] != 'T' || text[at + 3] != ':' || text[at + 6] != ':') {
      return 0;
    }
    std::size_t end = at + 9;
    while (end < text.size() && (text[end] == '.' || std::isdigit(text[end]) != 0)) ++end;
    return end - at;
  }
  static std::size_t HexDigits(const std::string& text, std::size_t at) {
    const std::size_t end = text.find_first_not_of("0123456789abcdef", at);
    return (end == std::string::npos ? text.size() : end) - at;
  }

  std::map<std::string, std::size_t> ids_;
};

TEST(TransportConformanceTest, SameAnswersInSimulationAndOverSockets) {
  workshop::Workshop simulated({});
  workshop::Workshop served({});
  const std::vector<Reply> virtual_replies = Simulated(simulated);
  const std::vector<Reply> real_replies = Live(served);
  ASSERT_EQ(virtual_replies.size(), real_replies.size());
  Canonical simulated_ids;
  Canonical real;
  for (std::size_t i = 0; i < virtual_replies.size(); ++i) {
    const Reply& expected = virtual_replies[i];
    const Reply& actual = real_replies[i];
    EXPECT_EQ(actual.error, SendError::kNone) << actual.message;
    EXPECT_EQ(actual.response.status, expected.response.status) << i;
    if (i == 0) continue;  // a login's token is made of the second of its making
    EXPECT_EQ(real.Text(actual.response.body), simulated_ids.Text(expected.response.body)) << i;
    for (const Header& header : expected.response.headers) {
      const std::string* value = FindHeader(actual.response.headers, header.name);
      ASSERT_NE(value, nullptr) << header.name;
      EXPECT_EQ(real.Text(*value), simulated_ids.Text(header.value)) << header.name;
    }
  }
}

}  // namespace
}  // namespace redrive
