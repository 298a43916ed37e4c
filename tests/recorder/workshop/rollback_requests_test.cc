// Whole requests of every kind over one marked workshop: after a rollback they answer byte for byte
// what they answered before, and nothing of them is left.
#include "recorder/workshop/workshop.h"
#include "tests/recorder/workshop/money_testing.h"
#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

// All documents in their order, and what the index of the organisation finds for each.
void AppendDump(const Collection& collection, std::string* text) {
  for (const Value& document : collection.FindNow(Everything(), FindOptions())) {
    *text += std::string(collection.name()) + " " + ToJson(document);
    const Filter same = Where("organization_id", document["organization_id"]);
    for (const Value& found : collection.FindNow(same, FindOptions())) {
      *text += " " + ToHex(HashBytes(ToJson(found)));
    }
    *text += '\n';
  }
}

std::string Dump(const Store& db) {
  std::string text;
#define REDRIVE_DUMP(collection, ...) AppendDump(db.collection, &text);
  REDRIVE_WORKSHOP_COLLECTIONS(REDRIVE_DUMP)
#undef REDRIVE_DUMP
  return text;
}

std::string TextOf(const Answer& answer) {
  std::string text = std::to_string(answer.status());
  for (const Header& header : answer.response.headers) {
    text += "\n" + header.name + ": " + header.value;
  }
  return text + "\n\n" + answer.response.body;
}

struct Kind {
  std::string name;
  Request request;
  bool changes = true;  // some document
};

// A bay with something for each request to work on, and those requests.
class EveryKind {
 public:
  explicit EveryKind(Bay& bay) : bay_(bay) {
    bay.LogIn();
    Post("/journal-entries/accounts/initialize-system", "");
    Tickets();
    Stock();
    Money();
    Journal();
    Rest();
  }
  std::vector<Kind> kinds;

 private:
  static std::string Api(const std::string& path) { return "/api/v1" + path; }
  Answer Post(const std::string& path, const std::string& body) {
    return bay_.Post(Api(path), body);
  }
  void Add(const std::string& method, const std::string& path, const std::string& body = "") {
    kinds.push_back({method + " " + path, bay_.Make(method, Api(path), body), method != "GET"});
  }
  void AddReads(std::initializer_list<std::string> paths) {
    for (const std::string& path : paths) Add("GET", path);
  }

  void Tickets() {
    const std::string ticket = NewTicket(bay_);
    const std::string contact =
        IdOf(Post("/contacts-enhanced", R"({"name":"Asha","email":"asha@example.com"})"),
             "contact.contact_id");
    const std::string portal =
        IdOf(Post("/contacts-enhanced/" + contact + "/enable-portal", ""), "token");
    const std::string log_in = ToJson(Object("token", portal));
    const std::string session = IdOf(Post("/customer-portal/login", log_in), "session_token");
    Add("POST", "/tickets", R"({"title":"Brakes squeal","priority":"high"})");
    Add("PUT", "/tickets/" + ticket, R"({"status":"assigned"})");
    Add("POST", "/tickets/" + ticket + "/start-work");
    Add("POST", "/tickets/" + ticket + "/close", R"({"resolution":"fixed"})");
    Add("POST", "/tickets/" + ticket + "/estimate/ensure");
    Add("POST", "/contacts-enhanced", R"({"name":"Ravi","email":"ravi@example.com"})");
    Add("POST", "/contacts-enhanced/" + contact + "/enable-portal");
    Add("POST", "/customer-portal/login", log_in);
    Request portal_ticket = bay_.Make(
        "POST", Api("/customer-portal/tickets"),
        R"({"subject":"Will not start","description":"No lights after a night on the charger"})");
    portal_ticket.headers.push_back(Header{"X-Portal-Session", session});
    kinds.push_back({"portal ticket", portal_ticket, true});
    AddReads({"/tickets", "/tickets/stats", "/tickets/" + ticket, "/dashboard/stats",
              "/tickets/" + ticket + "/activities", "/contacts-enhanced",
              "/contacts-enhanced/" + contact, "/sla/breach-report"});
  }

