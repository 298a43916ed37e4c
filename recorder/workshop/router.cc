#include "recorder/workshop/router.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/check.h"
#include "recorder/workshop/url.h"

namespace redrive::workshop {
namespace {

constexpr std::size_t kSegmentsMax = 10;

bool IsParameter(std::string_view segment) { return !segment.empty() && segment[0] == '{'; }

// "/a/b/" is {"a", "b"} with a final slash. Returns the number of segments, or kSegmentsMax + 1.
struct SplitPath {
  std::array<std::string_view, kSegmentsMax> segments;
  std::size_t size = 0;
  bool slash = false;
  bool too_long = false;

  explicit SplitPath(std::string_view path) {
    if (!path.empty() && path[0] == '/') path.remove_prefix(1);
    if (!path.empty() && path.back() == '/') {
      slash = true;
      path.remove_suffix(1);
    }
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      if (size == kSegmentsMax) {
        too_long = true;
        return;
      }
      segments[size++] = path.substr(0, end);
      path.remove_prefix(std::min(end + 1, path.size()));
    }
  }
};

// Literal patterns before parameters at the first segment where they differ.
bool MoreLiteral(const Route& a, const Route& b) {
  return std::lexicographical_compare(
      a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
      [](const std::string& x, const std::string& y) { return !IsParameter(x) && IsParameter(y); });
}

bool SamePath(const Route& route, const SplitPath& path) {
  if (route.segments.size() != path.size) return false;
  for (std::size_t i = 1; i < path.size; ++i) {
    if (IsParameter(route.segments[i]) ? path.segments[i].empty()
                                       : route.segments[i] != path.segments[i]) {
      return false;
    }
  }
  return true;
}

void TakeParameters(const Route& route, const SplitPath& path,
                    std::vector<PathParameter>* parameters) {
  for (std::size_t i = 1; i < path.size; ++i) {
    const std::string_view pattern = route.segments[i];
    if (!IsParameter(pattern)) continue;
    parameters->push_back({pattern.substr(1, pattern.size() - 2), PercentDecode(path.segments[i])});
  }
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Guard guard,
                 HandlerFunction handler, Gate gate) {
  const SplitPath split(pattern);
  REDRIVE_CHECK(split.size > 0 && !split.too_long);
  Route route;
  route.method = method;
  route.segments.assign(split.segments.begin(), split.segments.begin() + split.size);
  route.slash = split.slash;
  route.guard = guard;
  route.gate = gate;
  route.handler = handler;
  auto group = std::lower_bound(
      groups_.begin(), groups_.end(), split.segments[0],
      [](const Group& candidate, std::string_view first) { return candidate.first < first; });
  if (group == groups_.end() || group->first != split.segments[0]) {
    group = groups_.insert(group, Group{std::string(split.segments[0]), {}});
  }
  const auto place =
      std::upper_bound(group->routes.begin(), group->routes.end(), route, MoreLiteral);
  group->routes.insert(place, std::move(route));
}

void Router::AddBoth(std::string_view method, std::string_view pattern, Guard guard,
                     HandlerFunction handler, Gate gate) {
  Add(method, pattern, guard, handler, gate);
  Add(method, std::string(pattern) + "/", guard, handler, gate);
}

Match Router::Find(std::string_view method, std::string_view path,
                   std::vector<PathParameter>* parameters) const {
  Match match;
  const SplitPath split(path);
  if (split.size == 0 || split.too_long) return match;
  const Group* const group = GroupOf(split.segments[0]);
  if (group == nullptr) return match;
  match.first_segment_known = true;
  for (const Route& route : group->routes) {
    if (!SamePath(route, split)) continue;
    if (route.slash != split.slash) {
      match.other_slash = true;
      continue;
    }
    if (route.method == method) {
      match.route = &route;
      TakeParameters(route, split, parameters);
      return match;
    }
    match.path_known = true;
  }
  return match;
}

const Router::Group* Router::GroupOf(std::string_view first) const {
  const auto group = std::lower_bound(
      groups_.begin(), groups_.end(), first,
      [](const Group& candidate, std::string_view wanted) { return candidate.first < wanted; });
  return group != groups_.end() && group->first == first ? &*group : nullptr;
}

}  // namespace redrive::workshop
