#include <set>

#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

constexpr char kEntries[] = "/api/v1/journal-entries";

void Initialize(Bay& bay) {
  bay.LogIn();
  EXPECT_EQ(bay.Post("/api/v1/journal-entries/accounts/initialize-system").status(), 200);
}

std::string AccountId(Bay& bay, std::string_view code) {
  const Answer chart = bay.Get("/api/v1/journal-entries/accounts/chart");
  for (const Value& account : chart.body["accounts"].Items()) {
    if (account["account_code"] == code) return std::string(account["account_id"].String());
  }
  return "";
}

// Cash from sales. `more` are further members: R"(,"source_document_id":"d1")".
std::string EntryBody(Bay& bay, const std::string& debit = "5.5", const std::string& credit = "5.5",
                      const std::string& more = "") {
  return R"({"entry_date":"2026-01-05","description":"Cash sale","lines":[{"account_id":")" +
         AccountId(bay, "1210") + R"(","debit_amount":)" + debit + R"(},{"account_id":")" +
         AccountId(bay, "4100") + R"(","credit_amount":)" + credit + "}]" + more + "}";
}

// The routes' service remembers the accounts after its first entry.
void WarmUp(Bay& bay) {
  Initialize(bay);
  EXPECT_EQ(bay.Post(kEntries, EntryBody(bay)).status(), 200);
}

TEST(JournalTest, OperationsAreTheContracts) {
  Bay bay;
  Initialize(bay);
  const std::string body = EntryBody(bay, "5", "5", R"(,"source_document_id":"d1")");
  const Labels tail = Joined({{"journal_entries.find_one"},
                              Times(2, "chart_of_accounts.find_one"),
                              {"journal_entries.count_documents", "journal_entries.insert_one",
                               "audit_log.insert_one", "journal_audit_log.insert_one"},
                              Times(2, "chart_of_accounts.update_one")});
  const Answer first = bay.Post(kEntries, body);
  // The memory of the service's process is shared by requests, so it is a yield point as well.
  const Labels remembered = {"journal_account_cache.find_one"};
  EXPECT_EQ(first.labels, GatedWrite(Joined({Times(2, "period_locks.find_one"),
                                             remembered,
                                             Times(40, "chart_of_accounts.find_one"),
                                             {"journal_account_cache.update_one"},
                                             tail})));
  const Answer second =
      bay.Post(kEntries, EntryBody(bay, "5", "5", R"(,"source_document_id":"d2")"));
  EXPECT_EQ(second.labels,
            GatedWrite(Joined({Times(2, "period_locks.find_one"), remembered, tail})));
}

TEST(JournalTest, FirstUseMakesTheAccounts) {
  Bay bay;
  bay.LogIn();
  const Answer answer = bay.Post("/api/v1/journal-entries/accounts/initialize-system");
  Labels labels;
  for (int i = 0; i < 40; ++i) {
    labels.push_back("chart_of_accounts.find_one");
    labels.push_back("chart_of_accounts.insert_one");
  }
  EXPECT_EQ(answer.labels, GatedWrite(labels));
  const Answer chart = bay.Get("/api/v1/journal-entries/accounts/chart");
  EXPECT_EQ(chart.body["total"].Int(), 40);
  EXPECT_EQ(chart.body.AtPath("grouped.Asset").size(), 14U);
  EXPECT_EQ(bay.Get("/api/v1/accounting/chart-of-accounts").body["chart_of_accounts"].size(), 40U);
}

