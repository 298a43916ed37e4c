#include "core/strategy.h"

#include <charconv>

#include "core/check.h"
#include "core/class_estimator.h"
#include "core/strategies.h"

namespace redrive {
namespace {

constexpr std::string_view kSpellings =
    "random, serial, urw, surw, pct:DEPTH (1 to 64), pos, dfs, bounded:PREEMPTIONS, dpor or "
    "estimate";

bool ParseNumber(std::string_view text, std::uint32_t* number) {
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

std::unique_ptr<Strategy> MakePlain(std::string_view name, std::uint64_t seed) {
  if (name == "random") return MakeRandomWalk(seed);
  if (name == "serial") return MakeSerial();
  if (name == "urw") return MakeUrw(seed);
  if (name == "surw") return MakeSurw(seed);
  if (name == "pct") return MakePct(seed, 3);
  if (name == "pos") return MakePos(seed);
  if (name == "dfs") return MakeDepthFirst();
  if (name == "dpor") return MakeDpor();
  if (name == "estimate") return std::make_unique<ClassEstimator>(seed);
  return nullptr;
}

std::unique_ptr<Strategy> MakeNumbered(std::string_view name, std::uint32_t number,
                                       std::uint64_t seed) {
  if (name == "bounded") return MakeBounded(number);
  if (name == "pct" && number >= 1 && number <= 64) return MakePct(seed, number);
  return nullptr;
}

}  // namespace

TaskChoice::TaskChoice(std::span<const ParkedTask> parked, TaskId last) : parked_(parked) {
  REDRIVE_CHECK(!parked.empty());
  const std::size_t index = IndexOfParked(parked, last);
  if (index < parked.size()) current_ = index;
}

const ParkedTask& TaskChoice::at(std::uint32_t value) const {
  if (current_ == kNone) return parked_[value];
  if (value == 0) return parked_[current_];
  return parked_[value <= current_ ? value - 1 : value];
}

std::uint32_t TaskChoice::ValueOf(std::size_t index) const {
  const auto value = static_cast<std::uint32_t>(index);
  if (current_ == kNone || index > current_) return value;
  return index == current_ ? 0 : value + 1;
}

Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec, std::uint64_t seed) {
  const std::size_t colon = spec.find(':');
  const std::string_view head = spec.substr(0, colon);
  std::uint32_t number = 0;
  std::unique_ptr<Strategy> made;
  if (colon == std::string_view::npos) {
    made = MakePlain(head, seed);
  } else if (ParseNumber(spec.substr(colon + 1), &number)) {
    made = MakeNumbered(head, number, seed);
  }
  if (made != nullptr) return made;
  return Error{ErrorCode::kInvalid,
               "unknown strategy '" + std::string(spec) + "': expected " + std::string(kSpellings)};
}

}  // namespace redrive
