// Each planted bug of the money flows: two racing requests break the invariant as-is, and never
// without the bug, whatever the interleaving.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/recorder/workshop/money_testing.h"

namespace redrive::workshop {
namespace {

// Where a search ends. With the journal a request has a hundred steps and more, and two of them
// tens of thousands of interleavings with two preemptions; depth-first search reaches a race near
// their beginning last. The random walk covers those for the correct variants.
constexpr std::uint64_t kSearchMax = 40'000;
constexpr std::uint64_t kExhaustiveMax = 1'500;
constexpr std::uint64_t kRandomMax = 500;

struct Race {
  Bug bug;
  std::function<std::vector<Request>(Bay&)> prepare;
  std::function<bool(Bay&, const std::vector<Answer>&)> violated;
};

std::vector<Request> TwicePost(Bay& bay, const std::string& target, const std::string& body = "") {
  return {bay.Make("POST", target, body), bay.Make("POST", target, body)};
}

// The number of executions until the first violation; 0 when there was none.
std::uint64_t ExecutionsToFind(std::string_view strategy, BugSet bugs, const Race& race) {
  bool found = false;
  std::uint64_t executions = 0;
  std::unique_ptr<Strategy> chosen = MakeStrategy(strategy, 42).value();
  Decider decider(*chosen);
  Bay bay(bugs);
  while (!found && executions < kSearchMax && decider.Begin(executions)) {
    ++executions;
    bay.workshop().Reset();
    bay.set_token("");
    const std::vector<Request> requests = race.prepare(bay);
    const std::vector<Answer> answers = bay.Together(requests, decider);
    found = race.violated(bay, answers);
  }
  return found ? executions : 0;
}

void ExpectFoundOnlyAsIs(const Race& race) {
  const std::string_view name = InfoOf(race.bug).name;
  const BugSet only = BugSet().Set(race.bug, true);
  EXPECT_GT(ExecutionsToFind("random", only, race), 0U) << name;
  EXPECT_GT(ExecutionsToFind("random", BugSet::All(), race), 0U) << name;
  EXPECT_GT(ExecutionsToFind("bounded:2", only, race), 0U) << name;
  const BugSet all_but = BugSet::All().Set(race.bug, false);
  for (const BugSet& bugs : {BugSet::None(), all_but}) {
    for (const char* strategy : {"random", "bounded:2"}) {
      const std::uint64_t most = strategy[0] == 'r' ? kRandomMax : kExhaustiveMax;
      const RaceResult fixed = SearchRace(strategy, most, bugs, race.prepare, race.violated);
      EXPECT_GE(fixed.executions, 50U) << name << " by " << strategy;
      EXPECT_EQ(fixed.violations, 0U) << name << " by " << strategy << " with " << bugs.Text()
                                      << ": schedule " << fixed.first_schedule;
    }
  }
}

TEST(MoneyRacesTest, EstimateDoubleEnsure) {
  ExpectFoundOnlyAsIs({.bug = Bug::kEstimateDoubleEnsure,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             return TwicePost(bay, EnsurePath(MakeTicket(bay)));
                           },
                       .violated =
                           [](Bay& bay, const std::vector<Answer>& answers) {
                             const Value& a = answers[0].body["estimate"];
                             const Value& b = answers[1].body["estimate"];
                             return CountOk(answers) != 2 ||
                                    !(a["estimate_id"] == b["estimate_id"]) ||
                                    bay.db().ticket_estimates.size() != 1;
                           }});
}

TEST(MoneyRacesTest, EstimateNumber) {
  ExpectFoundOnlyAsIs({.bug = Bug::kEstimateNumberReadThenInc,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             const std::string first = MakeTicket(bay);
                             const std::string second = MakeTicket(bay);
                             return std::vector<Request>{bay.Make("POST", EnsurePath(first)),
                                                         bay.Make("POST", EnsurePath(second))};
                           },
                       .violated =
                           [](Bay&, const std::vector<Answer>& answers) {
                             std::set<std::string> numbers;
                             for (const Answer& answer : answers) {
                               numbers.emplace(answer.body["estimate"]["estimate_number"].String());
                             }
                             return numbers !=
                                    std::set<std::string>{"TKT-EST-00001", "TKT-EST-00002"};
                           }});
}

TEST(MoneyRacesTest, LineItemVersion) {
  ExpectFoundOnlyAsIs(
      {.bug = Bug::kLineItemVersionRace,
       .prepare =
           [](Bay& bay) {
             bay.LogIn();
             const std::string id = MakeEstimate(bay);
             return std::vector<Request>{
                 bay.Make("POST", EstimatePath(id, "line-items"), LineBody(1, "One")),
                 bay.Make("POST", EstimatePath(id, "line-items"), LineBody(1, "Two"))};
           },
       .violated =
           [](Bay& bay, const std::vector<Answer>& answers) {
             if (CountOk(answers) != 1) return true;  // both wrote on top of version 1
             const bool first = answers[0].status() == 200;
             const Value& estimate = answers[first ? 0 : 1].body["estimate"];
             const Answer& refused = answers[first ? 1 : 0];
             return refused.status() != 409 || estimate["version"].Int() != 2 ||
                    !(estimate["subtotal"] == Value(1000)) || estimate["line_items"].size() != 1 ||
                    bay.db().ticket_estimate_line_items.size() != 1;
           }});
}

