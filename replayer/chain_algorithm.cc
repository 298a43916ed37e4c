#include "replayer/chain_algorithm.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace redrive {
namespace {

constexpr std::size_t kNodesMax = 200'000;
constexpr std::size_t kMemoWordsMax = 8'000'000;  // 64 MB of remembered sets
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

using ByValue = std::map<Decimal, std::vector<std::size_t>>;

ByValue ByBefore(const std::vector<ChainLink>& links) {
  ByValue starts;
  for (std::size_t i = 0; i < links.size(); ++i) starts[links[i].before].push_back(i);
  return starts;
}

// Depth-first over orders of the links; what was tried is remembered by the set of links done,
// since that set determines the value reached.
class Search {
 public:
  enum class Answer { kFound, kNone, kCutOff };

  Search(const std::vector<ChainLink>& links, const std::vector<ChainPerhaps>& perhaps,
         std::optional<Decimal> final_value)
      : links_(links), perhaps_(perhaps), final_(final_value), starts_(ByBefore(links)) {
    words_ = (links.size() + perhaps.size() + 63) / 64;
    for (const ChainLink& link : links) ends_.insert(link.at.end);
  }

  Answer From(Decimal initial) {
    done_.assign(words_, 0);
    left_ = links_.size();
    tried_.clear();
    std::vector<Frame> stack;
    stack.push_back(Open(initial));
    while (true) {
      if (left_ == 0 && (!final_ || stack.back().value == *final_)) return Answer::kFound;
      Frame& frame = stack.back();
      if (frame.next == frame.choices.size()) {
        if (stack.size() == 1) return Answer::kNone;
        stack.pop_back();
        Undo(stack.back().choices[stack.back().next - 1]);
        continue;
      }
      const std::size_t choice = frame.choices[frame.next++];
      const Decimal value = choice < links_.size()
                                ? links_[choice].after
                                : frame.value + perhaps_[choice - links_.size()].by;
      Do(choice);
      if (++nodes_ > kNodesMax || tried_.size() * words_ > kMemoWordsMax) return Answer::kCutOff;
      if (tried_.insert(done_).second)
        stack.push_back(Open(value));
      else
        Undo(choice);
    }
  }

 private:
  struct Frame {
    Decimal value;
    std::vector<std::size_t> choices;  // links, then perhaps counted on behind them
    std::size_t next = 0;
  };

  [[nodiscard]] bool Done(std::size_t i) const { return (done_[i / 64] >> (i % 64) & 1) != 0; }
  void Do(std::size_t i) {
    done_[i / 64] |= std::uint64_t{1} << (i % 64);
    if (i >= links_.size()) return;
    --left_;
    ends_.erase(ends_.find(links_[i].at.end));
  }
  void Undo(std::size_t i) {
    done_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
    if (i >= links_.size()) return;
    ++left_;
    ends_.insert(links_[i].at.end);
  }

  Frame Open(Decimal value) const {
    Frame frame{.value = value, .choices = {}, .next = 0};
    // Nobody may come before one that had finished when it began.
    const std::uint64_t latest = ends_.empty() ? kForever : *ends_.begin();
    if (const auto found = starts_.find(value); found != starts_.end()) {
      for (const std::size_t i : found->second) {
        if (!Done(i) && links_[i].at.begin <= latest) frame.choices.push_back(i);
      }
    }
    for (std::size_t i = 0; i < perhaps_.size(); ++i) {
      if (!Done(links_.size() + i) && perhaps_[i].begin <= latest) {
        frame.choices.push_back(links_.size() + i);
      }
    }
    return frame;
  }

