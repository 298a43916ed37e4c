// The model of stock: parts are reserved for jobs, used and returned; spares are taken when work is
// completed; items are counted up and down.
#include "replayer/property_models.h"

namespace redrive::par {
namespace {

constexpr const char* kChecks = R"([
  {"check": "stock", "name": "no more parts are reserved than there are",
   "deduct": {"requests": "POST allocations", "item": "request:/item_id",
              "quantity": "request:/quantity"},
   "initial": {"requests": "POST inventory part", "item": "response:/item_id",
               "value": "response:/quantity"},
   "refused_when": ["status", "==", 400], "space": "inventory", "may_be_empty": true},
  {"check": "response_invariant", "name": "0 ≤ reserved ≤ quantity of a part",
   "requests": "audit part", "holds": [["response:/reserved_quantity", "<=", "response:/quantity"],
                                       ["response:/reserved_quantity", ">=", 0]],
   "item": "path:3", "blame": {"requests": "POST allocations", "item": "request:/item_id"},
   "may_be_empty": true},
  {"check": "at_most_once", "name": "an allocation is used or returned, once",
   "requests": ["PUT allocations/use", "PUT allocations/return"], "key": "path:3",
   "space": "allocations", "may_be_empty": true},
  {"check": "conservation", "name": "spares in stock = delivered − taken",
   "initial": {"requests": "POST inventory spare", "item": "response:/item_id",
               "value": "response:/quantity"},
   "deduct": {"requests": "POST tickets/complete-work", "item": "request:/parts_used/0",
              "quantity": 1},
   "final": {"requests": "audit spare", "item": "path:3", "value": "response:/quantity"},
   "may_be_empty": true},
  {"check": "chain", "name": "stock adjustments follow each other",
   "requests": "POST items/adjustments", "item": "request:/item_id",
   "before": "response:/adjustment/stock_before", "after": "response:/adjustment/stock_after",
   "change": "request:/quantity",
   "decrease_when": ["request:/adjustment_type", "==", "literal:subtract"],
   "space": "item_stock_locations", "may_be_empty": true},
  {"check": "response_invariant", "name": "no item has less than nothing",
   "requests": "audit item", "holds": ["response:/stock_locations/0/stock", ">=", 0],
   "item": "path:3", "blame": {"requests": "POST items/adjustments", "item": "request:/item_id"},
   "may_be_empty": true}
])";

std::vector<CaseRequest> Setup() {
  std::vector<CaseRequest> setup;
  setup.push_back(LogIn());
  CaseRequest job = StaffRequest("POST", "/api/v1/tickets", R"({"title": "A job"})");
  setup.push_back(Extracting(Named("setup job", std::move(job)), "job", "/ticket_id"));
  CaseRequest store = StaffRequest("POST", "/api/v1/items-enhanced/warehouses",
                                   R"({"name": "Main store", "is_primary": true})");
  setup.push_back(Extracting(Named("setup warehouse", std::move(store)), "warehouse",
                             "/warehouse/warehouse_id"));
  return setup;
}

Kind Delivery(const std::string& type, const std::string& name) {
  Kind kind;
  kind.name = "POST inventory " + type;
  kind.place = Place::kPrefix;
  kind.arguments = {Number("quantity", 2, 5)};
  kind.request = StaffRequest("POST", "/api/v1/inventory",
                              R"({"name": ")" + name + R"( ${command}", "category": "battery",
                                  "quantity": ${quantity}, "unit_price": 4500,
                                  "min_stock_level": 1})");
  kind.creates = type;
  kind.result = "/item_id";
  kind.effect = [](State& state, const Call& call) {
    state.Set(call.result + ".free", call.Number("quantity"));
  };
  return kind;
}

// "part3" by its number, since a state holds numbers only.
std::string PartOf(const State& state, const Call& call) {
  return "part" + std::to_string(state.Get(call.Of("allocation", "part")));
}

bool IsAllocated(const State& state, const Call& call) {
  return state.Get(call.Of("allocation", "open")) != 0;
}

void AddReserving(Model& model) {
  model.kinds.push_back(Delivery("part", "Battery pack"));
  Kind reserve;
  reserve.name = "POST allocations";
  reserve.uses = {"part"};
  reserve.arguments = {Number("quantity", 1, 3)};
  reserve.request =
      StaffRequest("POST", "/api/v1/allocations",
                   R"({"ticket_id": "${job}", "item_id": "${part}", "quantity": ${quantity}})");
  reserve.creates = "allocation";
  reserve.result = "/allocation_id";
  // The check counts reservations only; once something came back it could not tell any more.
  reserve.precondition = [](const State& state, const Call& call) {
    return state.Get(call.Of("part", "returned")) == 0;
  };
  reserve.accepted = [](const State& state, const Call& call) {
    return state.Get(call.Of("part", "free")) >= call.Number("quantity");
  };
  reserve.effect = [](State& state, const Call& call) {
    state.Add(call.Of("part", "free"), -call.Number("quantity"));
    state.Set(call.result + ".open", 1);
    state.Set(call.result + ".part", std::stoll(call.Use("part").substr(4)));
  };
  model.kinds.push_back(std::move(reserve));
}

