#include "core/step_order.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace redrive {

Footprint Footprints::Of(const Access& access) {
  if (!Touches(access)) return {};
  const auto space = spaces_.try_emplace(access.space.hash, wholes_.size()).first->second;
  if (space == wholes_.size()) wholes_.push_back(0);
  const auto [found, is_new] =
      resource_of_.try_emplace(std::pair(space, access.key), resources_ + 1);
  if (is_new) ++resources_;
  if (access.key == 0) wholes_[space] = found->second;
  return {.space = space, .resource = found->second, .mode = access.mode, .whole = access.key == 0};
}

void StepOrder::Push(std::uint32_t task, const Footprint& footprint) {
  Widen(task);
  const auto index = static_cast<std::int32_t>(steps_.size());
  Step step{.footprint = footprint,
            .task = task,
            .previous_of_task = last_of_task_[task],
            .races_begin = races_.size()};
  const bool first = step.previous_of_task == kNone;
  step.ordinal = first ? 1 : steps_[static_cast<std::size_t>(step.previous_of_task)].ordinal + 1;

  const bool opens = std::exchange(epoch_begins_, false) || index == 0;
  step.epoch = opens ? static_cast<std::uint32_t>(index) : steps_.back().epoch;

  clocks_.resize(clocks_.size() + stride_, 0);
  std::uint32_t* const clock = clocks_.data() + static_cast<std::size_t>(index) * stride_;
  InheritClock(step, clock);
  clock[task] = step.ordinal;
  if (footprint.space != 0) {
    last_in_space_.resize(std::max<std::size_t>(last_in_space_.size(), footprint.space + 1), kNone);
    last_on_resource_.resize(
        std::max<std::size_t>(last_on_resource_.size(), footprints_.resources()), kNone);
    JoinDependent(footprint, clock);
    step.previous_in_space = std::exchange(last_in_space_[footprint.space], index);
    step.previous_on_resource = std::exchange(last_on_resource_[footprint.resource], index);
  }
  last_of_task_[task] = index;
  steps_.push_back(step);
}

// What happens before a step whatever it touches: its task's steps, and all earlier epochs.
void StepOrder::InheritClock(const Step& step, std::uint32_t* clock) const {
  const auto own = static_cast<std::size_t>(step.previous_of_task);
  if (step.previous_of_task != kNone && own >= step.epoch) {
    std::copy_n(clocks_.data() + own * stride_, stride_, clock);
  } else if (step.epoch == steps_.size()) {  // it opens its epoch
    for (std::size_t t = 0; t < last_of_task_.size(); ++t) {
      const std::int32_t last = last_of_task_[t];
      clock[t] = last == kNone ? 0 : steps_[static_cast<std::size_t>(last)].ordinal;
    }
  } else {
    const Step& opener = steps_[step.epoch];
    std::copy_n(clocks_.data() + step.epoch * stride_, stride_, clock);
    clock[opener.task] = opener.ordinal - 1;
  }
}

// Goes back through the steps that can be dependent, latest first, and stops at a write that orders
// all earlier ones. Whoever is not yet covered by the clock is in a race with the new step.
void StepOrder::JoinDependent(const Footprint& footprint, std::uint32_t* clock) {
  const auto visit = [&](std::int32_t i) {
    const Step& step = steps_[static_cast<std::size_t>(i)];
    if (!Dependent(step.footprint, footprint)) return false;
    if (clock[step.task] < step.ordinal) {
      races_.push_back(static_cast<std::uint32_t>(i));
      Join(i, clock);
    }
    return step.footprint.mode == Mode::kWrite && (step.footprint.whole || !footprint.whole);
  };
  if (footprint.whole) {
    std::int32_t i = last_in_space_[footprint.space];
    while (i != kNone && !visit(i)) i = steps_[static_cast<std::size_t>(i)].previous_in_space;
    return;
  }
  // Two chains, merged: steps on this resource, and steps on the whole space.
  const std::uint32_t whole = footprints_.WholeOf(footprint.space);
  std::int32_t own = last_on_resource_[footprint.resource];
  std::int32_t all = whole == 0 ? kNone : last_on_resource_[whole];
  while (own != kNone || all != kNone) {
    std::int32_t& latest = own > all ? own : all;
    if (visit(latest)) return;
    latest = steps_[static_cast<std::size_t>(latest)].previous_on_resource;
  }
}

void StepOrder::Join(std::int32_t i, std::uint32_t* clock) {
  const std::uint32_t* const other = clocks_.data() + static_cast<std::size_t>(i) * stride_;
  for (std::size_t t = 0; t < stride_; ++t) clock[t] = std::max(clock[t], other[t]);
}

void StepOrder::Truncate(std::size_t size) {
  while (steps_.size() > size) {
    const Step& step = steps_.back();
    last_of_task_[step.task] = step.previous_of_task;
    if (step.footprint.space != 0) {
      last_in_space_[step.footprint.space] = step.previous_in_space;
      last_on_resource_[step.footprint.resource] = step.previous_on_resource;
    }
    races_.resize(step.races_begin);
    steps_.pop_back();
  }
  clocks_.resize(size * stride_);
}

std::span<const std::uint32_t> StepOrder::RacesOf(std::size_t j) const {
  const std::size_t begin = steps_[j].races_begin;
  const std::size_t end = j + 1 < steps_.size() ? steps_[j + 1].races_begin : races_.size();
  return std::span(races_).subspan(begin, end - begin);
}

void StepOrder::Widen(std::uint32_t task) {
  REDRIVE_CHECK(task < 64);
  if (task >= last_of_task_.size()) last_of_task_.resize(task + 1, kNone);
  if (task < stride_) return;
  std::size_t stride = stride_;
  while (task >= stride) stride *= 2;
  std::vector<std::uint32_t> clocks(steps_.size() * stride, 0);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto from = clocks_.begin() + static_cast<std::ptrdiff_t>(i * stride_);
    std::copy(from, from + static_cast<std::ptrdiff_t>(stride_),
              clocks.begin() + static_cast<std::ptrdiff_t>(i * stride));
  }
  clocks_ = std::move(clocks);
  stride_ = stride;
}

}  // namespace redrive
