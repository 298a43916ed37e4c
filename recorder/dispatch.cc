// Locust's order of spawning, in integers: which class the next user is of.
#include <algorithm>
#include <tuple>

#include "recorder/plan.h"

namespace redrive {
namespace {

__extension__ using Wide = unsigned __int128;

// log2((x + 1) / x) in units of 2^-48, by repeated squaring: equal on every machine, which the
// logarithms of C libraries are not. REQUIRES: 0 < x < 2^32.
std::uint64_t Log2Step(std::uint64_t x) {
  constexpr int kBits = 48;
  constexpr Wide kOne = Wide{1} << 62;
  Wide ratio = (static_cast<Wide>(x + 1) << 62) / x;
  std::uint64_t result = 0;
  if (ratio >= 2 * kOne) return std::uint64_t{1} << kBits;
  for (int bit = 0; bit < kBits; ++bit) {
    ratio = (ratio * ratio) >> 62;
    result <<= 1;
    if (ratio >= 2 * kOne) {
      ratio >>= 1;
      result |= 1;
    }
  }
  return result;
}

struct Candidate {
  std::size_t index = 0;  // ascending by name
  std::uint64_t weight = 0;
  std::uint64_t count = 0;  // weight + how often it was picked
  Wide gain = 0;            // what picking it once more takes off the divergence
  std::uint64_t left = 0;

  void Update() { gain = Log2Step(count) * static_cast<Wide>(weight); }
};

// The next candidate of a Kullback-Leibler greedy choice; null when none is left.
Candidate* Best(std::vector<Candidate>* candidates) {
  Candidate* best = nullptr;
  for (Candidate& candidate : *candidates) {
    if (candidate.left == 0) continue;
    const auto before = [](const Candidate& a, const Candidate& b) {
      if (a.gain != b.gain) return a.gain > b.gain;
      return std::tie(a.count, a.weight, a.index) < std::tie(b.count, b.weight, b.index);
    };
    if (best == nullptr || before(candidate, *best)) best = &candidate;
  }
  return best;
}

void Take(std::vector<Candidate>* candidates, std::size_t users, std::vector<std::size_t>* order) {
  while (order->size() < users) {
    Candidate* next = Best(candidates);
    if (next == nullptr) return;
    order->push_back(next->index);
    --next->left;
    ++next->count;
    next->Update();
  }
}

}  // namespace

std::vector<std::size_t> DispatchOrder(const std::vector<UserClass>& classes, std::size_t users) {
  std::vector<Candidate> fixed;
  std::vector<Candidate> weighted;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const UserClass& user_class = classes[i];
    const bool is_fixed = user_class.fixed_count > 0;
    const std::uint64_t weight = is_fixed ? user_class.fixed_count : user_class.weight;
    if (weight == 0) continue;
    Candidate candidate{i, weight, weight, 0, is_fixed ? weight : ~std::uint64_t{0}};
    candidate.Update();
    (is_fixed ? fixed : weighted).push_back(candidate);
  }
  std::vector<std::size_t> order;
  Take(&fixed, users, &order);
  Take(&weighted, users, &order);
  return order;
}

}  // namespace redrive