  const std::vector<ChainLink>& links_;
  const std::vector<ChainPerhaps>& perhaps_;
  std::optional<Decimal> final_;
  ByValue starts_;
  std::multiset<std::uint64_t> ends_;  // of the links that are left
  std::vector<std::uint64_t> done_;
  std::set<std::vector<std::uint64_t>> tried_;
  std::size_t words_ = 1;
  std::size_t left_ = 0;
  std::size_t nodes_ = 0;
};

// The link that starts where no other ends, or the link at `initial`; links.size() when unclear.
std::size_t FirstLink(const std::vector<ChainLink>& links, const ByValue& starts,
                      std::optional<Decimal> initial) {
  if (initial) {
    const auto found = starts.find(*initial);
    return found == starts.end() ? links.size() : found->second.front();
  }
  std::set<Decimal> reached;
  for (const ChainLink& link : links) reached.insert(link.after);
  for (const auto& [value, indexes] : starts) {
    if (!reached.contains(value)) return indexes.front();
  }
  return links.size();
}

// Every value starts at most one link: the order is forced. False: it is not, search instead.
bool JudgeForced(const std::vector<ChainLink>& links, std::optional<Decimal> initial,
                 std::optional<Decimal> final_value, ChainVerdict& verdict) {
  const ByValue starts = ByBefore(links);
  if (starts.size() != links.size()) return false;
  std::size_t at = FirstLink(links, starts, initial);
  if (at == links.size()) {
    if (!initial) return false;  // a ring
    verdict.problems.push_back({ChainFault::kBroken, 0, 0});
    return true;
  }
  std::vector<std::size_t> order;
  std::vector<bool> used(links.size());
  while (!used[at]) {
    used[at] = true;
    order.push_back(at);
    const auto next = starts.find(links[at].after);
    if (next == starts.end()) break;
    at = next->second.front();
  }
  if (order.size() < links.size()) {
    const auto unused = std::find(used.begin(), used.end(), false) - used.begin();
    const auto index = static_cast<std::size_t>(unused);
    verdict.problems.push_back({ChainFault::kBroken, index, index});
    return true;
  }
  // From the back: nobody may begin after someone later in the chain had finished.
  std::size_t earliest = order.back();
  for (std::size_t i = order.size(); i > 0; --i) {
    const std::size_t link = order[i - 1];
    if (links[earliest].at.end < links[link].at.begin) {
      verdict.problems.push_back({ChainFault::kOrder, earliest, link});
    }
    if (links[link].at.end < links[earliest].at.end) earliest = link;
  }
  if (final_value && links[order.back()].after != *final_value) {
    verdict.problems.push_back({ChainFault::kFinal, order.back(), order.back()});
  }
  return true;
}

// More links start from a value than can have found it: the lost update.
void FindForks(const std::vector<ChainLink>& links, std::optional<Decimal> initial,
               std::vector<ChainProblem>& problems) {
  std::map<Decimal, std::size_t> reached;
  for (const ChainLink& link : links) ++reached[link.after];
  if (initial) ++reached[*initial];
  for (auto& [value, indexes] : ByBefore(links)) {
    if (indexes.size() < 2 || indexes.size() <= reached[value]) continue;
    std::vector<std::size_t> sorted = indexes;
    std::sort(sorted.begin(), sorted.end(),
              [&](std::size_t a, std::size_t b) { return links[a].at.begin < links[b].at.begin; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      problems.push_back({ChainFault::kFork, sorted[i - 1], sorted[i]});
    }
  }
}

// What to show when no order exists.
void Explain(const std::vector<ChainLink>& links, std::optional<Decimal> initial,
             std::vector<ChainProblem>& problems) {
  FindForks(links, initial, problems);
  if (!problems.empty()) return;
  std::set<Decimal> reached;
  for (const ChainLink& link : links) reached.insert(link.after);
  if (initial) reached.insert(*initial);
  for (std::size_t i = 0; initial && i < links.size(); ++i) {
    if (!reached.contains(links[i].before)) problems.push_back({ChainFault::kBroken, i, i});
  }
  if (problems.empty()) problems.push_back({ChainFault::kNone, 0, links.size() - 1});
}

}  // namespace

ChainVerdict JudgeChain(const std::vector<ChainLink>& links,
                        const std::vector<ChainPerhaps>& perhaps, std::optional<Decimal> initial,
                        std::optional<Decimal> final_value) {
  ChainVerdict verdict;
  if (links.empty() && (!initial || !final_value)) return verdict;
  if (perhaps.empty() && !links.empty() && JudgeForced(links, initial, final_value, verdict)) {
    return verdict;
  }
  Search search(links, perhaps, final_value);
  std::set<Decimal> candidates;
  if (initial) candidates.insert(*initial);
  for (std::size_t i = 0; !initial && i < links.size(); ++i) candidates.insert(links[i].before);
  for (const Decimal start : candidates) {
    const Search::Answer answer = search.From(start);
    if (answer == Search::Answer::kFound) return verdict;
    if (answer == Search::Answer::kCutOff) {
      verdict.undecided = true;
      break;
    }
    // The search undid all its steps, so the next start finds everything as it was.
  }
  // An unknown start before an unanswered change may be any value at all.
  if (!initial && !perhaps.empty()) verdict.undecided = true;
  std::vector<ChainProblem> forks;
  if (verdict.undecided && perhaps.empty()) {
    // Forks need no search: they are impossible in any order.
    if (initial) FindForks(links, initial, forks);
    if (forks.empty()) return verdict;
    verdict.undecided = false;
    verdict.problems = std::move(forks);
    return verdict;
  }
  if (verdict.undecided) return verdict;
  if (links.empty()) {
    verdict.problems.push_back({ChainFault::kFinal, 0, 0});
    return verdict;
  }
  Explain(links, initial, verdict.problems);
  return verdict;
}

}  // namespace redrive
