// A shop: goods are delivered, and customers reserve them. Nobody gets what is not there.
#include "replayer/property.h"

using namespace redrive::par;  // Model, Kind, Number, JsonRequest, …

redrive::CaseRequest Staff(std::string method, std::string path, std::string json) {
  redrive::CaseRequest request = JsonRequest(method, path, json);
  request.headers = {{.name = "Authorization", .value = "Bearer ${token}"}};
  return request;
}

Model ShopModel() {
  Model model;
  model.name = "shop";
  redrive::CaseRequest login = JsonRequest(
      "POST", "/api/v1/auth/login", R"({"email": "admin@battwheels.in", "password": "admin"})");
  login.extract = {{.variable = "token", .place = "/token"}};
  redrive::CaseRequest job = Staff("POST", "/api/v1/tickets", R"({"title": "A job"})");
  job.extract = {{.variable = "job", .place = "/ticket_id"}};
  model.setup = {login, job};

  Kind deliver;
  deliver.name = "deliver";
  deliver.place = Place::kPrefix;
  deliver.arguments = {Number("quantity", 1, 5)};
  deliver.request = Staff("POST", "/api/v1/inventory",
                          R"({"name": "Good ${command}", "category": "any", "unit_price": 9,
                              "quantity": ${quantity}, "min_stock_level": 0})");
  deliver.creates = "good";
  deliver.result = "/item_id";
  deliver.effect = [](State& state, const Call& call) {
    state.Set(call.result + ".left", call.Number("quantity"));
  };

  Kind reserve;
  reserve.name = "reserve";
  reserve.uses = {"good"};
  reserve.arguments = {Number("quantity", 1, 3)};
  reserve.request = Staff("POST", "/api/v1/allocations",
                          R"({"ticket_id": "${job}", "item_id": "${good}",
                              "quantity": ${quantity}})");
  reserve.accepted = [](const State& state, const Call& call) {
    return state.Get(call.Of("good", "left")) >= call.Number("quantity");
  };
  reserve.effect = [](State& state, const Call& call) {
    state.Add(call.Of("good", "left"), -call.Number("quantity"));
  };
  model.kinds = {deliver, reserve};
  return model;
}

// `handlers` makes a service of your own; empty: the embedded workshop.
redrive::Result<PropertyReport> CheckShop(redrive::ResettableFactory handlers,
                                          std::string workshop) {
  return RunProperty(ShopModel(), {.seed = 42, .workshop = workshop, .handlers = handlers});
}
