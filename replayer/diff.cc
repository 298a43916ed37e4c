#include "replayer/diff.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "replayer/json_text.h"

namespace redrive {
namespace {

constexpr std::size_t kValueBytes = 80;
constexpr std::size_t kPlacesMax = 10'000;

// Whose request it is, in both traces alike.
using Slot = std::tuple<Phase, std::uint32_t, std::uint32_t, std::uint32_t>;

std::map<Slot, std::size_t> SlotsOf(const Trace& trace) {
  std::map<Slot, std::size_t> slots;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    const InvokeRecord& invoke = trace.invokes[i];
    slots.emplace(Slot{invoke.phase, invoke.user, invoke.iteration, invoke.step}, i);
  }
  return slots;
}

std::string Shortened(std::string text) {
  if (text.size() > kValueBytes) text = text.substr(0, kValueBytes - 3) + "...";
  return text;
}

std::string EscapedSegment(const std::string& key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

class Comparison {
 public:
  Comparison(const DiffOptions& options, TraceDiff& diff) : options_(options), diff_(diff) {}

  // True when both responses are equal.
  bool Compare(const InvokeRecord& a, const std::optional<ReturnRecord>& reply_a,
               const InvokeRecord& b, const std::optional<ReturnRecord>& reply_b) {
    name_ = a.name;
    operation_a_ = a.operation;
    operation_b_ = b.operation;
    before_ = found_;
    const std::string status_a = StatusOf(reply_a);
    const std::string status_b = StatusOf(reply_b);
    if (status_a != status_b) {
      Add("status", status_a, status_b);
    } else if (!options_.statuses_only && reply_a && reply_b) {
      CompareBodies(reply_a->response.body, reply_b->response.body);
    }
    return found_ == before_;
  }

  void Finish() {
    for (auto& [key, difference] : places_) diff_.differences.push_back(std::move(difference));
  }

 private:
  static std::string StatusOf(const std::optional<ReturnRecord>& reply) {
    if (!reply) return "no response";
    if (reply->error != SendError::kNone) return "error: " + reply->message;
    return std::to_string(reply->response.status);
  }

  void CompareBodies(const std::string& a, const std::string& b) {
    if (a == b) return;  // the common case costs a memcmp
    const Result<JsonText> json_a = JsonText::Parse(a);
    const Result<JsonText> json_b = JsonText::Parse(b);
    if (json_a.has_error() || json_b.has_error()) {
      Add("body", a, b);
      return;
    }
    CompareNodes(json_a->root(), json_b->root(), "");
  }

  void CompareNodes(JsonNode a, JsonNode b, const std::string& place) {
    if (a.kind() != b.kind()) {
      Add(place, TextOf(a), TextOf(b));
      return;
    }
    if (a.kind() == JsonKind::kArray) {
      CompareArrays(a.Children(), b.Children(), place);
    } else if (a.kind() == JsonKind::kObject) {
      CompareMembers(a.Children(), b.Children(), place);
    } else if (a.Text() != b.Text()) {
      Add(place, a.Text(), b.Text());
    }
  }

  void CompareArrays(const std::vector<JsonNode>& a, const std::vector<JsonNode>& b,
                     const std::string& place) {
    if (a.size() != b.size()) {
      Add(place + "/length", std::to_string(a.size()), std::to_string(b.size()));
    }
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      CompareNodes(a[i], b[i], place + "/*");
    }
  }

  void CompareMembers(const std::vector<JsonNode>& a, const std::vector<JsonNode>& b,
                      const std::string& place) {
    std::map<std::string, JsonNode> members;
    for (const JsonNode& node : b) members.emplace(node.Key(), node);
    for (const JsonNode& node : a) {
      const std::string key = node.Key();
      const std::string below = place + "/" + EscapedSegment(key);
      const auto found = members.find(key);
      if (found == members.end()) {
        Add(below, TextOf(node), "(absent)");
        continue;
      }
      CompareNodes(node, found->second, below);
      members.erase(found);
    }
    for (const auto& [key, node] : members) {
      Add(place + "/" + EscapedSegment(key), "(absent)", TextOf(node));
    }
  }

  static std::string TextOf(JsonNode node) {
    if (node.kind() == JsonKind::kArray) return "[…]";
    if (node.kind() == JsonKind::kObject) return "{…}";
    return node.Text();
  }

  void Add(const std::string& place, const std::string& a, const std::string& b) {
    for (const std::string& suffix : options_.ignored_suffixes) {
      if (place.ends_with(suffix)) return;
    }
    ++found_;
    const auto key = std::make_pair(name_, place.empty() ? std::string("/") : place);
    auto found = places_.find(key);
    if (found == places_.end()) {
      if (places_.size() == kPlacesMax) return;
      Difference difference{.name = name_,
                            .place = key.second,
                            .operation_a = operation_a_,
                            .operation_b = operation_b_,
                            .value_a = Shortened(a),
                            .value_b = Shortened(b)};
      found = places_.emplace(key, std::move(difference)).first;
    }
    ++found->second.count;
  }

  const DiffOptions& options_;
  TraceDiff& diff_;
  std::map<std::pair<std::string, std::string>, Difference> places_;
  std::string name_;
  std::uint64_t operation_a_ = 0;
  std::uint64_t operation_b_ = 0;
  std::uint64_t found_ = 0;
  std::uint64_t before_ = 0;
};

}  // namespace

TraceDiff DiffTraces(const Trace& a, const Trace& b, const DiffOptions& options) {
  TraceDiff diff;
  std::map<Slot, std::size_t> slots_b = SlotsOf(b);
  Comparison comparison(options, diff);
  for (const auto& [slot, index_a] : SlotsOf(a)) {
    const auto found = slots_b.find(slot);
    if (found == slots_b.end()) {
      ++diff.only_a;
      continue;
    }
    ++diff.matched;
    const std::size_t index_b = found->second;
    const bool equal = comparison.Compare(a.invokes[index_a], a.returns[index_a],
                                          b.invokes[index_b], b.returns[index_b]);
    if (equal) ++diff.equal;
    slots_b.erase(found);
  }
  diff.only_b = slots_b.size();
  comparison.Finish();
  return diff;
}

std::string DiffToText(const TraceDiff& diff) {
  std::string text = std::to_string(diff.matched) + " requests in both, " +
                     std::to_string(diff.equal) + " with equal responses";
  if (diff.only_a + diff.only_b != 0) {
    text += "; " + std::to_string(diff.only_a) + " only in the first, " +
            std::to_string(diff.only_b) + " only in the second";
  }
  text += "\n";
  const std::string* name = nullptr;
  for (const Difference& difference : diff.differences) {
    if (name == nullptr || *name != difference.name) {
      text += "\n" + difference.name + "\n";
      name = &difference.name;
    }
    text += "  " + difference.place + ": " + std::to_string(difference.count) + " differ, first #" +
            std::to_string(difference.operation_a) + " " + difference.value_a + " | #" +
            std::to_string(difference.operation_b) + " " + difference.value_b + "\n";
  }
  return text;
}

}  // namespace redrive