TEST(JournalTest, EntryHasTheContractsShape) {
  Bay bay;
  Initialize(bay);
  const Answer answer = bay.Post(kEntries, EntryBody(bay));
  const Value& entry = answer.body["entry"];
  const std::string id(entry["entry_id"].String());
  const auto text = [&](std::string_view path) { return std::string(entry.AtPath(path).String()); };
  const std::string expected =
      R"({"code":0,"message":"Journal entry created successfully","entry":{"entry_id":")" + id +
      R"(","entry_date":"2026-01-05","reference_number":"JE-GEN-202601-00001","description":)"
      R"("Cash sale","organization_id":"org_71f0aa01b2c4","created_by":"","entry_type":"JOURNAL",)"
      R"("source_document_id":null,"source_document_type":null,"reference_id":null,)"
      R"("reference_type":null,"is_posted":true,"is_reversed":false,"reversed_entry_id":"",)"
      R"("lines":[{"line_id":")" +
      text("lines.0.line_id") + R"(","account_id":")" + text("lines.0.account_id") +
      R"(","account_name":"Cash in Hand","account_code":"1210","account_type":"Asset",)"
      R"("debit_amount":5.5,"credit_amount":0.0,"description":""},{"line_id":")" +
      text("lines.1.line_id") + R"(","account_id":")" + text("lines.1.account_id") +
      R"(","account_name":"Sales Revenue","account_code":"4100","account_type":"Income",)"
      R"("debit_amount":0.0,"credit_amount":5.5,"description":""}],"total_debit":5.5,)"
      R"("total_credit":5.5,"created_at":"2026-01-05T04:30:00.000000+00:00","updated_at":""}})";
  EXPECT_EQ(answer.response.body, expected);
  EXPECT_EQ(bay.Get(std::string(kEntries) + "/" + id).body["entry"], entry);
}

TEST(JournalTest, RefusalsHaveTheContractsTexts) {
  Bay bay;
  Initialize(bay);
  Answer answer = bay.Post(kEntries, EntryBody(bay, "5", "6"));
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.response.body, R"({"detail":"Entry not balanced: Debit=5.00, Credit=6.00"})");
  answer = bay.Post(kEntries, R"({"entry_date":"2026-01-05","description":"x","lines":[)"
                              R"({"account_id":"acc_x","debit_amount":1},)"
                              R"({"account_id":"acc_y","credit_amount":1}]})");
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.response.body, R"({"detail":"Account not found: acc_x"})");
  EXPECT_EQ(bay.Post(kEntries, R"({"entry_date":"05.01.2026","description":"x","lines":[)"
                               R"({"account_id":"a"},{"account_id":"b"}]})")
                .status(),
            422);
  EXPECT_EQ(
      bay.Post(kEntries, R"({"entry_date":"2026-01-05","description":"x","lines":[]})").status(),
      422);
  answer = bay.Get("/api/v1/journal-entries?limit=101");
  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(answer.response.body, R"({"detail":"Limit cannot exceed 100 per page"})");
  EXPECT_EQ(bay.Get("/api/v1/journal-entries?page=0").status(), 422);
  EXPECT_EQ(bay.Get("/api/v1/journal-entries/je_none").status(), 404);
  EXPECT_EQ(
      bay.Post("/api/v1/finance/period-locks", R"({"period_month":1,"period_year":2026})").status(),
      200);
  answer = bay.Post(kEntries, EntryBody(bay));
  EXPECT_EQ(answer.status(), 423);
  EXPECT_EQ(answer.response.body.find(R"({"detail":"Financial period January 2026 is locked. )"),
            0U);
}

TEST(JournalTest, OneSourceHasOneEntry) {
  Bay bay;
  Initialize(bay);
  const std::string body =
      EntryBody(bay, "5", "5", R"(,"source_document_id":"d1","source_document_type":"manual")");
  const Answer first = bay.Post(kEntries, body);
  const Answer second = bay.Post(kEntries, body);
  EXPECT_EQ(second.body["message"], "Journal entry already exists (idempotent)");
  EXPECT_EQ(second.body.AtPath("entry.entry_id"), first.body.AtPath("entry.entry_id"));
}

