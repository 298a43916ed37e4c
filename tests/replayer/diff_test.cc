#include "replayer/diff.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

void AddExchange(Trace& trace, std::uint32_t user, std::uint32_t iteration, const std::string& name,
                 int status, const std::string& body) {
  InvokeRecord invoke;
  invoke.operation = trace.invokes.size() + 1;
  invoke.user = user;
  invoke.iteration = iteration;
  invoke.name = name;
  ReturnRecord reply;
  reply.operation = invoke.operation;
  reply.response = {status, {}, body};
  trace.invokes.push_back(invoke);
  trace.returns.emplace_back(reply);
}

TEST(DiffTest, EqualTracesHaveNoDifference) {
  Trace a;
  AddExchange(a, 0, 0, "GET /x", 200, R"({"n":1})");
  const TraceDiff diff = DiffTraces(a, a, {});
  EXPECT_EQ(diff.matched, 1U);
  EXPECT_EQ(diff.equal, 1U);
  EXPECT_TRUE(diff.differences.empty());
}

TEST(DiffTest, RequestsMatchByTheirPlaceInThePlanNotByOrder) {
  Trace a;
  AddExchange(a, 0, 0, "GET /x", 200, "{}");
  AddExchange(a, 1, 0, "GET /y", 200, "{}");
  Trace b;
  AddExchange(b, 1, 0, "GET /y", 200, "{}");
  AddExchange(b, 0, 0, "GET /x", 200, "{}");
  EXPECT_EQ(DiffTraces(a, b, {}).equal, 2U);
}

TEST(DiffTest, DifferencesAreGroupedByNameAndPlace) {
  Trace a;
  AddExchange(a, 0, 0, "GET /x", 200, R"({"data":[{"id":1,"v":"a"},{"id":2,"v":"b"}],"k":true})");
  AddExchange(a, 0, 1, "GET /x", 200, R"({"data":[],"k":true})");
  AddExchange(a, 0, 2, "POST /x", 200, "text");
  AddExchange(a, 0, 3, "POST /y", 200, "{}");
  Trace b;
  AddExchange(b, 0, 0, "GET /x", 200, R"({"data":[{"id":7,"v":"a"},{"id":8,"v":"c"}],"k":true})");
  AddExchange(b, 0, 1, "GET /x", 200, R"({"data":[],"new":1})");
  AddExchange(b, 0, 2, "POST /x", 500, "text");
  const TraceDiff diff = DiffTraces(a, b, {});
  EXPECT_EQ(diff.matched, 3U);
  EXPECT_EQ(diff.equal, 0U);
  EXPECT_EQ(diff.only_a, 1U);
  EXPECT_EQ(DiffToText(diff),
            "3 requests in both, 0 with equal responses; 1 only in the first, 0 only in the "
            "second\n"
            "\nGET /x\n"
            "  /data/*/id: 2 differ, first #1 1 | #1 7\n"
            "  /data/*/v: 1 differ, first #1 b | #1 c\n"
            "  /k: 1 differ, first #2 true | #2 (absent)\n"
            "  /new: 1 differ, first #2 (absent) | #2 1\n"
            "\nPOST /x\n"
            "  status: 1 differ, first #3 200 | #3 500\n");
  EXPECT_EQ(DiffTraces(a, b, {.ignored_suffixes = {"/id"}}).differences.size(), 4U);
  EXPECT_EQ(DiffTraces(a, b, {.statuses_only = true}).differences.size(), 1U);
}

}  // namespace
}  // namespace redrive