  void Stock() {
    const std::string ticket = NewTicket(bay_);
    const std::string item = NewInventoryItem(bay_, 10);
    const std::string body = R"({"ticket_id":")" + ticket + R"(","item_id":")" + item + R"(",)";
    const std::string four = body + R"("quantity":4})";
    const std::string old_one = IdOf(Post("/allocations", four), "allocation_id");
    const std::string new_one = IdOf(Post("/inventory/allocations", four), "allocation_id");
    const StockedItem stocked = NewStockedItem(bay_);
    const std::string adjust = R"({"item_id":")" + stocked.item_id + R"(","warehouse_id":")" +
                               stocked.warehouse_id +
                               R"(","adjustment_type":"subtract","quantity":3,"reason":"count"})";
    const std::string two = body + R"("quantity":2})";
    Add("POST", "/allocations", two);
    Add("POST", "/inventory/allocations", two);
    Add("PUT", "/allocations/" + old_one + "/use");
    Add("PUT", "/allocations/" + old_one + "/return");
    Add("PUT", "/inventory/allocations/" + new_one + "/use", R"({"quantity_used":1})");
    Add("PUT", "/inventory/allocations/" + new_one + "/return", R"({"quantity_returned":1})");
    Add("PUT", "/inventory/" + item, R"({"quantity":7})");
    Add("POST", "/inventory",
        R"({"name":"Fuse","category":"electronics","quantity":5,)"
        R"("unit_price":2,"min_stock_level":1})");
    Add("POST", "/items-enhanced/adjustments", adjust);
    Add("POST", "/inventory-enhanced/adjustments", adjust);
    Add("POST", "/items-enhanced", R"({"name":"Cable"})");
    Add("POST", "/items-enhanced/warehouses", R"({"name":"W2"})");
    Add("POST", "/tickets/" + ticket + "/complete-work",
        R"({"work_summary":"done","parts_used":[")" + item + R"("]})");
    AddReads({"/allocations", "/ledger", "/inventory", "/inventory/" + item, "/items-enhanced",
              "/items-enhanced/warehouses", "/inventory/allocations/list"});
  }

  void Money() {
    const std::string customer = MakeCustomer(bay_);
    const std::string item = MakeItem(bay_, 50);
    const std::string draft = MakeInvoice(bay_, customer, item);
    const std::string sent = MakeInvoice(bay_, customer);
    EXPECT_EQ(bay_.Post(InvoicePath(sent, "mark-sent")).status(), 200);
    const std::string ticket_invoice = MakeTicketInvoice(bay_);
    const std::string open = MakeEstimate(bay_);
    const std::string approved = MakeApprovedEstimate(bay_);
    Add("POST", "/ticket-estimates/" + open + "/line-items", LineBody(1));
    Add("POST", "/ticket-estimates/" + open + "/send");
    Add("POST", "/ticket-estimates/" + approved + "/convert-to-invoice");
    Add("POST", "/ticket-invoices/" + ticket_invoice + "/payments", R"({"amount":10})");
    Add("POST", "/invoices-enhanced", InvoiceBody(customer, item));
    Add("POST", "/invoices-enhanced/" + draft + "/mark-sent");
    Add("POST", "/invoices-enhanced/" + sent + "/void");
    Add("POST", "/invoices-enhanced/" + sent + "/payments", R"({"amount":5})");
    Add("POST", "/payments-received",
        R"({"customer_id":")" + customer + R"(","amount":50,"allocations":[{"invoice_id":")" +
            sent + R"(","amount":20}]})");
    Add("POST", "/credit-notes",
        R"({"original_invoice_id":")" + sent +
            R"(","reason":"Returned","line_items":[)"
            R"({"name":"Controller","rate":10}]})");
    AddReads({"/ticket-estimates", "/ticket-estimates/" + open, "/invoices-enhanced",
              "/invoices-enhanced/" + sent, "/ticket-invoices/", "/payments-received",
              "/reports/ar-aging", "/reports/profit-loss", "/finance/dashboard"});
  }

  void Journal() {
    const Answer chart = bay_.Get(Api("/journal-entries/accounts/chart"));
    std::string ids[2];
    for (const Value& account : chart.body["accounts"].Items()) {
      if (account["account_code"] == "1210") ids[0] = account["account_id"].String();
      if (account["account_code"] == "4100") ids[1] = account["account_id"].String();
    }
    const std::string body = R"({"entry_date":"2026-01-05","description":"Cash sale","lines":[)"
                             R"({"account_id":")" +
                             ids[0] + R"(","debit_amount":5.5},{"account_id":")" + ids[1] +
                             R"(","credit_amount":5.5}])";
    const std::string entry = IdOf(Post("/journal-entries", body + "}"), "entry.entry_id");
    Add("POST", "/journal-entries", body + "}");
    Add("POST", "/journal-entries", body + R"(,"source_document_id":"d1"})");
    Add("POST", "/journal-entries/" + entry + "/reverse", R"({"reversal_date":"2026-01-06"})");
    Add("POST", "/finance/period-locks", R"({"period_month":2,"period_year":2026})");
    AddReads({"/journal-entries", "/journal-entries/" + entry, "/journal-entries/accounts/chart",
              "/journal-entries/reports/trial-balance", "/reports/balance-sheet", "/audit-logs",
              "/finance/period-locks"});
  }

  void Rest() {
    Add("POST", "/auth/login", R"({"email":"admin@battwheels.in","password":"admin"})");
    kinds.back().changes = false;
    Add("POST", "/auth/register",
        R"({"name":"Ravi","email":"ravi@example.in","password":"longenough"})");
    Add("POST", "/organizations/signup",
        R"({"name":"Voltline","admin_name":"Ravi",)"
        R"("admin_email":"r@volt.in","admin_password":"secret1"})");
    Add("POST", "/subscriptions/admin/initialize-plans");
    AddReads({"/auth/me", "/health", "/nowhere"});
  }

  Bay& bay_;
};