TEST(JournalTest, LedgerBalanceAndTrialBalancesAgree) {
  Bay bay;
  WarmUp(bay);
  EXPECT_EQ(bay.Post(kEntries, EntryBody(bay, "10", "10")).status(), 200);
  const std::string cash = AccountId(bay, "1210");
  const Answer balance = bay.Get("/api/v1/journal-entries/accounts/" + cash + "/balance");
  EXPECT_EQ(balance.response.body, R"({"code":0,"account_id":")" + cash +
                                       R"(","total_debit":15.5,"total_credit":0.0,)"
                                       R"("net_balance":15.5})");
  const Answer ledger = bay.Get("/api/v1/journal-entries/accounts/" + cash + "/ledger");
  EXPECT_EQ(ledger.body["closing_balance"].Number(), Decimal::FromHundredths(1550));
  EXPECT_EQ(ledger.body["entries"].size(), 2U);
  const Answer trial = bay.Get("/api/v1/journal-entries/reports/trial-balance");
  EXPECT_EQ(trial.body["status"], "BALANCED");
  EXPECT_EQ(trial.body.AtPath("totals.total_debit").Number(), Decimal::FromHundredths(1550));
  EXPECT_EQ(trial.body["accounts"].size(), 2U);
  const Answer report = bay.Get("/api/v1/reports/trial-balance");
  EXPECT_TRUE(report.body["is_balanced"].Bool());
  EXPECT_EQ(report.body.AtPath("summary.account_count").Int(), 2);
  // Entries of the future do not count.
  EXPECT_EQ(bay.Get("/api/v1/journal-entries/reports/trial-balance?as_of_date=2026-01-04")
                .body["accounts"]
                .size(),
            0U);
  const Answer chart = bay.Get("/api/v1/journal-entries/accounts/chart");
  for (const Value& account : chart.body["accounts"].Items()) {
    const bool posted = account["account_code"] == "1210" || account["account_code"] == "4100";
    EXPECT_EQ(account.Has("current_balance"), posted);
    if (posted) {
      EXPECT_EQ(account["current_balance"].Number(), Decimal::FromHundredths(1550));
    }
  }
}

TEST(JournalTest, AsIsBackDatedEntriesShareAReference) {
  Bay bay;
  Initialize(bay);
  std::string body = EntryBody(bay);
  body.replace(body.find("2026-01-05"), 10, "2025-12-31");
  const Answer first = bay.Post(kEntries, body);
  const Answer second = bay.Post(kEntries, body);
  EXPECT_EQ(first.body.AtPath("entry.reference_number"),
            second.body.AtPath("entry.reference_number"));
}

std::string SourcedEntry(Bay& bay) {
  return IdOf(bay.Post(kEntries, EntryBody(bay, "5", "5",
                                           R"(,"source_document_id":"d1",)"
                                           R"("source_document_type":"manual")")),
              "entry.entry_id");
}

TEST(JournalTest, AsIsASourcedEntryIsReversedByItself) {
  Bay bay;
  WarmUp(bay);
  const std::string id = SourcedEntry(bay);
  const Answer answer =
      bay.Post(std::string(kEntries) + "/" + id + "/reverse", R"({"reversal_date":"2026-01-05"})");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body.AtPath("reversal_entry.entry_id"), id);
  EXPECT_EQ(bay.Get(std::string(kEntries) + "/" + id).body.AtPath("entry.reversed_entry_id"), id);
}

TEST(JournalTest, ReversalSwapsTheSides) {
  for (const BugSet bugs : {BugSet::All(), BugSet::None()}) {
    Bay bay(bugs);
    WarmUp(bay);
    const std::string id = bugs == BugSet::None()
                               ? SourcedEntry(bay)
                               : IdOf(bay.Post(kEntries, EntryBody(bay)), "entry.entry_id");
    const std::string path = std::string(kEntries) + "/" + id;
    const Answer answer =
        bay.Post(path + "/reverse", R"({"reversal_date":"2026-01-05","reason":"typo"})");
    EXPECT_EQ(answer.status(), 200) << answer.response.body;
    const Value& reversal = answer.body["reversal_entry"];
    EXPECT_TRUE(reversal.AtPath("lines.0.credit_amount").Number() > Decimal(0));
    EXPECT_EQ(reversal.AtPath("lines.0.account_code"), "1210");
    const Answer original = bay.Get(path);
    EXPECT_EQ(original.body.AtPath("entry.reversed_entry_id"), reversal["entry_id"]);
    const Answer again = bay.Post(path + "/reverse", R"({"reversal_date":"2026-01-05"})");
    EXPECT_EQ(again.status(), 400);
    EXPECT_EQ(again.response.body, R"({"detail":"Entry not found or already reversed"})");
  }
}

