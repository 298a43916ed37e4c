#include "replayer/serialisation_graph.h"

#include <algorithm>
#include <deque>
#include <map>
#include <span>
#include <utility>

namespace redrive {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::size_t kStartsMax = 32;

using Edge = std::pair<std::uint32_t, std::uint32_t>;

// Nodes are the requests and, behind them, junctions: a junction stands for all requests that led
// to it so far. Without them a read of a whole space would need an edge from every writer before.
class Builder {
 public:
  explicit Builder(std::uint32_t operations) : nodes_(operations) {}

  void Add(const DataAccess& access) {
    Space& space = spaces_[access.space];
    const std::uint32_t operation = access.operation;
    Follow(space.whole_writer, operation);
    if (access.key == DataAccess::kWholeSpace) {
      Follow(space.key_writers.node, operation);
      if (access.write) {
        Follow(space.key_readers.node, operation);
        Follow(space.whole_readers.node, operation);
        space.whole_writer = operation;
      } else {
        Join(space.whole_readers, operation);
      }
      return;
    }
    Key& key = keys_[{access.space, access.key}];
    Follow(key.writer, operation);
    if (access.write) {
      Follow(key.readers.node, operation);
      Follow(space.whole_readers.node, operation);
      key.writer = operation;
      Join(space.key_writers, operation);
    } else {
      Join(key.readers, operation);
      Join(space.key_readers, operation);
    }
  }

  [[nodiscard]] std::uint32_t nodes() const { return nodes_; }
  [[nodiscard]] std::vector<Edge> TakeEdges() {
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    return std::move(edges_);
  }

 private:
  struct Junction {
    std::uint32_t node = kNone;
    std::uint32_t joined_last = kNone;
  };
  struct Key {
    std::uint32_t writer = kNone;  // the last one
    Junction readers;
  };
  struct Space {
    std::uint32_t whole_writer = kNone;
    Junction key_writers;
    Junction key_readers;
    Junction whole_readers;
  };

  void Follow(std::uint32_t before, std::uint32_t operation) {
    if (before != kNone && before != operation) edges_.emplace_back(before, operation);
  }

  void Join(Junction& junction, std::uint32_t operation) {
    if (junction.joined_last == operation) return;
    const std::uint32_t node = nodes_++;
    edges_.emplace_back(operation, node);
    Follow(junction.node, node);
    junction = {node, operation};
  }

  std::uint32_t nodes_;
  std::vector<Edge> edges_;
  std::map<std::uint32_t, Space> spaces_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Key> keys_;
};

// The targets of each node's edges.
class Adjacency {
 public:
  Adjacency(std::uint32_t nodes, const std::vector<Edge>& edges) : begins_(nodes + 1) {
    for (const Edge& edge : edges) ++begins_[edge.first + 1];
    for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    std::vector<std::size_t> at(begins_.begin(), begins_.end() - 1);
    targets_.resize(edges.size());
    for (const Edge& edge : edges) targets_[at[edge.first]++] = edge.second;
  }
  [[nodiscard]] std::span<const std::uint32_t> Of(std::uint32_t node) const {
    return std::span(targets_).subspan(begins_[node], begins_[node + 1] - begins_[node]);
  }

 private:
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> targets_;
};

// Tarjan's strongly connected components (SIAM J. Computing 1, 1972), with a stack of our own.
class Components {
 public:
  Components(const Adjacency& edges, std::uint32_t nodes)
      : edges_(edges), order_(nodes, kNone), low_(nodes), component_(nodes, kNone) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
      if (order_[node] == kNone) Visit(node);
    }
  }
  [[nodiscard]] std::uint32_t Of(std::uint32_t node) const { return component_[node]; }

 private:
  struct Frame {
    std::uint32_t node;
    std::size_t next;
  };

  void Visit(std::uint32_t root) {
    std::vector<Frame> frames{{root, 0}};
    Open(root);
    while (!frames.empty()) {
      const std::uint32_t node = frames.back().node;
      const auto targets = edges_.Of(node);
      if (frames.back().next == targets.size()) {
        Close(node);
        frames.pop_back();
        if (!frames.empty()) {
          low_[frames.back().node] = std::min(low_[frames.back().node], low_[node]);
        }
        continue;
      }
      const std::uint32_t target = targets[frames.back().next++];
      if (order_[target] == kNone) {
        Open(target);
        frames.push_back({target, 0});
      } else if (component_[target] == kNone) {
        low_[node] = std::min(low_[node], order_[target]);
      }
    }
  }

  void Open(std::uint32_t node) {
    order_[node] = low_[node] = visited_++;
    open_.push_back(node);
  }

  void Close(std::uint32_t node) {
    if (low_[node] != order_[node]) return;
    for (std::uint32_t member = kNone; member != node;) {
      member = open_.back();
      open_.pop_back();
      component_[member] = components_;
    }
    ++components_;
  }

  const Adjacency& edges_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> component_;
  std::vector<std::uint32_t> open_;
  std::uint32_t visited_ = 0;
  std::uint32_t components_ = 0;
};

class CycleFinder {
 public:
  CycleFinder(const std::vector<Edge>& edges, std::uint32_t operations, std::uint32_t nodes)
      : operations_(operations),
        nodes_(nodes),
        forward_(nodes, edges),
        backward_(nodes, Reversed(edges)),
        components_(forward_, nodes) {}