class RollbackRequestsTest : public testing::TestWithParam<BugSet> {};

TEST_P(RollbackRequestsTest, EachAnswersTheSameAndLeavesNothing) {
  Bay bay(WorkshopOptions{.bugs = GetParam(), .rate_limits = true});
  bay.set_client_ip("10.0.0.1");
  const EveryKind every(bay);
  ASSERT_GT(every.kinds.size(), 70U);
  Workshop& workshop = bay.workshop();
  const std::string marked = Dump(bay.db());
  workshop.Mark();
  for (const Kind& kind : every.kinds) {
    SCOPED_TRACE(kind.name);
    const std::string first = TextOf(bay.Send(kind.request));
    const std::uint64_t digest = workshop.ChangeDigest();
    const std::vector<StateChange> changes = workshop.Changes();
    const bool ok = kind.name == "GET /nowhere" || first.starts_with("200");
    EXPECT_TRUE(ok) << first;
    EXPECT_EQ(changes.empty(), digest == 0);
    if (kind.changes) {
      EXPECT_NE(digest, 0U) << "nothing was changed";
    }
    workshop.Rollback();
    ASSERT_EQ(Dump(bay.db()), marked);
    EXPECT_EQ(workshop.ChangeDigest(), 0U);
    EXPECT_EQ(TextOf(bay.Send(kind.request)), first);
    EXPECT_EQ(workshop.ChangeDigest(), digest);
    workshop.Rollback();
  }
}

