// Credit notes: numbers that never repeat even as-is, and the race on the amount.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/recorder/workshop/money_testing.h"

namespace redrive::workshop {
namespace {

std::string MakeSentInvoice(Bay& bay) {
  const std::string invoice = MakeInvoice(bay, MakeCustomer(bay));
  EXPECT_EQ(bay.Post(InvoicePath(invoice, "mark-sent")).status(), 200);
  return invoice;
}

std::string NoteBody(const std::string& invoice, std::int64_t amount) {
  return R"({"original_invoice_id":")" + invoice +
         R"(","reason":"Returned","line_items":[{"name":"Controller","rate":)" +
         std::to_string(amount) + "}]}";
}

TEST(CreditNotesTest, NoteAndErrors) {
  for (const BugSet& bugs : {BugSet::All(), BugSet::None()}) {
    Bay bay(bugs);
    bay.LogIn();
    const std::string customer = MakeCustomer(bay);
    const std::string invoice = MakeInvoice(bay, customer);
    const Answer draft = bay.Post("/api/v1/credit-notes", NoteBody(invoice, 100));
    EXPECT_EQ(draft.response.body,
              R"({"detail":"Cannot raise a credit note against a DRAFT invoice"})");
    bay.Post(InvoicePath(invoice, "mark-sent"));
    const Answer note = bay.Post("/api/v1/credit-notes/", NoteBody(invoice, 150));
    EXPECT_EQ(note.body["status"], "success");
    EXPECT_EQ(note.body["credit_note"]["credit_note_number"], "CN-00001");
    EXPECT_EQ(ToJson(note.body["credit_note"]["total"]), "177.0");
    EXPECT_TRUE(note.body["journal_entry"]["posted"].Bool()) << note.response.body;
    const Answer more = bay.Post("/api/v1/credit-notes", NoteBody(invoice, 150));
    EXPECT_EQ(more.response.body,
              R"x({"detail":"Credit note total (177.0) exceeds remaining creditable amount )x"
              R"x((59.0). Already credited: 177.0"})x");
    const Answer huge = bay.Post("/api/v1/credit-notes", NoteBody(invoice, 300));
    EXPECT_EQ(huge.response.body,
              R"x({"detail":"Credit note total (354.0) exceeds original invoice total (236.0)"})x");
    EXPECT_EQ(bay.Post("/api/v1/credit-notes", NoteBody("INV-X", 1)).status(), 404);
    EXPECT_EQ(bay.Get("/api/v1/credit-notes").body["total"].Int(), 1);
  }
}

std::vector<Request> TwoNotes(Bay& bay, std::int64_t amount) {
  bay.LogIn();
  const std::string body = NoteBody(MakeSentInvoice(bay), amount);
  return {bay.Make("POST", "/api/v1/credit-notes", body),
          bay.Make("POST", "/api/v1/credit-notes", body)};
}

// The control: as-is, and yet no number repeats.
TEST(CreditNotesTest, NumbersNeverRepeat) {
  for (const char* strategy : {"random", "bounded:2"}) {
    const RaceResult result = SearchRace(
        strategy, 1'500, BugSet::All(), [](Bay& bay) { return TwoNotes(bay, 10); },
        [](Bay&, const std::vector<Answer>& answers) {
          std::set<std::string> numbers;
          for (const Answer& answer : answers) {
            numbers.emplace(answer.body["credit_note"]["credit_note_number"].String());
          }
          return numbers != std::set<std::string>{"CN-00001", "CN-00002"};
        });
    EXPECT_EQ(result.executions, 1'500U);
    EXPECT_EQ(result.violations, 0U) << strategy << ": schedule " << result.first_schedule;
  }
}

TEST(CreditNotesTest, AmountIsCreditedTwiceOnlyAsIs) {
  const auto prepare = [](Bay& bay) { return TwoNotes(bay, 150); };
  const auto violated = [](Bay&, const std::vector<Answer>& answers) {
    return CountOk(answers) != 1;
  };
  const BugSet only = BugSet().Set(Bug::kPaymentOverAllocation, true);
  EXPECT_GT(SearchRace("random", 200, only, prepare, violated).violations, 0U);
  // Of bounded:2 these are all schedules that there are.
  for (const auto& [strategy, executions] :
       {std::pair<const char*, std::uint64_t>("random", 1'500), {"bounded:2", 550}}) {
    const RaceResult fixed = SearchRace(strategy, 1'500, BugSet::None(), prepare, violated);
    EXPECT_EQ(fixed.executions, executions) << strategy;
    EXPECT_EQ(fixed.violations, 0U) << strategy << ": schedule " << fixed.first_schedule;
  }
}

}  // namespace
}  // namespace redrive::workshop