TEST(JournalTest, FixedAReversalThatCannotBePostedGivesItsClaimBack) {
  Bay bay(BugSet::None());
  WarmUp(bay);
  const std::string id = SourcedEntry(bay);
  const std::string path = std::string(kEntries) + "/" + id;
  Update close;
  close.Set("is_active", false);
  bay.db().chart_of_accounts.UpdateNow(Where("account_code", "1210"), close, 1, Upsert::kNo);
  EXPECT_EQ(bay.Post(path + "/reverse", R"({"reversal_date":"2026-01-05"})").status(), 400);
  const Answer entry = bay.Get(path);
  EXPECT_FALSE(entry.body.AtPath("entry.is_reversed").Bool());
  EXPECT_EQ(entry.body.AtPath("entry.reversed_entry_id"), "");
}

Prepare TwoEntries(std::string more) {
  return [=](Bay& bay) {
    WarmUp(bay);
    const Request request = bay.Make("POST", kEntries, EntryBody(bay, "5", "5", more));
    return std::vector<Request>{request, request};
  };
}

TEST(JournalTest, DuplicateReferenceIsFoundAndFixed) {
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    std::set<std::string> references;
    const Answer list = bay.Get(kEntries);
    for (const Value& entry : list.body["data"].Items()) {
      references.insert(std::string(entry["reference_number"].String()));
    }
    return references.size() != 3 || CountOf(answers, 200) != 2;
  };
  ExpectFoundThenFixed(Bug::kJournalReferenceCountPlusOne, TwoEntries(""), violated);
}

TEST(JournalTest, DuplicateSourceIsFoundAndFixed) {
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    EXPECT_EQ(bay.Get(kEntries).body.AtPath("pagination.total_count").Int(), 2);
    return CountOf(answers, 200) != 2;
  };
  ExpectFoundThenFixed(Bug::kJournalDuplicateSource,
                       TwoEntries(R"(,"source_document_id":"d1","source_document_type":"manual")"),
                       violated);
}

TEST(JournalTest, DoubleReversalIsFoundAndFixed) {
  const Prepare prepare = [](Bay& bay) {
    Initialize(bay);
    const std::string id = IdOf(bay.Post(kEntries, EntryBody(bay)), "entry.entry_id");
    const Request reverse = bay.Make("POST", std::string(kEntries) + "/" + id + "/reverse",
                                     R"({"reversal_date":"2026-01-05"})");
    return std::vector<Request>{reverse, reverse};
  };
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    const Answer trial = bay.Get("/api/v1/journal-entries/reports/trial-balance");
    EXPECT_EQ(trial.body["status"], "BALANCED");
    bool cancelled = true;
    for (const Value& account : trial.body["accounts"].Items()) {
      cancelled = cancelled && account["net_balance"].Number() == Decimal(0);
    }
    return CountOf(answers, 200) != 1 || !cancelled;
  };
  ExpectFoundThenFixed(Bug::kDoubleReverse, prepare, violated);
}

TEST(JournalTest, DoubleInitializationIsFoundAndFixed) {
  const Prepare prepare = [](Bay& bay) {
    bay.LogIn();
    const Request initialize =
        bay.Make("POST", "/api/v1/journal-entries/accounts/initialize-system");
    return std::vector<Request>{initialize, initialize};
  };
  const auto violated = [](Bay& bay, const std::vector<Answer>&) {
    return bay.Get("/api/v1/journal-entries/accounts/chart").body["total"].Int() != 40;
  };
  ExpectFoundThenFixed(Bug::kAccountsDoubleInitialize, prepare, violated, 50'000);
}

}  // namespace
}  // namespace redrive::workshop
