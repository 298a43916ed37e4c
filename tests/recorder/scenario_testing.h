// A small scenario and a fake service, for the tests of plan, users and execution.
#ifndef REDRIVE_TESTS_RECORDER_SCENARIO_TESTING_H_
#define REDRIVE_TESTS_RECORDER_SCENARIO_TESTING_H_

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "recorder/execute.h"

namespace redrive {

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::filesystem::path CorporaPath() {
  return std::filesystem::path(REDRIVE_SOURCE_DIR) / "corpora";
}

inline RunSpec SpecOf(const std::string& json, std::uint64_t seed = 42) {
  RunSpec spec;
  spec.scenario_name = "test";
  spec.scenario_json = json;
  spec.seed = seed;
  return spec;
}

// Numbers by count + 1 with a read and a write step: duplicates when two requests interleave.
//   POST /login → {"token": "t-<client>"}      GET /count → {"count": n}
//   POST /numbers → {"number": n, "echo": …}   GET /fail → 500       anything else → 404
struct FakeRecord {
  int count = 0;
  std::vector<int> numbers;
  std::vector<Request> seen;
  std::vector<std::string> clients;
};

class FakeService final : public Handler {
 public:
  explicit FakeService(FakeRecord& record) : record_(record) {}
  Task<Response> Handle(Env& env, const Request& request, std::string_view client_ip) override {
    const Access read(Label("numbers"), 1, Mode::kRead);
    const Access write(Label("numbers"), 1, Mode::kWrite);
    Response response;
    response.status = 200;
    record_.seen.push_back(request);
    record_.clients.emplace_back(client_ip);
    if (request.target == "/login") {
      response.headers.push_back({"X-Session", "session-1"});
      response.body = R"({"token":"t-)" + std::string(client_ip) + R"(","user":{"id":7}})";
    } else if (request.target == "/numbers") {
      co_await env.Yield("numbers.count", read);
      const int number = record_.count + 1;
      co_await env.Yield("numbers.insert", write);
      ++record_.count;
      response.body = "{\"number\":" + std::to_string(number) + "}";
      record_.numbers.push_back(number);
    } else if (request.target == "/count") {
      co_await env.Yield("numbers.count", read);
      response.body = "{\"count\":" + std::to_string(record_.count) + "}";
    } else if (request.target == "/fail") {
      response.status = 500;
    } else {
      response.status = 404;
      response.body = R"({"detail":"Not Found"})";
    }
    co_return response;
  }

 private:
  FakeRecord& record_;
};

// Makes fake services; `record` is what the last one saw.
struct FakeFactory {
  FakeRecord record;
  HandlerFactory Get() {
    return [this](const RunSpec&, const Scenario&) -> Result<std::unique_ptr<Handler>> {
      record = FakeRecord();
      return std::unique_ptr<Handler>(std::make_unique<FakeService>(record));
    };
  }
};

struct RecordingSink final : TraceSink {
  void OnHeader(const TraceHeader& record) override { header = record; }
  void OnInvoke(const InvokeRecord& record) override { invokes.push_back(record); }
  void OnReturn(const ReturnRecord& record) override { returns.push_back(record); }
  void OnStep(const StepRecord& record) override { steps.push_back(record); }
  void OnEnd(const Schedule& decisions, const EndRecord& record) override {
    schedule = decisions;
    end = record;
  }
  TraceHeader header;
  std::vector<InvokeRecord> invokes;
  std::vector<ReturnRecord> returns;
  std::vector<StepRecord> steps;
  Schedule schedule;
  EndRecord end;
};

// Two racing users, a login each, setup and audit.
inline const char* const kRaceScenario = R"({
  "name": "race",
  "defaults": {"users": 2, "spawn_rate": 10},
  "workshop": {"step_us": 100},
  "headers": {"Authorization": {"value": "Bearer ${token}", "optional": true}},
  "setup": [{"method": "POST", "path": "/numbers", "name": "first",
    "extract": {"numbers[]": "/number"}}],
  "users": [{
    "name": "Racer", "iterations": 1,
    "on_start": [{"method": "POST", "path": "/login", "json": {"password": "secret-1"},
      "extract": {"token": "/token"}}],
    "actions": [{"name": "take", "requests": [{"method": "POST", "path": "/numbers",
      "json": {"n": "${int(1, 9)}"}}]}]
  }],
  "audit": {"requests": [{"path": "/count", "name": "audit count"}]}
})";

}  // namespace redrive

#endif  // REDRIVE_TESTS_RECORDER_SCENARIO_TESTING_H_
