#include "replayer/property_models.h"

#include <utility>

#include "recorder/nearest.h"

namespace redrive::par {

std::vector<Model> ShippedModels() {
  std::vector<Model> models;
  models.push_back(JournalModel());
  models.push_back(PaymentsModel());
  models.push_back(StockModel());
  models.push_back(TicketsModel());
  return models;
}

Result<Model> FindModel(std::string_view name) {
  std::vector<std::string> names;
  std::string all;
  for (Model& model : ShippedModels()) {
    if (model.name == name) return std::move(model);
    all += (all.empty() ? "" : ", ") + model.name;
    names.push_back(model.name);
  }
  return Error{ErrorCode::kInvalid, "there is no model '" + std::string(name) + "'" +
                                        DidYouMean(name, names) + " (known: " + all + ")"};
}

CaseRequest LogIn() {
  CaseRequest request = JsonRequest("POST", "/api/v1/auth/login",
                                    R"({"email": "${env(TEST_EMAIL, admin@battwheels.in)}",
                                        "password": "${env(TEST_PASSWORD, admin)}"})");
  return Extracting(Named("setup login", std::move(request)), "token", "/token");
}

CaseRequest StaffRequest(std::string method, std::string path, std::string json) {
  CaseRequest request = JsonRequest(std::move(method), std::move(path), std::move(json));
  CaseHeader header;
  header.name = "Authorization";
  header.value = "Bearer ${token}";
  request.headers.push_back(std::move(header));
  return request;
}

CaseRequest Named(std::string name, CaseRequest request) {
  request.name = std::move(name);
  return request;
}

CaseRequest Extracting(CaseRequest request, std::string variable, std::string place) {
  Extract extract;
  extract.variable = std::move(variable);
  extract.place = std::move(place);
  request.extract.push_back(std::move(extract));
  return request;
}

}  // namespace redrive::par