// All in a row, far over the rate limit of a minute, then once more.
TEST_P(RollbackRequestsTest, ALongRunAnswersTheSame) {
  Bay bay(WorkshopOptions{.bugs = GetParam(), .rate_limits = true});
  bay.set_client_ip("10.0.0.1");
  const EveryKind every(bay);
  const std::string marked = Dump(bay.db());
  bay.workshop().Mark();
  const auto run = [&] {
    std::string answers;
    for (int round = 0; round < 4; ++round) {
      for (const Kind& kind : every.kinds) answers += TextOf(bay.Send(kind.request)) + "\n";
    }
    return answers + ToHex(bay.workshop().ChangeDigest());
  };
  const std::string first = run();
  EXPECT_NE(first.find("429"), std::string::npos);
  bay.workshop().Rollback();
  ASSERT_EQ(Dump(bay.db()), marked);
  EXPECT_EQ(run(), first);
}

// Equal requests share a reading in one thread and never in many: no answer may show it.
TEST_P(RollbackRequestsTest, AReadingThatIsSharedChangesNoAnswer) {
  Bay sharing(WorkshopOptions{.bugs = GetParam(), .rate_limits = false});
  Bay alone(
      WorkshopOptions{.bugs = GetParam(), .rate_limits = false, .threads = Store::Threads::kMany});
  const EveryKind first(sharing);
  const EveryKind second(alone);
  ASSERT_EQ(first.kinds.size(), second.kinds.size());
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < first.kinds.size(); ++i) {
      Request request = first.kinds[i].request;
      ASSERT_EQ(request, second.kinds[i].request);
      // Every other round refuses what the round before accepted, and broken bodies stay broken.
      if (round % 2 == 1 && !request.body.empty()) request.body.pop_back();
      const std::string shared = TextOf(sharing.Send(request));
      EXPECT_EQ(shared, TextOf(alone.Send(request))) << first.kinds[i].name;
    }
  }
  EXPECT_EQ(Dump(sharing.db()), Dump(alone.db()));
}

INSTANTIATE_TEST_SUITE_P(Bugs, RollbackRequestsTest, testing::Values(BugSet::All(), BugSet::None()),
                         [](const auto& bugs) {
                           return bugs.param == BugSet::All() ? std::string("AsIs") : "Fixed";
                         });

// One prepared workshop, marked and rolled back, finds the races that fresh workshops find: equal
// answers and an equal change for every schedule.
TEST(RollbackRequestsTest, SchedulesSeeTheSameWorkshopAsFreshOnes) {
  const auto prepare = [](Bay& bay) {
    bay.LogIn();
    const std::string ticket = NewTicket(bay);
    std::vector<Request> requests;
    for (int i = 0; i < 2; ++i) {
      requests.push_back(bay.Make("POST", "/api/v1/tickets/" + ticket + "/start-work"));
    }
    return requests;
  };
  std::unique_ptr<Strategy> strategy = *MakeStrategy("bounded:2", 42);
  Decider decider(*strategy);
  Bay kept;
  const std::vector<Request> requests = prepare(kept);
  kept.workshop().Mark();
  std::uint64_t execution = 0;
  for (; decider.Begin(execution) && execution < 1'000; ++execution) {
    const std::vector<Answer> answers = kept.Together(requests, decider);
    const std::string dump = Dump(kept.db());
    const Schedule schedule = decider.schedule();
    kept.workshop().Rollback();

    std::unique_ptr<Strategy> serial = *MakeStrategy("serial", 1);
    Decider again(*serial);
    again.Begin(0, schedule);
    Bay fresh;
    const std::vector<Answer> expected = fresh.Together(prepare(fresh), again);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      ASSERT_EQ(TextOf(answers[i]), TextOf(expected[i])) << ScheduleToText(schedule);
    }
    ASSERT_EQ(dump, Dump(fresh.db())) << ScheduleToText(schedule);
  }
  EXPECT_GT(execution, 20U);
}

}  // namespace
}  // namespace redrive::workshop