void AddUsing(Model& model) {
  Kind use;
  use.name = "PUT allocations/use";
  use.uses = {"allocation"};
  use.request = StaffRequest("PUT", "/api/v1/allocations/${allocation}/use", "{}");
  use.accepted = IsAllocated;
  use.effect = [](State& state, const Call& call) { state.Set(call.Of("allocation", "open"), 0); };
  model.kinds.push_back(std::move(use));

  Kind give_back;
  give_back.name = "PUT allocations/return";
  give_back.uses = {"allocation"};
  give_back.request = StaffRequest("PUT", "/api/v1/allocations/${allocation}/return", "{}");
  give_back.accepted = IsAllocated;
  give_back.effect = [](State& state, const Call& call) {
    state.Set(call.Of("allocation", "open"), 0);
    state.Set(PartOf(state, call) + ".returned", 1);
  };
  model.kinds.push_back(std::move(give_back));
}

void AddSpares(Model& model) {
  model.kinds.push_back(Delivery("spare", "Fuse"));
  Kind complete;
  complete.name = "POST tickets/complete-work";
  complete.uses = {"spare"};
  complete.request = StaffRequest("POST", "/api/v1/tickets/${job}/complete-work",
                                  R"({"work_summary": "Done", "parts_used": ["${spare}"]})");
  // A shortage is answered like a success, so none may arise.
  complete.precondition = [](const State& state, const Call& call) {
    return state.Get(call.Of("spare", "free")) > 0;
  };
  complete.effect = [](State& state, const Call& call) { state.Add(call.Of("spare", "free"), -1); };
  model.kinds.push_back(std::move(complete));
}

void AddItems(Model& model) {
  Kind item;
  item.name = "POST items";
  item.place = Place::kPrefix;
  item.arguments = {Number("stock", 3, 6)};
  item.request = StaffRequest("POST", "/api/v1/items-enhanced",
                              R"({"Item Name": "Brake pad ${command}", "SKU": "BP-${command}",
                                  "Purchase Rate": 40, "Rate": 100, "Opening Stock": ${stock},
                                  "Item Type": "inventory"})");
  item.creates = "item";
  item.result = "/item/item_id";
  item.effect = [](State& state, const Call& call) {
    state.Set(call.result + ".stock", call.Number("stock"));
  };
  model.kinds.push_back(std::move(item));

  const auto change = [](const Call& call) {
    return call.Text("type") == "add" ? call.Number("quantity") : -call.Number("quantity");
  };
  Kind adjust;
  adjust.name = "POST items/adjustments";
  adjust.uses = {"item"};
  adjust.arguments = {Number("quantity", 1, 3), {"type", {"subtract", "add"}}};
  adjust.request = StaffRequest("POST", "/api/v1/items-enhanced/adjustments",
                                R"({"item_id": "${item}", "warehouse_id": "${warehouse}",
                                    "adjustment_type": "${type}", "quantity": ${quantity},
                                    "reason": "count"})");
  adjust.accepted = [change](const State& state, const Call& call) {
    return state.Get(call.Of("item", "stock")) + change(call) >= 0;
  };
  adjust.effect = [change](State& state, const Call& call) {
    state.Add(call.Of("item", "stock"), change(call));
  };
  model.kinds.push_back(std::move(adjust));
}

void AddAudit(Model& model, const std::string& type, const std::string& path) {
  Audit audit;
  audit.of = type;
  audit.request = Named("audit " + type, StaffRequest("GET", path));
  model.audit.push_back(std::move(audit));
}

}  // namespace

Model StockModel() {
  Model model;
  model.name = "stock";
  model.description = "Parts are reserved, used, returned, taken and counted at once.";
  model.setup = Setup();
  AddReserving(model);
  AddUsing(model);
  AddSpares(model);
  AddItems(model);
  AddAudit(model, "part", "/api/v1/inventory/${part}");
  AddAudit(model, "spare", "/api/v1/inventory/${spare}");
  AddAudit(model, "item", "/api/v1/items-enhanced/${item}/stock-locations");
  model.checks_json = kChecks;
  return model;
}

}  // namespace redrive::par
