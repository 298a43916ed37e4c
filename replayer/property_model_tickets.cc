// The model of tickets: staff and customers create them, staff works on them and closes them.
#include "replayer/property_models.h"

namespace redrive::par {
namespace {

constexpr const char* kChecks = R"([
  {"check": "series", "name": "portal ticket numbers are unique and ascend",
   "requests": "POST portal/tickets", "value": "response:/ticket/ticket_id", "pattern": "TKT-#",
   "space": "tickets", "may_be_empty": true},
  {"check": "unique", "name": "created tickets have ids of their own", "requests": "POST tickets",
   "value": "response:/ticket_id", "may_be_empty": true},
  {"check": "unique", "name": "ticket ids are unique in the list", "requests": "audit tickets",
   "value": "response:/data/*/ticket_id", "may_be_empty": true},
  {"check": "conservation", "name": "the list counts every ticket", "initial": 0,
   "add": [{"requests": ["POST tickets", "POST portal/tickets"]}],
   "final": {"requests": "audit tickets", "value": "response:/pagination/total_count"},
   "may_be_empty": true},
  {"check": "read_your_writes", "name": "a created ticket can be read", "creates": "POST tickets",
   "id": "response:/ticket_id", "reads": "GET tickets/{id}", "read_id": "path:3",
   "missing_when": ["status", "==", 404], "same_user": false, "may_be_empty": true},
  {"check": "read_your_writes", "name": "a created ticket is listed", "creates": "POST tickets",
   "id": "response:/ticket_id", "reads": ["GET tickets", "audit tickets"],
   "ids": "response:/data/*/ticket_id", "same_user": false, "may_be_empty": true},
  {"check": "never_decreases", "name": "a customer's tickets do not disappear",
   "requests": "GET portal/tickets", "value": "response:/count", "may_be_empty": true},
  {"check": "at_most_once", "name": "work is started once", "requests": "POST tickets/start-work",
   "key": "path:3", "space": "tickets", "may_be_empty": true},
  {"check": "at_most_once", "name": "a ticket is closed once", "requests": "POST tickets/close",
   "key": "path:3", "space": "tickets", "may_be_empty": true},
  {"check": "response_invariant", "name": "closing answers a closed ticket",
   "requests": "POST tickets/close", "holds": ["response:/status", "==", "literal:closed"],
   "may_be_empty": true},
  {"check": "response_invariant", "name": "a change answers the status that it set",
   "requests": "PUT tickets", "holds": ["response:/status", "!=", "literal:closed"],
   "may_be_empty": true},
  {"check": "same_value", "name": "a ticket has one estimate", "requests": "POST estimates/ensure",
   "key": "path:3", "value": "response:/estimate/estimate_id", "space": "ticket_estimates",
   "may_be_empty": true},
  {"check": "same_value", "name": "an estimate number belongs to one estimate",
   "requests": "POST estimates/ensure", "key": "response:/estimate/estimate_number",
   "value": "response:/estimate/estimate_id", "space": "ticket_estimate_settings",
   "may_be_empty": true}
])";

std::vector<CaseRequest> Setup() {
  std::vector<CaseRequest> setup;
  setup.push_back(LogIn());
  CaseRequest contact = StaffRequest("POST", "/api/v1/contacts-enhanced",
                                     R"({"name": "Fleet", "email": "fleet@example.com"})");
  setup.push_back(
      Extracting(Named("setup contact", std::move(contact)), "contact", "/contact/contact_id"));
  CaseRequest enable =
      StaffRequest("POST", "/api/v1/contacts-enhanced/${contact}/enable-portal", "{}");
  setup.push_back(Extracting(Named("setup portal", std::move(enable)), "portal_token", "/token"));
  CaseRequest login =
      JsonRequest("POST", "/api/v1/customer-portal/login", R"({"token": "${portal_token}"})");
  setup.push_back(Extracting(Named("setup portal login", std::move(login)), "portal_session",
                             "/session_token"));
  return setup;
}

CaseRequest PortalRequest(std::string method, std::string path, std::string json = "") {
  CaseRequest request = JsonRequest(std::move(method), std::move(path), std::move(json));
  CaseHeader header;
  header.name = "X-Portal-Session";
  header.value = "${portal_session}";
  request.headers.push_back(std::move(header));
  return request;
}

