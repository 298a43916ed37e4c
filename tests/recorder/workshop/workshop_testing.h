// Drives the workshop in a simulated world: requests alone (and what they touched), or together
// under a strategy.
#ifndef REDRIVE_TESTS_RECORDER_WORKSHOP_WORKSHOP_TESTING_H_
#define REDRIVE_TESTS_RECORDER_WORKSHOP_WORKSHOP_TESTING_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {

struct Answer {
  Response response;
  Value body;                       // parsed; null when the body is no JSON
  std::vector<std::string> labels;  // of the data operations, in order; requests sent alone only

  [[nodiscard]] int status() const { return response.status; }
};

class StepLabels final : public EventSink {
 public:
  void OnEvent(const Event& event) override {
    if (event.kind == EventKind::kStep) labels.emplace_back(event.label.text);
  }
  std::vector<std::string> labels;
};

inline Answer AnswerOf(Response response, std::vector<std::string> labels = {}) {
  Value body = ParseJson(response.body).value;
  return {std::move(response), std::move(body), std::move(labels)};
}

class Bay {
 public:
  explicit Bay(BugSet bugs = BugSet::All(), bool rate_limits = false)
      : Bay(WorkshopOptions{.bugs = bugs, .rate_limits = rate_limits}) {}
  explicit Bay(const WorkshopOptions& options) : workshop_(options) {}

  // The token that later requests carry; "" for none.
  void set_token(std::string token) { token_ = std::move(token); }
  void set_client_ip(std::string ip) { client_ip_ = std::move(ip); }
  // Moves the virtual clock of later requests.
  void Pass(VirtualTime duration) { offset_ += duration; }
  Workshop& workshop() { return workshop_; }
  Store& db() { return workshop_.db(); }

  // Logs the seeded admin in and keeps the token.
  void LogIn() {
    token_.clear();
    const Answer answer =
        Post("/api/v1/auth/login", R"({"email":"admin@battwheels.in","password":"admin"})");
    EXPECT_EQ(answer.status(), 200) << answer.response.body;
    token_ = answer.body["token"].String();
  }

  [[nodiscard]] Request Make(std::string method, std::string target, std::string body = "") const {
    Request request{.method = std::move(method),
                    .target = std::move(target),
                    .headers = {},
                    .body = std::move(body)};
    if (!request.body.empty())
      request.headers.push_back(Header{"Content-Type", "application/json"});
    if (!token_.empty()) request.headers.push_back(Header{"Authorization", "Bearer " + token_});
    return request;
  }
  Answer Get(std::string target) { return Send(Make("GET", std::move(target))); }
  Answer Post(std::string target, std::string body = "") {
    return Send(Make("POST", std::move(target), std::move(body)));
  }
  Answer Put(std::string target, std::string body = "") {
    return Send(Make("PUT", std::move(target), std::move(body)));
  }

  Answer Send(const Request& request) {
    std::unique_ptr<Strategy> serial = *MakeStrategy("serial", 1);
    Decider decider(*serial);
    decider.Begin(0);
    StepLabels sink;
    std::vector<Response> responses = Run({request}, decider, &sink);
    return AnswerOf(std::move(responses[0]), std::move(sink.labels));
  }

  // All at once, one task each, ordered by `decider`. The answers in the order of the requests.
  std::vector<Answer> Together(const std::vector<Request>& requests, Decider& decider) {
    std::vector<Answer> answers;
    for (Response& response : Run(requests, decider, nullptr)) {
      answers.push_back(AnswerOf(std::move(response)));
    }
    return answers;
  }

 private:
  static Task<void> One(Env& env, Workshop& workshop, const Request& request,
                        const std::string& client_ip, Response* response) {
    *response = co_await workshop.Handle(env, request, client_ip);
  }

  std::vector<Response> Run(const std::vector<Request>& requests, Decider& decider,
                            EventSink* sink) {
    std::vector<Response> responses(requests.size());
    SimWorld world(decider, {.sink = sink});
    for (std::size_t i = 0; i < requests.size(); ++i) {
      Env& env = world.NewTask("request");
      world.Start(env, One(env, workshop_, requests[i], client_ip_, &responses[i]), offset_);
    }
    EXPECT_EQ(Explore(world, decider, {}), Ending::kDone);
    return responses;
  }

  Workshop workshop_;
  std::string token_;
  std::string client_ip_ = "127.0.0.1";
  VirtualTime offset_{0};
};

struct RaceResult {
  std::uint64_t executions = 0;
  std::uint64_t violations = 0;
  std::string first_schedule;  // of the first violation
};

// Searches the interleavings of the requests that `prepare` returns (after it has set the bay up,
// alone), each execution in a fresh workshop, until the strategy has nothing left or
// `executions_max` is reached. `violated` judges the answers; it may send more through the bay.
inline RaceResult SearchRace(
    std::string_view strategy, std::uint64_t executions_max, BugSet bugs,
    const std::function<std::vector<Request>(Bay&)>& prepare,
    const std::function<bool(Bay&, const std::vector<Answer>&)>& violated) {
  RaceResult result;
  std::unique_ptr<Strategy> chosen = *MakeStrategy(strategy, 42);
  Decider decider(*chosen);
  Bay bay(bugs);
  while (result.executions < executions_max && decider.Begin(result.executions)) {
    ++result.executions;
    bay.workshop().Reset();
    bay.set_token("");
    const std::vector<Request> requests = prepare(bay);
    const std::vector<Answer> answers = bay.Together(requests, decider);
    if (!violated(bay, answers)) continue;
    if (result.violations++ == 0) result.first_schedule = ScheduleToText(decider.schedule());
  }
  return result;
}

}  // namespace redrive::workshop

#endif  // REDRIVE_TESTS_RECORDER_WORKSHOP_WORKSHOP_TESTING_H_
