// The model of the journal: entries are posted and reversed while the books are read.
#include "replayer/property_models.h"

namespace redrive::par {
namespace {

constexpr const char* kChecks = R"([
  {"check": "unique", "name": "journal references are unique among the answers",
   "requests": ["POST journal-entries", "POST journal-entries/reverse"],
   "each": ["/entry", "/reversal_entry"], "value": "item:/reference_number",
   "space": "journal_entries", "may_be_empty": true},
  {"check": "unique", "name": "journal references are unique in the books",
   "requests": "audit journal entries", "each": "/data/*", "where": [["item:/entry_id", "exists"]],
   "value": "item:/reference_number", "may_be_empty": true},
  {"check": "at_most_once", "name": "an entry is reversed once",
   "requests": "POST journal-entries/reverse", "key": "path:3", "space": "journal_entries",
   "may_be_empty": true},
  {"check": "response_invariant", "name": "posting a document twice is no server error",
   "requests": "POST journal-entries document", "outcome": "any", "holds": ["status", "<", 500],
   "item": "request:/source_document_id",
   "blame": {"requests": "POST journal-entries document", "item": "request:/source_document_id"},
   "space": "journal_entries", "may_be_empty": true},
  {"check": "same_value", "name": "a document has one entry",
   "requests": "POST journal-entries document", "key": "request:/source_document_id",
   "value": "response:/entry/entry_id", "may_be_empty": true},
  {"check": "balanced", "name": "every journal entry balances",
   "requests": ["POST journal-entries", "POST journal-entries/reverse", "audit journal entries"],
   "each": ["/entry", "/reversal_entry", "/data/*"], "where": [["item:/entry_id", "exists"]],
   "id": "/entry_id", "total_debit": "/total_debit", "total_credit": "/total_credit",
   "tolerance": "0.005", "may_be_empty": true},
  {"check": "trial_balance", "name": "the trial balance balances whenever it is read",
   "requests": "GET trial-balance", "total_debit": "response:/totals/total_debit",
   "total_credit": "response:/totals/total_credit", "tolerance": "0.01", "may_be_empty": true},
  {"check": "trial_balance", "name": "the trial balance is the sum of the entries",
   "requests": "audit trial balance", "total_debit": "response:/totals/total_debit",
   "total_credit": "response:/totals/total_credit", "tolerance": "0.01",
   "accounts": {"each": "/accounts/*", "account": "/account_id"},
   "entries": {"requests": "audit journal entries", "each": "/data/*",
               "where": [["item:/entry_id", "exists"], ["item:/is_posted", "==", true]],
               "id": "/entry_id"},
   "may_be_empty": true},
  {"check": "read_your_writes", "name": "a posted entry can be read",
   "creates": "POST journal-entries", "id": "response:/entry/entry_id",
   "reads": "GET journal-entries/{id}", "read_id": "path:3",
   "missing_when": ["status", "==", 404], "same_user": false, "may_be_empty": true},
  {"check": "unique", "name": "account codes are unique", "requests": "audit accounts",
   "value": "response:/accounts/*/account_code", "may_be_empty": true}
])";

CaseRequest OfNewGarage(CaseRequest request) {
  request.headers[0].value = "Bearer ${new_token}";
  return request;
}

std::vector<CaseRequest> Setup() {
  std::vector<CaseRequest> setup;
  setup.push_back(LogIn());
  const std::string base = "/api/v1/journal-entries/accounts/";
  setup.push_back(Named("setup accounts", StaffRequest("POST", base + "initialize-system", "{}")));
  CaseRequest chart = Named("setup chart of accounts", StaffRequest("GET", base + "chart"));
  chart = Extracting(std::move(chart), "cash", "/accounts/[account_code=1210]/account_id");
  setup.push_back(
      Extracting(std::move(chart), "sales", "/accounts/[account_code=4100]/account_id"));
  // A second organisation, whose books are not open yet.
  CaseRequest sign_up = JsonRequest("POST", "/api/v1/organizations/signup",
                                    R"({"name": "New Garage", "admin_name": "Owner",
                                        "admin_email": "new@example.com",
                                        "admin_password": "secret-1"})");
  setup.push_back(Extracting(Named("setup signup", std::move(sign_up)), "new_token", "/token"));
  setup.push_back(Named(
      "setup plans", StaffRequest("POST", "/api/v1/subscriptions/admin/initialize-plans", "{}")));
  setup.push_back(
      Named("setup change plan",
            OfNewGarage(StaffRequest(
                "POST", "/api/v1/subscriptions/change-plan?plan_code=enterprise", "{}"))));
  return setup;
}

