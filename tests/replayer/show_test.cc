#include "replayer/show.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

// Two requests that overlap, with their data operations: the picture of a lost update.
Trace Overlap() {
  Trace trace;
  trace.header.spec.scenario_name = "planted/x";
  trace.header.redrive_version = "redrive 0.1.0";
  for (std::uint64_t operation = 1; operation <= 2; ++operation) {
    InvokeRecord invoke;
    invoke.operation = operation;
    invoke.sequence = operation;
    invoke.user = static_cast<std::uint32_t>(operation + 5);
    invoke.name = "POST portal/tickets";
    invoke.request.method = "POST";
    invoke.sent_ns = 1'000'000;
    trace.invokes.push_back(invoke);
    ReturnRecord reply;
    reply.operation = operation;
    reply.sequence = operation + 6;
    reply.done_ns = 3'500'000;
    reply.outcome = Outcome::kOk;
    reply.response = {200, {}, R"({"ticket_id":"TKT-000007"})"};
    trace.returns.emplace_back(reply);
  }
  const auto add = [&trace](std::uint64_t sequence, std::uint64_t operation, const char* label,
                            Mode mode) {
    trace.steps.push_back({.sequence = sequence,
                           .at_ns = 2'000'000,
                           .task = 1,
                           .operation = operation,
                           .label = label,
                           .resource = "tickets/*",
                           .mode = mode});
  };
  add(3, 1, "tickets.count_documents", Mode::kRead);
  add(4, 2, "tickets.count_documents", Mode::kRead);
  add(5, 1, "tickets.insert_one", Mode::kWrite);
  add(6, 2, "tickets.insert_one", Mode::kWrite);
  return trace;
}

TEST(ShowTest, OverlappingRequestsStandSideBySide) {
  EXPECT_EQ(
      ShowTimeline(Overlap(), {}),
      "     0.001000 s        1  ┌  #1     user 6     POST portal/tickets\n"
      "     0.001000 s        2  │ ┌  #2     user 7     POST portal/tickets\n"
      "     0.002000 s        3  ● │  #1                tickets.count_documents            read  "
      "tickets/*\n"
      "     0.002000 s        4  │ ●  #2                tickets.count_documents            read  "
      "tickets/*\n"
      "     0.002000 s        5  ● │  #1                tickets.insert_one                 write "
      "tickets/*\n"
      "     0.002000 s        6  │ ●  #2                tickets.insert_one                 write "
      "tickets/*\n"
      "     0.003500 s        7  └ │  #1     ok         200 {\"ticket_id\":\"TKT-000007\"}\n"
      "     0.003500 s        8    └  #2     ok         200 {\"ticket_id\":\"TKT-000007\"}\n");
}

TEST(ShowTest, FiltersAndWindowsSayWhatTheyLeaveOut) {
  const Trace trace = Overlap();
  ShowOptions around;
  around.around_operation = 2;
  around.context = 1;
  const std::string text = ShowTimeline(trace, around);
  EXPECT_NE(text.find("        2  │ ┌"), std::string::npos) << text;
  EXPECT_NE(text.find("(5 more events"), std::string::npos) << text;
  ShowOptions one;
  one.operations = {2};
  EXPECT_EQ(ShowTimeline(trace, one).find("#1"), std::string::npos);
  ShowOptions nobody;
  nobody.user = 99;
  EXPECT_EQ(ShowTimeline(trace, nobody), "(no request fits)\n");
  ShowOptions limited;
  limited.lines_max = 3;
  EXPECT_NE(ShowTimeline(trace, limited).find("(5 more events"), std::string::npos);
}

TEST(ShowTest, AnOpenRequestStaysOpen) {
  Trace trace = Overlap();
  trace.returns[0].reset();
  trace.note = "last chunk incomplete";
  EXPECT_EQ(ShowTimeline(trace, {}).find("└ │"), std::string::npos);
  EXPECT_NE(ShowHeader(trace).find("ending       last chunk incomplete"), std::string::npos);
}

TEST(ShowTest, ControlCharactersCannotReachTheTerminal) {
  Trace trace = Overlap();
  trace.returns[0]->response.body = "\x1b[2Jgone\n";
  const std::string text = ShowTimeline(trace, {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2Jgone\\x0a"), std::string::npos);
}

TEST(ShowTest, SummaryCountsByOutcome) {
  Trace trace = Overlap();
  trace.returns[1]->outcome = Outcome::kFail;
  EXPECT_NE(ShowSummary(trace).find("POST portal/tickets                                2       1"
                                    "       1       0"),
            std::string::npos)
      << ShowSummary(trace);
}

}  // namespace
}  // namespace redrive
