// Finds the data operations that open and close the window of a race between two requests.
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "replayer/judgement.h"

namespace redrive {
namespace {

using Steps = std::span<const StepRecord* const>;

constexpr std::size_t kStepsMax = 2'000;  // per request; longer ones are looked at up to here

std::string_view SpaceOf(std::string_view resource) {
  return resource.substr(0, resource.find('/'));
}

bool IsWhole(std::string_view resource) {
  return resource.find('/') == std::string_view::npos || resource.ends_with("/*");
}

// Whether two accesses reach the same data, going by what the trace keeps of them.
bool Meet(const StepRecord& a, const StepRecord& b) {
  if (a.resource.empty() || SpaceOf(a.resource) != SpaceOf(b.resource)) return false;
  return a.resource == b.resource || IsWhole(a.resource) || IsWhole(b.resource);
}

bool IsWrite(const StepRecord& step) { return step.mode == Mode::kWrite; }

// `reader` looks, `other` writes what was looked at, `reader` writes on what it saw.
struct Window {
  const StepRecord* look = nullptr;
  const StepRecord* other_look = nullptr;  // may be null
  const StepRecord* other_write = nullptr;
  const StepRecord* write = nullptr;

  // The classical lost update, both having looked before either wrote, tells the story best; then
  // the window that opens first.
  [[nodiscard]] bool BetterThan(const Window& o) const {
    if (Both() != o.Both()) return Both();
    if (look->sequence != o.look->sequence) return look->sequence < o.look->sequence;
    return write->sequence < o.write->sequence;
  }
  [[nodiscard]] bool Both() const {
    return other_look && other_look->sequence < write->sequence &&
           other_look->sequence < other_write->sequence;
  }
};

std::optional<Window> StaleLook(Steps reader, Steps other, std::string_view space) {
  std::optional<Window> best;
  for (const StepRecord* look : reader) {
    if (IsWrite(*look) || (!space.empty() && SpaceOf(look->resource) != space)) continue;
    const auto writes_seen = [&](const StepRecord* step) {
      return IsWrite(*step) && step->sequence > look->sequence && Meet(*step, *look);
    };
    const auto hit = std::find_if(other.begin(), other.end(), writes_seen);
    const auto own = std::find_if(reader.begin(), reader.end(), writes_seen);
    if (hit == other.end() || own == reader.end() || (*hit)->sequence > (*own)->sequence) continue;
    Window window{.look = look, .other_look = nullptr, .other_write = *hit, .write = *own};
    for (const StepRecord* step : other) {
      if (step->sequence >= (*hit)->sequence) break;
      if (!IsWrite(*step) && Meet(*step, **hit) && Meet(*step, **own)) window.other_look = step;
    }
    if (!best || window.BetterThan(*best)) best = window;
  }
  return best;
}

}  // namespace

std::vector<WindowStep> FindWindow(const History& history, std::uint64_t a, std::uint64_t b,
                                   std::string_view space) {
  const auto limited = [&](std::uint64_t operation) {
    const Steps steps = history.StepsOf(operation);
    return steps.first(std::min(steps.size(), kStepsMax));
  };
  const Steps steps_a = limited(a);
  const Steps steps_b = limited(b);
  std::optional<Window> best = StaleLook(steps_a, steps_b, space);
  const std::optional<Window> mirrored = StaleLook(steps_b, steps_a, space);
  if (mirrored && (!best || mirrored->BetterThan(*best))) best = mirrored;
  if (!best) return {};
  std::vector<const StepRecord*> chosen{best->look, best->other_write, best->write};
  if (best->other_look) chosen.push_back(best->other_look);
  std::sort(chosen.begin(), chosen.end(),
            [](const StepRecord* x, const StepRecord* y) { return x->sequence < y->sequence; });
  std::vector<WindowStep> window;
  for (const StepRecord* step : chosen) {
    window.push_back({step->operation, step->sequence, step->label, step->resource, step->mode});
  }
  return window;
}

}  // namespace redrive