std::string EntryJson(const std::string& more) {
  return R"({"entry_date": "${day}", "description": "Counter sale ${command}",
             "lines": [{"account_id": "${cash}", "debit_amount": ${amount}, "credit_amount": 0},
                       {"account_id": "${sales}", "debit_amount": 0,
                        "credit_amount": ${amount}}])" +
         more + "}";
}

void AddPosting(Model& model) {
  const Argument amount{"amount", {"100", "120.5", "0.1"}};
  const Argument day{"day", {"2026-01-05", "2026-01-04"}};  // today and yesterday
  Kind post;
  post.name = "POST journal-entries";
  post.arguments = {amount, day};
  post.request = StaffRequest("POST", "/api/v1/journal-entries", EntryJson(""));
  post.creates = "entry";
  post.result = "/entry/entry_id";
  model.kinds.push_back(std::move(post));

  Kind document;
  document.name = "POST journal-entries document";
  document.arguments = {Number("document", 1, 2), amount, {"day", {"2026-01-05"}}};
  document.request = StaffRequest(
      "POST", "/api/v1/journal-entries",
      EntryJson(R"(, "source_document_id": "doc-${document}", "source_document_type": "manual")"));
  model.kinds.push_back(std::move(document));

  Kind reverse;
  reverse.name = "POST journal-entries/reverse";
  reverse.uses = {"entry"};
  reverse.request = StaffRequest("POST", "/api/v1/journal-entries/${entry}/reverse",
                                 R"({"reversal_date": "2026-01-05", "reason": "Entered twice"})");
  reverse.accepted = [](const State& state, const Call& call) {
    return state.Get(call.Of("entry", "reversed")) == 0;
  };
  reverse.effect = [](State& state, const Call& call) {
    state.Set(call.Of("entry", "reversed"), 1);
  };
  model.kinds.push_back(std::move(reverse));
}

void AddOthers(Model& model) {
  Kind read;
  read.name = "GET journal-entries/{id}";
  read.uses = {"entry"};
  read.request = StaffRequest("GET", "/api/v1/journal-entries/${entry}");
  model.kinds.push_back(std::move(read));

  Kind balance;
  balance.name = "GET trial-balance";
  balance.request = StaffRequest("GET", "/api/v1/journal-entries/reports/trial-balance");
  model.kinds.push_back(std::move(balance));

  Kind open;
  open.name = "POST accounts/initialize";
  open.request =
      OfNewGarage(StaffRequest("POST", "/api/v1/journal-entries/accounts/initialize-system", "{}"));
  model.kinds.push_back(std::move(open));
}

void AddAudit(Model& model, const std::string& name, CaseRequest request) {
  Audit audit;
  audit.request = Named(name, std::move(request));
  model.audit.push_back(std::move(audit));
}

}  // namespace

Model JournalModel() {
  Model model;
  model.name = "journal";
  model.description = "Entries are posted and reversed while the books are read.";
  model.setup = Setup();
  AddPosting(model);
  AddOthers(model);
  AddAudit(model, "audit journal entries",
           StaffRequest("GET", "/api/v1/journal-entries?page=1&limit=100"));
  AddAudit(model, "audit trial balance",
           StaffRequest("GET", "/api/v1/journal-entries/reports/trial-balance"));
  AddAudit(model, "audit accounts",
           OfNewGarage(StaffRequest("GET", "/api/v1/journal-entries/accounts/chart")));
  model.checks_json = kChecks;
  return model;
}

}  // namespace redrive::par
