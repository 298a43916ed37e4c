#include "replayer/simpler_json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCandidatesMax = 2'000;  // per body; a larger one is shrunk as far as that

// Every letter becomes 'a' and every digit '0': what was drawn at random is gone, the form stays.
std::string SameForm(const std::string& text) {
  std::string form = text;
  for (char& c : form) {
    if (c >= '0' && c <= '9') c = '0';
    if (c >= 'a' && c <= 'z') c = 'a';
    if (c >= 'A' && c <= 'Z') c = 'A';
  }
  return form;
}

// Shortlex, the letter a and the digit 0 being the smallest.
bool SimplerThan(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  const auto rank = [](char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '0' && c <= '9') return 100 + c - '0';
    if (c >= 'A' && c <= 'Z') return 200 + c - 'A';
    return 300 + static_cast<int>(static_cast<unsigned char>(c));
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

std::vector<Json> SimplerNumbers(const Json& value) {
  std::vector<Json> simpler;
  if (value.is_number_float()) {
    const double number = value.get<double>();
    // Whole numbers are simpler than others, whatever their size.
    for (const std::int64_t whole : {std::int64_t{0}, std::int64_t{1}}) simpler.emplace_back(whole);
    if (std::fabs(number) < 9e15) simpler.emplace_back(static_cast<std::int64_t>(number));
    return simpler;
  }
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > (1ULL << 62)) {
    simpler.emplace_back(0);
    simpler.emplace_back(1);
    return simpler;
  }
  const auto number = value.get<std::int64_t>();
  // Smaller in size; of equal size the positive one.
  const auto key = [](std::int64_t n) { return std::pair(n < 0 ? -n : n, n < 0); };
  for (const std::int64_t candidate : {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, -number,
                                       number / 10, number / 2, number - 1}) {
    if (key(candidate) >= key(number)) continue;
    const Json next = candidate;
    if (std::find(simpler.begin(), simpler.end(), next) == simpler.end()) simpler.push_back(next);
  }
  return simpler;
}

std::vector<Json> SimplerValues(const Json& value) {
  std::vector<Json> simpler;
  if (value.is_number()) return SimplerNumbers(value);
  if (value.is_boolean() && value.get<bool>()) simpler.emplace_back(false);
  if (value.is_string()) {
    for (const std::string& text : SimplerTexts(value.get<std::string>())) {
      simpler.emplace_back(text);
    }
  }
  if (value.is_object() && !value.empty()) simpler.push_back(Json::object());
  if (value.is_array() && value.size() > 1) {
    simpler.push_back(Json::array());
    simpler.push_back(Json::array({value.front()}));
  }
  return simpler;
}

class Candidates {
 public:
  Candidates(Json root, Simpler what) : root_(std::move(root)), what_(what) {}

  std::vector<std::string> All() {
    Visit(root_);
    return std::move(bodies_);
  }

 private:
  void Keep() {
    if (bodies_.size() < kCandidatesMax) bodies_.push_back(root_.dump());
  }

  // `node` is part of root_: each candidate is written into it, taken and undone.
  void Visit(Json& node) {
    if (bodies_.size() >= kCandidatesMax) return;
    const Json whole = node;
    const bool numbers = what_ == Simpler::kNumbers;
    for (Json& value : numbers && !whole.is_number() ? std::vector<Json>() : SimplerValues(whole)) {
      node = std::move(value);
      Keep();
    }
    node = whole;
    if (!node.is_structured()) return;
    for (Json& child : node) {
      if (numbers) Visit(child);
    }
    if (numbers) return;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      node = WithoutElement(whole, i);
      Keep();
    }
    node = whole;
    for (Json& child : node) Visit(child);
  }

  static Json WithoutElement(const Json& whole, std::size_t index) {
    Json result = whole.is_object() ? Json::object() : Json::array();
    std::size_t at = 0;
    for (auto it = whole.begin(); it != whole.end(); ++it, ++at) {
      if (at == index) continue;
      if (whole.is_object()) {
        result[it.key()] = it.value();
      } else {
        result.push_back(it.value());
      }
    }
    return result;
  }

  Json root_;
  Simpler what_;
  std::vector<std::string> bodies_;
};

}  // namespace

std::vector<std::string> SimplerTexts(const std::string& text) {
  if (text.find("${") != std::string::npos) return {};
  std::vector<std::string> simpler;
  const std::size_t size = text.size();
  std::vector<std::string> candidates = {"", "a", "0"};
  if (text.find('@') != std::string::npos) candidates.emplace_back("a@a.aa");
  for (const std::size_t length :
       {size / 2, size - size / 4, size - std::min<std::size_t>(size, 1)}) {
    candidates.emplace_back(length, 'a');
  }
  candidates.emplace_back(size, 'a');
  candidates.push_back(SameForm(text.substr(0, size / 2)));
  candidates.push_back(SameForm(text));
  for (std::string& candidate : candidates) {
    if (!SimplerThan(candidate, text)) continue;
    if (std::find(simpler.begin(), simpler.end(), candidate) != simpler.end()) continue;
    simpler.push_back(std::move(candidate));
  }
  return simpler;
}

std::vector<std::string> SimplerBodies(std::string_view body, Simpler what) {
  Json root = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return {};
  std::vector<std::string> bodies = Candidates(std::move(root), what).All();
  std::erase(bodies, std::string(body));
  return bodies;
}

}  // namespace redrive
