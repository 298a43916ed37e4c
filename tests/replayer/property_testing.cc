#include "tests/replayer/property_testing.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/hash.h"

namespace redrive {
namespace {

using Json = nlohmann::json;

class TinyShop final : public ResettableHandler {
 public:
  explicit TinyShop(bool careful) : careful_(careful) {}

  Task<Response> Handle(Env& env, const Request& request, std::string_view) override {
    const Json body = Json::parse(request.body, nullptr, false);
    Response response;
    response.status = 200;
    if (request.target == "/api/v1/auth/login") {
      response.body = R"({"token": "t"})";
    } else if (request.target == "/api/v1/tickets") {
      response.body = R"({"ticket_id": "j1"})";
    } else if (request.target == "/api/v1/inventory") {
      const std::string id = "g" + std::to_string(left_.size() + 1);
      left_[id] = body["quantity"].get<int>();
      response.body = R"({"item_id": ")" + id + R"("})";
    } else {
      const std::string id = body["item_id"].get<std::string>();
      const int quantity = body["quantity"].get<int>();
      const Access look(Label("goods"), HashName(id), careful_ ? Mode::kWrite : Mode::kRead);
      const Access take(Label("goods"), HashName(id), Mode::kWrite);
      co_await env.Yield("goods.look", look);
      const bool enough = left_[id] >= quantity;
      if (!careful_) co_await env.Yield("goods.take", take);
      if (enough) left_[id] -= quantity;
      response.status = enough ? 200 : 400;
    }
    co_return response;
  }

  void Mark() override { marked_ = left_; }
  void Rollback() override { left_ = marked_; }
  std::uint64_t ChangeDigest() const override {
    Digest digest;
    for (const StateChange& change : Changes()) {
      digest.Add(HashBytes(change.resource));
      digest.Add(HashBytes(change.after));
    }
    return left_ == marked_ ? 0 : digest.value();
  }
  std::vector<StateChange> Changes() const override {
    std::vector<StateChange> changes;
    for (const auto& [id, left] : left_) {
      const auto before = marked_.find(id);
      if (before != marked_.end() && before->second == left) continue;
      StateChange change;
      change.resource = "goods/" + id;
      change.before = before == marked_.end() ? "" : std::to_string(before->second);
      change.after = std::to_string(left);
      changes.push_back(std::move(change));
    }
    return changes;
  }

 private:
  bool careful_;
  std::map<std::string, int> left_;
  std::map<std::string, int> marked_;
};

}  // namespace

ResettableFactory TinyShops(bool careful) {
  return [careful](const RunSpec&, const Scenario&) -> Result<std::unique_ptr<ResettableHandler>> {
    return std::unique_ptr<ResettableHandler>(std::make_unique<TinyShop>(careful));
  };
}

}  // namespace redrive
