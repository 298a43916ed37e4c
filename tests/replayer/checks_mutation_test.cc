// Mutations: a large correct history passes all checks; each small falsification of it is noticed
// by exactly the check that is there for it. Also the time that 100,000 operations may take.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/rng.h"
#include "replayer/checker.h"
#include "replayer/report.h"

namespace redrive {
namespace {

constexpr std::int64_t kStock = 1'000'000;

// A service that does everything right, asked by requests of which up to four overlap.
class CorrectService {
 public:
  explicit CorrectService(std::size_t requests) {
    Record("POST stock", "/stock", "{}", R"({"n": )" + std::to_string(kStock) + "}", 0);
    for (std::size_t i = 1; i <= requests; ++i) {
      const std::string n = std::to_string(i);
      const std::int64_t before = kStock - static_cast<std::int64_t>(i) + 1;
      Record("POST order", "/orders", R"({"q": 1})",
             R"({"id": "ORD-)" + n + R"(", "organization_id": "a", "before": )" +
                 std::to_string(before) + R"(, "after": )" + std::to_string(before - 1) +
                 R"(, "lines": [{"debit": 1.5, "credit": 0}, {"debit": 0, "credit": 1.50}]})",
             i);
      Record("POST close", "/orders/" + n + "/close", "{}", R"({"count": )" + n + "}", i);
    }
    Record("GET stock", "/stock", "",
           R"({"n": )" + std::to_string(kStock - static_cast<std::int64_t>(requests)) + "}",
           requests + 1);
    trace.end = EndRecord{};
  }

  // The answer of the `index`-th request of that name, from 0.
  std::string& Body(const std::string& name, std::size_t index) {
    for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
      if (trace.invokes[i].name == name && index-- == 0) return trace.returns[i]->response.body;
    }
    throw std::out_of_range(name);
  }

  Trace trace;

 private:
  void Record(const std::string& name, const std::string& target, const std::string& request,
              const std::string& response, std::size_t round) {
    InvokeRecord invoke;
    invoke.operation = trace.invokes.size() + 1;
    // Begins follow each other; ends do too, two requests later: neighbours overlap.
    invoke.sequence = 2 * invoke.operation;
    invoke.name = name;
    invoke.request = {"POST", target, {{"X-Organization-ID", "a"}}, request};
    ReturnRecord reply;
    reply.operation = invoke.operation;
    reply.sequence = invoke.sequence + (round == 0 || name == "GET stock" ? 1 : 5);
    reply.outcome = Outcome::kOk;
    reply.response.status = 200;
    reply.response.body = response;
    trace.invokes.push_back(std::move(invoke));
    trace.returns.emplace_back(std::move(reply));
  }
};

const char* const kChecks = R"([
  {"check": "series", "requests": "POST order", "value": "response:/id", "pattern": "ORD-#",
   "gap_free": true, "start": 0},
  {"check": "unique", "requests": "POST order", "value": "response:/id"},
  {"check": "at_most_once", "requests": "POST close", "key": "path:1"},
  {"check": "chain", "requests": "POST order", "before": "response:/before",
   "after": "response:/after",
   "initial": 1000000},
  {"check": "stock", "deduct": {"requests": "POST order", "quantity": "request:/q"},
   "initial": {"requests": "POST stock", "value": "response:/n"}},
  {"check": "conservation", "deduct": {"requests": "POST order", "quantity": "request:/q"},
   "initial": {"requests": "POST stock", "value": "response:/n"},
   "final": {"requests": "GET stock", "value": "response:/n"}},
  {"check": "balanced", "requests": "POST order", "debit": "/debit", "credit": "/credit"},
  {"check": "never_decreases", "requests": "POST close", "value": "response:/count"},
  {"check": "tenant_isolation", "organization": "header:X-Organization-ID"},
  {"check": "response_invariant", "requests": "POST order",
   "holds": ["response:/before", ">", "response:/after"]},
  {"check": "counter", "increment": {"requests": "POST close", "value": "response:/count"},
   "initial": 0},
  {"check": "monotonic_reads", "reads": {"requests": "POST close", "version": "response:/count"}},
  {"check": "linearizable", "model": "stock", "name": "linearizable stock",
   "deduct": {"requests": "POST order", "quantity": "request:/q"},
   "read": {"requests": "GET stock", "value": "response:/n"},
   "initial": {"requests": "POST stock", "value": "response:/n"}},
  {"check": "linearizable", "model": "inc_and_get", "name": "linearizable after",
   "initial": 1000000, "increment": {"requests": "POST order",
   "value": "response:/after", "by": -1}}
])";

CheckReport Judge(const Trace& trace) {
  const auto checkers = ParseChecks(nlohmann::json::parse(kChecks), "/checks");
  if (!checkers) throw std::runtime_error(checkers.error().message);
  return CheckAll(trace, *checkers, {});
}

