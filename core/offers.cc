#include "core/offers.h"

namespace redrive {

bool Offers::Push(const TaskChoice& choice) {
  if (offers_.size() + choice.bound() > kOffersMax) {
    limit_ =
        "the search keeps at most 8,000,000 candidates of one execution: explore fewer requests";
    return false;
  }
  const std::size_t begin = offers_.size();
  for (std::size_t i = 0; i < choice.parked().size(); ++i) {
    const ParkedTask& parked = choice.parked()[i];
    const auto [found, is_new] =
        numbers_.try_emplace(parked.id, static_cast<std::uint32_t>(numbers_.size()));
    if (found->second >= kTasksMax) {
      numbers_.erase(found);
      offers_.resize(begin);
      limit_ = "the search tells at most 64 tasks apart: explore fewer requests at once";
      return false;
    }
    offers_.push_back({.task = found->second,
                       .value = choice.ValueOf(i),
                       .footprint = footprints_.Of(parked.point->access),
                       .print = Print(parked)});
  }
  begins_.push_back(begin);
  return true;
}

void Offers::Truncate(std::size_t size) {
  if (size >= begins_.size()) return;
  offers_.resize(begins_[size]);
  begins_.resize(size);
}

std::span<const Offer> Offers::at(std::size_t point) const {
  const std::size_t end = point + 1 < begins_.size() ? begins_[point + 1] : offers_.size();
  return std::span(offers_).subspan(begins_[point], end - begins_[point]);
}

const Offer* Offers::Find(std::size_t point, std::uint32_t task) const {
  for (const Offer& offer : at(point)) {
    if (offer.task == task) return &offer;
  }
  return nullptr;
}

TaskSet Offers::StillAsleep(std::size_t point, TaskSet asleep, const Offer& step) const {
  if (asleep == 0) return 0;
  TaskSet still = 0;
  for (const Offer& offer : at(point)) {
    if ((asleep & Only(offer.task)) == 0 || offer.task == step.task) continue;
    if (!Dependent(offer.footprint, step.footprint)) still |= Only(offer.task);
  }
  return still;
}

const Offer* Offers::FirstAwake(std::size_t point, TaskSet asleep) const {
  const Offer* first = nullptr;
  for (const Offer& offer : at(point)) {
    if ((asleep & Only(offer.task)) != 0) continue;
    if (first == nullptr || offer.value < first->value) first = &offer;
  }
  return first;
}

std::uint64_t Offers::Print(const ParkedTask& task) {
  const Access& access = task.point->access;
  std::uint64_t print = Scramble(task.point->label.hash ^ task.id);
  print = Scramble(print ^ access.space.hash);
  return Scramble(print ^ access.key ^ (static_cast<std::uint64_t>(access.mode) << 63));
}

}  // namespace redrive
