#include "replayer/pick.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "replayer/history.h"

namespace redrive {
namespace {

// How many later requests each one is compared with: those that began soon after it.
constexpr std::size_t kNeighbours = 200;

struct Touch {
  std::string_view space;
  std::string_view resource;
  bool whole = false;
  bool write = false;
};

using Footprint = std::vector<Touch>;

Footprint FootprintOf(const History& history, std::uint64_t operation) {
  Footprint footprint;
  for (const StepRecord* step : history.StepsOf(operation)) {
    if (step->resource.empty()) continue;
    const std::string_view resource = step->resource;
    footprint.push_back(Touch{resource.substr(0, resource.find('/')), resource,
                              resource.ends_with("/*"), step->mode == Mode::kWrite});
  }
  return footprint;
}

bool Meet(const Touch& a, const Touch& b) {
  if ((!a.write && !b.write) || a.space != b.space) return false;
  return a.whole || b.whole || a.resource == b.resource;
}

struct Conflict {
  std::set<std::string> spaces;
  std::string resource;   // of the first meeting, one document if there is one
  bool document = false;  // they meet on one document
  bool possible = false;
};

Conflict ConflictOf(const Footprint& a, const Footprint& b) {
  Conflict conflict;
  std::size_t steps_a = 0;
  std::set<std::size_t> steps_b;
  for (const Touch& mine : a) {
    bool met = false;
    for (std::size_t j = 0; j < b.size(); ++j) {
      if (!Meet(mine, b[j])) continue;
      met = true;
      steps_b.insert(j);
      conflict.spaces.insert(std::string(mine.space));
      const bool document = !mine.whole && !b[j].whole;
      if (conflict.resource.empty() || (document && !conflict.document)) {
        conflict.resource = std::string(mine.whole ? b[j].resource : mine.resource);
      }
      conflict.document = conflict.document || document;
    }
    if (met) ++steps_a;
  }
  conflict.possible = steps_a > 1 || steps_b.size() > 1;
  return conflict;
}

struct Candidate {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  bool document = false;
  std::uint64_t distance = 0;  // events between their begins
  std::string resource;

  [[nodiscard]] bool BetterThan(const Candidate& other) const {
    if (document != other.document) return document;
    if (distance != other.distance) return distance < other.distance;
    return first < other.first;
  }
};

bool InWindow(const Operation& operation, const PickOptions& options) {
  return operation.invoke->phase == Phase::kRun && operation.begin() <= options.last_event &&
         operation.end() >= options.first_event;
}

std::string NamesOf(const History& history, const std::vector<std::uint64_t>& operations) {
  std::vector<std::string> names;
  for (const std::uint64_t operation : operations) {
    names.push_back(history.At(operation).invoke->name);
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " × ") + name;
  return text;
}

// Adds requests of further users that conflict with one of the group, nearest first.
void Grow(const History& history, const std::vector<std::uint64_t>& operations,
          const std::map<std::uint64_t, Footprint>& footprints, std::size_t wanted,
          PickedGroup* group) {
  std::set<std::uint32_t> users;
  for (const std::uint64_t operation : group->operations) {
    users.insert(history.At(operation).invoke->user);
  }
  for (const std::uint64_t operation : operations) {
    if (group->operations.size() >= wanted) break;
    if (operation < group->operations.front()) continue;
    if (users.contains(history.At(operation).invoke->user)) continue;
    const bool meets =
        std::any_of(group->operations.begin(), group->operations.end(), [&](std::uint64_t member) {
          return ConflictOf(footprints.at(member), footprints.at(operation)).possible;
        });
    if (!meets) continue;
    users.insert(history.At(operation).invoke->user);
    group->operations.push_back(operation);
  }
  std::sort(group->operations.begin(), group->operations.end());
}

}  // namespace

std::vector<PickedGroup> PickConflicts(const Trace& trace, const PickOptions& options) {
  const History history(trace);
  const std::vector<std::uint64_t> operations = OperationsInWindow(trace, options);
  std::map<std::uint64_t, Footprint> footprints;
  for (const std::uint64_t operation : operations) {
    footprints[operation] = FootprintOf(history, operation);
  }
  std::map<std::pair<std::string, std::set<std::string>>, Candidate> best;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& a = history.At(operations[i]);
    const std::size_t end = std::min(operations.size(), i + 1 + kNeighbours);
    for (std::size_t j = i + 1; j < end; ++j) {
      const Operation& b = history.At(operations[j]);
      if (a.invoke->user == b.invoke->user) continue;
      Conflict conflict = ConflictOf(footprints[a.id()], footprints[b.id()]);
      if (!conflict.possible) continue;
      const Candidate candidate{a.id(), b.id(), conflict.document, b.begin() - a.begin(),
                                conflict.resource};
      const auto key = std::pair(NamesOf(history, {a.id(), b.id()}), std::move(conflict.spaces));
      const auto [place, added] = best.try_emplace(key, candidate);
      if (!added && candidate.BetterThan(place->second)) place->second = candidate;
    }
  }
  std::vector<PickedGroup> groups;
  for (const auto& [key, candidate] : best) {
    if (groups.size() == options.groups_max) break;
    PickedGroup group{{candidate.first, candidate.second}, {}, candidate.resource};
    if (options.requests > 2) Grow(history, operations, footprints, options.requests, &group);
    group.names = NamesOf(history, group.operations);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<std::uint64_t> OperationsInWindow(const Trace& trace, const PickOptions& options) {
  const History history(trace);
  std::vector<std::uint64_t> operations;
  for (const Operation& operation : history.operations()) {
    if (InWindow(operation, options)) operations.push_back(operation.id());
  }
  return operations;
}

}  // namespace redrive