std::vector<std::string> Condemned(const Trace& trace) {
  std::vector<std::string> names;
  for (const Verdict& verdict : Judge(trace).verdicts) {
    if (verdict.kind != VerdictKind::kPass) names.push_back(verdict.name);
  }
  return names;
}

using Names = std::vector<std::string>;

void Replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " in " << text;
  text.replace(at, from.size(), to);
}

TEST(ChecksMutationTest, CorrectHistoryPasses) {
  const CheckReport report = Judge(CorrectService(50).trace);
  EXPECT_EQ(report.overall(), VerdictKind::kPass) << ReportToText(report);
}

TEST(ChecksMutationTest, EveryMutationIsNoticed) {
  struct Mutation {
    const char* name;
    std::size_t index;
    const char* from;
    const char* to;
    Names condemned;
  };
  const Mutation mutations[] = {
      {"POST order", 6, "ORD-7", "ORD-6", {"series", "unique"}},
      {"POST order", 6, "ORD-7", "ORD-70", {"series"}},
      {"POST order", 3, "\"after\": 999996", "\"after\": 999995", {"chain", "linearizable after"}},
      {"POST order", 3, "\"before\": 999997", "\"before\": 999998", {"chain"}},
      {"POST order", 3, "\"debit\": 1.5", "\"debit\": 1.51", {"balanced"}},
      {"POST order", 3, "\"debit\": 0", "\"debit\": 1", {"balanced"}},
      {"POST order",
       3,
       "\"organization_id\": \"a\"",
       "\"organization_id\": \"b\"",
       {"tenant_isolation"}},
      {"POST close", 30, "31", "3", {"never_decreases", "counter", "monotonic_reads"}},
      {"GET stock", 0, "999950", "999960", {"conservation", "linearizable stock"}},
      {"POST stock", 0, "1000000", "49", {"stock", "conservation", "linearizable stock"}},
  };
  for (const Mutation& mutation : mutations) {
    CorrectService service(50);
    Replace(service.Body(mutation.name, mutation.index), mutation.from, mutation.to);
    EXPECT_EQ(Condemned(service.trace), mutation.condemned)
        << mutation.from << " → " << mutation.to;
  }
}

TEST(ChecksMutationTest, AClosedOrderClosedAgainIsNoticed) {
  CorrectService service(50);
  for (InvokeRecord& invoke : service.trace.invokes) {
    if (invoke.request.target == "/orders/31/close") invoke.request.target = "/orders/30/close";
  }
  EXPECT_EQ(Condemned(service.trace), Names{"at_most_once"});
}

// Whatever one answer is lost, no check may accuse the service.
TEST(ChecksMutationTest, LosingAnyOneAnswerIsNeverAViolation) {
  for (std::size_t i = 0; i < CorrectService(20).trace.returns.size(); ++i) {
    for (const bool recorded : {false, true}) {
      CorrectService service(20);
      if (recorded) {
        ReturnRecord& reply = *service.trace.returns[i];
        reply.outcome = Outcome::kInfo;
        reply.error = SendError::kTimeout;
        reply.response = {};
      } else {
        service.trace.returns[i].reset();
      }
      const CheckReport report = Judge(service.trace);
      EXPECT_NE(report.overall(), VerdictKind::kViolation) << i << "\n" << ReportToText(report);
    }
  }
}

TEST(ChecksMutationTest, DroppedRecordsTurnAPassIntoUnknown) {
  CorrectService service(5);
  service.trace.end->dropped = 1;
  EXPECT_EQ(Judge(service.trace).overall(), VerdictKind::kUnknown);
  EXPECT_EQ(ExitCode(Judge(service.trace)), 3);
}

// Bodies of random bytes: a verdict, whichever, and no crash.
TEST(ChecksMutationTest, SurvivesAnyBody) {
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    CorrectService service(10);
    for (auto& reply : service.trace.returns) {
      std::string& body = reply->response.body;
      const std::uint64_t at = rng.Below(body.size());
      const std::uint64_t how = rng.Below(3);
      if (how == 0) body.resize(at);
      if (how == 1) body[at] = static_cast<char>(rng.Below(256));
      if (how == 2) body.insert(at, body);
    }
    EXPECT_FALSE(ReportToJson(Judge(service.trace)).empty());
  }
}

TEST(ChecksMutationTest, AHundredThousandOperationsTakeSeconds) {
  const CorrectService service(50'000);
  const auto start = std::chrono::steady_clock::now();
  const CheckReport report = Judge(service.trace);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(report.overall(), VerdictKind::kPass) << ReportToText(report);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  RecordProperty("milliseconds", std::to_string(milliseconds));
  EXPECT_LT(milliseconds, 60'000);  // under sanitizers on a busy machine; 1 s is usual
}

}  // namespace
}  // namespace redrive
