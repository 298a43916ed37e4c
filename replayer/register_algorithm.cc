#include "replayer/register_algorithm.h"

#include <algorithm>
#include <limits>

#include "replayer/key_sort.h"

namespace redrive {
namespace {

constexpr std::size_t kInitial = RegisterProblem::kInitial;
constexpr std::size_t kNobody = kInitial - 1;
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

// All operations of one value.
struct Cluster {
  std::int64_t value = 0;
  std::size_t write = kNobody;
  std::size_t ends_first = kNobody;
  std::size_t begins_last = kNobody;
  std::uint64_t end = kForever;  // the earliest end
  std::uint64_t begin = 0;       // the latest begin
  bool read = false;
  [[nodiscard]] bool forward() const { return end < begin; }
};

class Zones {
 public:
  Zones(const std::vector<RegisterAccess>& accesses, std::optional<std::int64_t> initial)
      : accesses_(accesses) {
    std::vector<KeyedIndex> order(accesses.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = {static_cast<std::uint64_t>(accesses[i].value) ^ (std::uint64_t{1} << 63),
                  static_cast<std::uint32_t>(i)};
    }
    SortByKey(order);
    for (std::size_t i = 0; i < order.size();) {
      std::size_t behind = i;
      while (behind < order.size() && order[behind].key == order[i].key) ++behind;
      AddCluster(order, i, behind, initial);
      i = behind;
    }
    if (!initial) FindInitial();
  }

  RegisterVerdict Judge() {
    if (verdict_.undecided) return std::move(verdict_);
    std::vector<const Cluster*> forward;
    std::vector<const Cluster*> backward;
    for (const Cluster& cluster : clusters_) {
      if (cluster.write == kNobody) {
        verdict_.problems.push_back({RegisterFault::kNeverWritten, cluster.begins_last,
                                     cluster.begins_last, cluster.begins_last,
                                     cluster.begins_last});
        continue;
      }
      if (JudgeFuture(cluster)) continue;
      // A write without an answer that nobody saw need not have happened.
      if (cluster.end == kForever) continue;
      (cluster.forward() ? forward : backward).push_back(&cluster);
    }
    if (verdict_.problems.empty()) JudgeSpans(forward, backward);
    if (initial_open_ && !verdict_.problems.empty()) {
      Undecided(accesses_[verdict_.problems.front().first].value);
      verdict_.problems.clear();
    }
    return std::move(verdict_);
  }

 private:
  void AddCluster(const std::vector<KeyedIndex>& order, std::size_t from, std::size_t behind,
                  std::optional<std::int64_t> initial) {
    Cluster cluster;
    cluster.value = accesses_[order[from].index].value;
    if (initial == cluster.value) {
      cluster.write = cluster.ends_first = cluster.begins_last = kInitial;
      cluster.end = 0;
    }
    for (std::size_t i = from; i < behind; ++i) {
      const std::size_t index = order[i].index;
      const RegisterAccess& access = accesses_[index];
      if (access.write) {
        if (cluster.write != kNobody) Undecided(cluster.value);
        cluster.write = index;
      }
      cluster.read = cluster.read || !access.write;
      if (access.at.end < cluster.end || cluster.ends_first == kNobody) {
        cluster.end = access.at.end;
        cluster.ends_first = index;
      }
      if (access.at.begin > cluster.begin || cluster.begins_last == kNobody) {
        cluster.begin = access.at.begin;
        cluster.begins_last = index;
      }
    }
    clusters_.push_back(cluster);
  }

  void Undecided(std::int64_t value) {
    verdict_.undecided = true;
    verdict_.repeated = value;
  }

  // The initial value is not known: it is the one that was read and never written. Where there is
  // none it may be any, also one that is written again later; then only a pass is certain.
  void FindInitial() {
    const auto unwritten = std::find_if(clusters_.begin(), clusters_.end(),
                                        [](const Cluster& c) { return c.write == kNobody; });
    initial_open_ = unwritten == clusters_.end();
    if (initial_open_) return;
    unwritten->write = kInitial;
    unwritten->ends_first = kInitial;
    unwritten->end = 0;
  }

  bool JudgeFuture(const Cluster& cluster) {
    if (cluster.write == kInitial || cluster.end >= accesses_[cluster.write].at.begin) return false;
    verdict_.problems.push_back({RegisterFault::kFromFuture, cluster.ends_first, cluster.write,
                                 cluster.ends_first, cluster.write});
    return true;
  }

  void JudgeSpans(std::vector<const Cluster*>& forward, std::vector<const Cluster*>& backward) {
    std::sort(forward.begin(), forward.end(), [](const Cluster* a, const Cluster* b) {
      return a->end != b->end ? a->end < b->end : a->begin < b->begin;
    });
    // Before the first overlap begins come in the order of ends, so the one in front is the
    // nearest.
    const Cluster* longest = nullptr;
    for (const Cluster* zone : forward) {
      if (longest && zone->end < longest->begin) Stale(*longest, *zone);
      if (!longest || zone->begin > longest->begin) longest = zone;
    }
    if (!verdict_.problems.empty()) return;
    for (const Cluster* zone : backward) {
      auto behind = std::partition_point(forward.begin(), forward.end(),
                                         [&](const Cluster* f) { return f->end < zone->begin; });
      if (behind == forward.begin()) continue;
      const Cluster* around = *(behind - 1);
      if (zone->end < around->begin) Stale(*around, *zone);
    }
  }

  // `spread` was there on both sides of a moment of `between`.
  void Stale(const Cluster& spread, const Cluster& between) {
    verdict_.problems.push_back({RegisterFault::kStale, spread.begins_last, between.begins_last,
                                 spread.ends_first, between.ends_first});
  }

  const std::vector<RegisterAccess>& accesses_;
  std::vector<Cluster> clusters_;
  RegisterVerdict verdict_;
  bool initial_open_ = false;
};

}  // namespace

RegisterVerdict JudgeRegister(const std::vector<RegisterAccess>& accesses,
                              std::optional<std::int64_t> initial) {
  return Zones(accesses, initial).Judge();
}

}  // namespace redrive