TEST(MoneyRacesTest, InvoiceDoubleConvert) {
  ExpectFoundOnlyAsIs(
      {.bug = Bug::kInvoiceDoubleConvert,
       .prepare =
           [](Bay& bay) {
             bay.LogIn();
             return TwicePost(bay, EstimatePath(MakeApprovedEstimate(bay), "convert-to-invoice"));
           },
       .violated =
           [](Bay& bay, const std::vector<Answer>& answers) {
             return CountOk(answers) != 1 || bay.db().ticket_invoices.size() != 1 ||
                    bay.db().journal_entries.size() != 1;
           }});
}

TEST(MoneyRacesTest, TicketInvoiceNumber) {
  ExpectFoundOnlyAsIs({.bug = Bug::kTicketInvoiceNumberReadThenInc,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             const std::string first = MakeApprovedEstimate(bay);
                             const std::string second = MakeApprovedEstimate(bay);
                             return std::vector<Request>{
                                 bay.Make("POST", EstimatePath(first, "convert-to-invoice")),
                                 bay.Make("POST", EstimatePath(second, "convert-to-invoice"))};
                           },
                       .violated =
                           [](Bay&, const std::vector<Answer>& answers) {
                             std::set<std::string> numbers;
                             for (const Answer& answer : answers) {
                               numbers.emplace(answer.body["invoice"]["invoice_number"].String());
                             }
                             return numbers !=
                                    std::set<std::string>{"TKT-INV-00001", "TKT-INV-00002"};
                           }});
}

// 1180 due, 700 twice: one is one too many.
bool PaymentsViolated(Bay& bay, const std::vector<Answer>& answers, const std::string& path,
                      Decimal total) {
  const Answer after = bay.Get(path);
  Decimal sum;
  for (const Value& payment : after.body["payments"].Items()) sum += payment["amount"].Number();
  return CountOk(answers) != 1 || sum != after.body["total_paid"].Number() ||
         total - sum != after.body["balance_due"].Number() || sum > total;
}

TEST(MoneyRacesTest, TicketInvoicePayment) {
  std::string path;
  ExpectFoundOnlyAsIs({.bug = Bug::kTicketInvoicePaymentLostUpdate,
                       .prepare =
                           [&path](Bay& bay) {
                             bay.LogIn();
                             path =
                                 "/api/v1/ticket-invoices/" + MakeTicketInvoice(bay) + "/payments";
                             return TwicePost(bay, path, R"({"amount":700})");
                           },
                       .violated =
                           [&path](Bay& bay, const std::vector<Answer>& answers) {
                             return PaymentsViolated(bay, answers, path, 1180);
                           }});
}

TEST(MoneyRacesTest, InvoiceNumber) {
  ExpectFoundOnlyAsIs({.bug = Bug::kInvoiceNumberReadThenInc,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             return TwicePost(bay, "/api/v1/invoices-enhanced",
                                              InvoiceBody(MakeCustomer(bay)));
                           },
                       .violated =
                           [](Bay&, const std::vector<Answer>& answers) {
                             std::set<std::string> numbers;
                             for (const Answer& answer : answers) {
                               numbers.emplace(answer.body["invoice"]["invoice_number"].String());
                             }
                             return numbers != std::set<std::string>{"INV-00001", "INV-00002"};
                           }});
}

TEST(MoneyRacesTest, MarkSentLostStock) {
  std::string item;
  ExpectFoundOnlyAsIs({.bug = Bug::kMarkSentLostStock,
                       .prepare =
                           [&item](Bay& bay) {
                             bay.LogIn();
                             item = MakeItem(bay, 48);
                             const std::string customer = MakeCustomer(bay);
                             const std::string first = MakeInvoice(bay, customer, item);
                             const std::string second = MakeInvoice(bay, customer, item);
                             return std::vector<Request>{
                                 bay.Make("POST", InvoicePath(first, "mark-sent")),
                                 bay.Make("POST", InvoicePath(second, "mark-sent"))};
                           },
                       .violated =
                           [&item](Bay& bay, const std::vector<Answer>& answers) {
                             return CountOk(answers) != 2 || StockOf(bay, item) != Decimal(44);
                           }});
}

TEST(MoneyRacesTest, MarkSentTwice) {
  ExpectFoundOnlyAsIs({.bug = Bug::kMarkSentTwice,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             const std::string item = MakeItem(bay, 48);
                             const std::string invoice = MakeInvoice(bay, MakeCustomer(bay), item);
                             return TwicePost(bay, InvoicePath(invoice, "mark-sent"));
                           },
                       .violated =
                           [](Bay& bay, const std::vector<Answer>& answers) {
                             return CountOk(answers) != 1 ||
                                    StockOf(bay, "I-0000000000B2") != Decimal(46);
                           }});
}