bool IsOpen(const State& state, const Call& call) {
  return state.Get(call.Of("ticket", "closed")) == 0;
}
bool IsIdle(const State& state, const Call& call) {
  return IsOpen(state, call) && state.Get(call.Of("ticket", "working")) == 0;
}

void AddCreating(Model& model) {
  Kind portal;
  portal.name = "POST portal/tickets";
  portal.arguments = {{"priority", {"low", "medium", "high"}}};
  portal.request = PortalRequest("POST", "/api/v1/customer-portal/tickets",
                                 R"({"subject": "Scooter ${command} stopped",
                                     "description": "It stopped on the way to work",
                                     "priority": "${priority}"})");
  model.kinds.push_back(std::move(portal));

  Kind staff;
  staff.name = "POST tickets";
  staff.arguments = {{"priority", {"low", "medium", "high", "critical"}}};
  staff.request = StaffRequest("POST", "/api/v1/tickets",
                               R"({"title": "Ticket ${command}", "priority": "${priority}"})");
  staff.creates = "ticket";
  staff.result = "/ticket_id";
  model.kinds.push_back(std::move(staff));
}

void AddReading(Model& model) {
  Kind one;
  one.name = "GET tickets/{id}";
  one.uses = {"ticket"};
  one.request = StaffRequest("GET", "/api/v1/tickets/${ticket}");
  model.kinds.push_back(std::move(one));

  Kind list;
  list.name = "GET tickets";
  list.request = StaffRequest("GET", "/api/v1/tickets?page=1&limit=100");
  model.kinds.push_back(std::move(list));

  Kind portal_list;
  portal_list.name = "GET portal/tickets";
  portal_list.request = PortalRequest("GET", "/api/v1/customer-portal/tickets?limit=50");
  model.kinds.push_back(std::move(portal_list));
}

// open → in_progress or assigned → work_in_progress → closed: nothing is sent that would lead back,
// since the service takes any transition.
void AddWorking(Model& model) {
  Kind change;
  change.name = "PUT tickets";
  change.uses = {"ticket"};
  change.arguments = {{"status", {"assigned", "in_progress"}}};
  change.request = StaffRequest("PUT", "/api/v1/tickets/${ticket}", R"({"status": "${status}"})");
  change.precondition = IsIdle;
  model.kinds.push_back(std::move(change));

  Kind start;
  start.name = "POST tickets/start-work";
  start.uses = {"ticket"};
  start.request = StaffRequest("POST", "/api/v1/tickets/${ticket}/start-work", "{}");
  start.precondition = IsOpen;
  start.accepted = IsIdle;
  start.effect = [](State& state, const Call& call) { state.Set(call.Of("ticket", "working"), 1); };
  model.kinds.push_back(std::move(start));

  Kind close;
  close.name = "POST tickets/close";
  close.uses = {"ticket"};
  close.arguments = {{"outcome", {"success", "partial"}}};
  close.request =
      StaffRequest("POST", "/api/v1/tickets/${ticket}/close",
                   R"({"resolution": "Replaced the pads", "resolution_outcome": "${outcome}"})");
  close.accepted = IsOpen;
  close.effect = [](State& state, const Call& call) { state.Set(call.Of("ticket", "closed"), 1); };
  model.kinds.push_back(std::move(close));

  Kind estimate;
  estimate.name = "POST estimates/ensure";
  estimate.uses = {"ticket"};
  estimate.request = StaffRequest("POST", "/api/v1/tickets/${ticket}/estimate/ensure", "{}");
  model.kinds.push_back(std::move(estimate));
}

}  // namespace

Model TicketsModel() {
  Model model;
  model.name = "tickets";
  model.description = "Staff and customers create, read, change and close tickets at once.";
  model.setup = Setup();
  AddCreating(model);
  AddReading(model);
  AddWorking(model);
  Audit list;
  list.request = Named("audit tickets", StaffRequest("GET", "/api/v1/tickets?page=1&limit=100"));
  model.audit.push_back(std::move(list));
  model.checks_json = kChecks;
  return model;
}

}  // namespace redrive::par
