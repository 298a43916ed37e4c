// The model of payments: invoices are made, sent and paid, either directly or by payments received.
#include "replayer/property_models.h"

namespace redrive::par {
namespace {

constexpr const char* kChecks = R"([
  {"check": "series", "name": "invoice numbers are unique, ascend and have no gap",
   "requests": "POST invoices", "value": "response:/invoice/invoice_number", "pattern": "INV-#",
   "gap_free": true, "space": "invoice_settings", "may_be_empty": true},
  {"check": "at_most_once", "name": "an invoice is sent once",
   "requests": "POST invoices/mark-sent", "key": "path:3", "space": "invoices",
   "may_be_empty": true},
  {"check": "payments", "name": "payments lower the balance one by one",
   "requests": "POST invoice/payments", "invoice": "path:3", "amount": "request:/amount",
   "new_balance": "response:/new_balance",
   "total": {"requests": "POST invoices", "item": "response:/invoice/invoice_id",
             "value": "response:/invoice/grand_total"},
   "audit": {"requests": ["GET invoice/payments", "audit invoice payments"], "invoice": "path:3",
             "amounts": "response:/payments/*/amount", "total_paid": "response:/total_paid",
             "balance_due": "response:/balance_due"},
   "tolerance": "0.005", "may_be_empty": true},
  {"check": "series", "name": "payment numbers are unique and ascend",
   "requests": "POST payments-received", "value": "response:/payment/payment_number",
   "pattern": "PMT-#", "failed_may_consume": true, "space": "payment_settings",
   "may_be_empty": true},
  {"check": "response_invariant", "name": "an invoice is not overpaid", "requests": "audit invoice",
   "holds": ["response:/invoice/balance_due", ">=", 0], "tolerance": "0.005", "item": "path:3",
   "blame": {"requests": "POST payments-received", "item": "request:/invoice_id"},
   "space": "invoices", "may_be_empty": true}
])";

constexpr std::int64_t kGross = 118;  // of one piece, with 18 % tax

std::vector<CaseRequest> Setup() {
  std::vector<CaseRequest> setup;
  setup.push_back(LogIn());
  setup.push_back(
      Named("setup accounts",
            StaffRequest("POST", "/api/v1/journal-entries/accounts/initialize-system", "{}")));
  CaseRequest contact = StaffRequest("POST", "/api/v1/contacts-enhanced",
                                     R"({"name": "Fleet", "email": "fleet@example.com"})");
  setup.push_back(
      Extracting(Named("setup contact", std::move(contact)), "contact", "/contact/contact_id"));
  return setup;
}

void AddInvoices(Model& model) {
  Kind make;
  make.name = "POST invoices";
  make.arguments = {Number("quantity", 1, 2)};
  make.request = StaffRequest("POST", "/api/v1/invoices-enhanced",
                              R"({"customer_id": "${contact}",
                                  "line_items": [{"name": "Brake pad", "hsn_sac_code": "8708",
                                                  "quantity": ${quantity}, "rate": 100}]})");
  make.creates = "invoice";
  make.result = "/invoice/invoice_id";
  make.effect = [](State& state, const Call& call) {
    state.Set(call.result + ".due", kGross * call.Number("quantity"));
  };
  model.kinds.push_back(std::move(make));

  Kind send;
  send.name = "POST invoices/mark-sent";
  send.uses = {"invoice"};
  send.request = StaffRequest("POST", "/api/v1/invoices-enhanced/${invoice}/mark-sent", "{}");
  send.accepted = [](const State& state, const Call& call) {
    return state.Get(call.Of("invoice", "sent")) == 0;
  };
  send.effect = [](State& state, const Call& call) { state.Set(call.Of("invoice", "sent"), 1); };
  model.kinds.push_back(std::move(send));

  Kind read;
  read.name = "GET invoice/payments";
  read.uses = {"invoice"};
  read.request = StaffRequest("GET", "/api/v1/invoices-enhanced/${invoice}/payments");
  read.precondition = [](const State& state, const Call& call) {
    return state.Get(call.Of("invoice", "received")) == 0;
  };
  model.kinds.push_back(std::move(read));
}

// The chain of balances is only told by direct payments: an invoice is paid in one of the two ways.
Kind Paying(std::string name, const std::string& mine, const std::string& other) {
  Kind pay;
  pay.name = std::move(name);
  pay.uses = {"invoice"};
  pay.after = {"POST invoices/mark-sent"};
  pay.precondition = [other](const State& state, const Call& call) {
    return state.Get(call.Of("invoice", "sent")) != 0 && state.Get(call.Of("invoice", other)) == 0;
  };
  pay.accepted = [](const State& state, const Call& call) {
    return state.Get(call.Of("invoice", "due")) >= call.Number("amount");
  };
  pay.effect = [mine](State& state, const Call& call) {
    state.Add(call.Of("invoice", "due"), -call.Number("amount"));
    state.Set(call.Of("invoice", mine), 1);
  };
  return pay;
}

void AddPayments(Model& model) {
  const Argument amount{"amount", {"50", "100", "118", "236"}};
  Kind direct = Paying("POST invoice/payments", "direct", "received");
  direct.arguments = {amount};
  direct.request = StaffRequest("POST", "/api/v1/invoices-enhanced/${invoice}/payments",
                                R"({"amount": ${amount}, "payment_mode": "cash"})");
  model.kinds.push_back(std::move(direct));

  Kind received = Paying("POST payments-received", "received", "direct");
  received.arguments = {amount};
  received.request = StaffRequest(
      "POST", "/api/v1/payments-received",
      R"({"customer_id": "${contact}", "amount": ${amount}, "invoice_id": "${invoice}"})");
  model.kinds.push_back(std::move(received));
}

void AddAudit(Model& model, const std::string& name, const std::string& path) {
  Audit audit;
  audit.of = "invoice";
  audit.request = Named(name, StaffRequest("GET", path));
  model.audit.push_back(std::move(audit));
}

}  // namespace

Model PaymentsModel() {
  Model model;
  model.name = "payments";
  model.description = "Invoices are made, sent and paid at once.";
  model.setup = Setup();
  AddInvoices(model);
  AddPayments(model);
  AddAudit(model, "audit invoice", "/api/v1/invoices-enhanced/${invoice}");
  model.checks_json = kChecks;
  return model;
}

}  // namespace redrive::par