  // The requests of a shortest cycle per component of several requests.
  std::vector<std::vector<std::uint32_t>> Find() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> members;
    for (std::uint32_t i = 0; i < operations_; ++i) members[components_.Of(i)].push_back(i);
    std::vector<std::vector<std::uint32_t>> cycles;
    for (const auto& [component, requests] : members) {
      if (requests.size() < 2) continue;
      std::vector<std::uint32_t> shortest;
      for (std::size_t i = 0; i < std::min(requests.size(), kStartsMax); ++i) {
        std::vector<std::uint32_t> cycle = Through(requests[i]);
        if (shortest.empty() || cycle.size() < shortest.size()) shortest = std::move(cycle);
        if (shortest.size() == 2) break;
      }
      cycles.push_back(std::move(shortest));
    }
    std::sort(cycles.begin(), cycles.end());
    return cycles;
  }

 private:
  static std::vector<Edge> Reversed(const std::vector<Edge>& edges) {
    std::vector<Edge> reversed;
    reversed.reserve(edges.size());
    for (const Edge& edge : edges) reversed.emplace_back(edge.second, edge.first);
    return reversed;
  }

  // The requests from which one hop leads to `request`: through junctions only.
  std::vector<bool> OneHopBefore(std::uint32_t request) const {
    std::vector<bool> seen(nodes_);
    std::vector<std::uint32_t> open{request};
    while (!open.empty()) {
      const std::uint32_t node = open.back();
      open.pop_back();
      for (const std::uint32_t before : backward_.Of(node)) {
        if (seen[before] || components_.Of(before) != components_.Of(request)) continue;
        seen[before] = true;
        if (before >= operations_) open.push_back(before);
      }
    }
    return seen;
  }

  // Breadth first by requests: a step to a junction costs nothing.
  std::vector<std::uint32_t> Through(std::uint32_t request) const {
    const std::vector<bool> closes = OneHopBefore(request);
    std::map<std::uint32_t, std::uint32_t> parent{{request, kNone}};
    std::vector<bool> done(nodes_);
    std::deque<std::uint32_t> open{request};
    while (!open.empty()) {
      const std::uint32_t node = open.front();
      open.pop_front();
      if (done[node]) continue;
      done[node] = true;
      if (node != request && node < operations_ && closes[node]) return PathTo(node, parent);
      for (const std::uint32_t next : forward_.Of(node)) {
        if (done[next] || components_.Of(next) != components_.Of(request)) continue;
        if (!parent.emplace(next, node).second) continue;
        if (next < operations_)
          open.push_back(next);
        else
          open.push_front(next);
      }
    }
    return {};  // not reached: in a component every request stands in a cycle
  }

  [[nodiscard]] std::vector<std::uint32_t> PathTo(
      std::uint32_t node, const std::map<std::uint32_t, std::uint32_t>& parent) const {
    std::vector<std::uint32_t> path;
    for (; node != kNone; node = parent.at(node)) {
      if (node < operations_) path.push_back(node);
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  std::uint32_t operations_;
  std::uint32_t nodes_;
  Adjacency forward_;
  Adjacency backward_;
  Components components_;
};

// The accesses by which `from` and `to` conflict in that order, the first such.
SerialEdge EdgeBetween(const std::vector<DataAccess>& accesses,
                       const std::vector<std::size_t>& from, const std::vector<std::size_t>& to) {
  for (const std::size_t a : from) {
    for (const std::size_t b : to) {
      if (a < b && Conflict(accesses[a], accesses[b])) return {a, b};
    }
  }
  return {};
}

}  // namespace

bool Conflict(const DataAccess& a, const DataAccess& b) {
  if (a.space != b.space || (!a.write && !b.write)) return false;
  return a.key == b.key || a.key == DataAccess::kWholeSpace || b.key == DataAccess::kWholeSpace;
}

std::vector<SerialCycle> FindSerialCycles(const std::vector<DataAccess>& accesses,
                                          std::uint32_t operations) {
  Builder builder(operations);
  for (const DataAccess& access : accesses) builder.Add(access);
  const std::vector<Edge> edges = builder.TakeEdges();
  CycleFinder finder(edges, operations, builder.nodes());
  std::vector<SerialCycle> cycles;
  std::map<std::uint32_t, std::vector<std::size_t>> accesses_of;
  const std::vector<std::vector<std::uint32_t>> found = finder.Find();
  for (const std::vector<std::uint32_t>& requests : found) {
    for (const std::uint32_t request : requests) accesses_of[request];
  }
  if (found.empty()) return cycles;
  for (std::size_t i = 0; i < accesses.size(); ++i) {
    const auto wanted = accesses_of.find(accesses[i].operation);
    if (wanted != accesses_of.end()) wanted->second.push_back(i);
  }
  for (const std::vector<std::uint32_t>& requests : found) {
    SerialCycle cycle;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::uint32_t next = requests[(i + 1) % requests.size()];
      cycle.push_back(EdgeBetween(accesses, accesses_of[requests[i]], accesses_of[next]));
    }
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

}  // namespace redrive