// Whatever overtakes whatever: a voided invoice has given its stock back.
TEST(MoneyRacesTest, MarkSentAgainstVoid) {
  const RaceResult fixed = SearchRace(
      "bounded:2", kExhaustiveMax, BugSet::None(),
      [](Bay& bay) {
        bay.LogIn();
        const std::string item = MakeItem(bay, 48);
        const std::string invoice = MakeInvoice(bay, MakeCustomer(bay), item);
        return std::vector<Request>{bay.Make("POST", InvoicePath(invoice, "mark-sent")),
                                    bay.Make("POST", InvoicePath(invoice, "void"))};
      },
      [](Bay& bay, const std::vector<Answer>& answers) {
        return answers[1].status() != 200 || StockOf(bay, "I-0000000000B2") != Decimal(48);
      });
  EXPECT_GT(fixed.executions, 100U);
  EXPECT_EQ(fixed.violations, 0U) << "schedule " << fixed.first_schedule;
}

TEST(MoneyRacesTest, InvoicePayment) {
  std::string path;
  ExpectFoundOnlyAsIs({.bug = Bug::kPaymentLostUpdate,
                       .prepare =
                           [&path](Bay& bay) {
                             bay.LogIn();
                             path = InvoicePath(MakeInvoice(bay, MakeCustomer(bay)), "payments");
                             return TwicePost(bay, path, R"({"amount":200})");
                           },
                       .violated =
                           [&path](Bay& bay, const std::vector<Answer>& answers) {
                             return PaymentsViolated(bay, answers, path, 236);
                           }});
}

std::string ReceivedBody(const std::string& customer, const std::string& invoice,
                         std::int64_t amount) {
  return R"({"customer_id":")" + customer + R"(","invoice_id":")" + invoice + R"(","amount":)" +
         std::to_string(amount) + "}";
}

TEST(MoneyRacesTest, PaymentNumber) {
  ExpectFoundOnlyAsIs({.bug = Bug::kPaymentNumberReadThenSet,
                       .prepare =
                           [](Bay& bay) {
                             bay.LogIn();
                             const std::string customer = MakeCustomer(bay);
                             const std::string invoice = MakeInvoice(bay, customer);
                             return TwicePost(bay, "/api/v1/payments-received",
                                              ReceivedBody(customer, invoice, 50));
                           },
                       .violated =
                           [](Bay&, const std::vector<Answer>& answers) {
                             std::set<std::string> numbers;
                             for (const Answer& answer : answers) {
                               numbers.emplace(answer.body["payment"]["payment_number"].String());
                             }
                             return numbers != std::set<std::string>{"PMT-00001", "PMT-00002"};
                           }});
}

TEST(MoneyRacesTest, PaymentOverAllocation) {
  std::string invoice;
  ExpectFoundOnlyAsIs({.bug = Bug::kPaymentOverAllocation,
                       .prepare =
                           [&invoice](Bay& bay) {
                             bay.LogIn();
                             const std::string customer = MakeCustomer(bay);
                             invoice = MakeInvoice(bay, customer);
                             return TwicePost(bay, "/api/v1/payments-received",
                                              ReceivedBody(customer, invoice, 236));
                           },
                       .violated =
                           [&invoice](Bay& bay, const std::vector<Answer>& answers) {
                             const Value after =
                                 bay.db().invoices.FindOneNow(Where("invoice_id", invoice));
                             return CountOk(answers) != 1 ||
                                    after["balance_due"].Number() != Decimal() ||
                                    after["amount_paid"].Number() != Decimal(236);
                           }});
}

// Two payments over the same two invoices in opposite order: one refuses and gives back all.
TEST(MoneyRacesTest, AllocationsThatFailGiveBack) {
  const RaceResult fixed = SearchRace(
      "bounded:2", kExhaustiveMax, BugSet::None(),
      [](Bay& bay) {
        bay.LogIn();
        const std::string customer = MakeCustomer(bay);
        const std::string a = MakeInvoice(bay, customer);
        const std::string b = MakeInvoice(bay, customer);
        const auto body = [&customer](const std::string& first, const std::string& second) {
          return R"({"customer_id":")" + customer + R"(","amount":472,"allocations":[)" +
                 R"({"invoice_id":")" + first + R"(","amount":236},{"invoice_id":")" + second +
                 R"(","amount":236}]})";
        };
        return std::vector<Request>{bay.Make("POST", "/api/v1/payments-received", body(a, b)),
                                    bay.Make("POST", "/api/v1/payments-received", body(b, a))};
      },
      [](Bay& bay, const std::vector<Answer>& answers) {
        Decimal paid;
        for (const Value& invoice : bay.db().invoices.FindNow(Everything(), FindOptions())) {
          paid += invoice["amount_paid"].Number();
          if (invoice["balance_due"].Number() < Decimal()) return true;
        }
        const auto ok = static_cast<std::int64_t>(CountOk(answers));
        return ok > 1 || paid != Decimal(472 * ok);
      });
  EXPECT_GT(fixed.executions, 100U);
  EXPECT_EQ(fixed.violations, 0U) << "schedule " << fixed.first_schedule;
}

}  // namespace
}  // namespace redrive::workshop
