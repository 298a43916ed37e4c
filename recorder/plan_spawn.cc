#include "recorder/plan_spawn.h"

#include <algorithm>

#include "recorder/plan.h"

namespace redrive {
namespace {

__extension__ using Wide = unsigned __int128;

// Locust's choice of the next class: those with a fixed count while one of them lacks users, then
// by weight. Whoever of the former has stopped is missed at once, as in dispatch.py.
class Dispatcher {
 public:
  // REQUIRES: at most `capacity` calls of Next.
  Dispatcher(const std::vector<UserClass>& classes, std::size_t capacity)
      : classes_(classes), active_(classes.size(), 0) {
    std::vector<UserClass> fixed(classes.size());
    std::vector<UserClass> weighted(classes.size());
    std::size_t fixed_users = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const bool is_fixed = classes[i].fixed_count > 0;
      fixed[i].fixed_count = classes[i].fixed_count;
      fixed[i].weight = 0;
      weighted[i].weight = is_fixed ? 0 : classes[i].weight;
      fixed_users += classes[i].fixed_count;
    }
    fixed_ = DispatchOrder(fixed, std::min(fixed_users, capacity));
    weighted_ = DispatchOrder(weighted, capacity);
  }

  // False: there is no class for one more user.
  bool Next(std::size_t* user_class) {
    for (; fixed_next_ < fixed_.size(); ++fixed_next_) {
      const std::size_t index = fixed_[fixed_next_];
      if (active_[index] == classes_[index].fixed_count) continue;
      *user_class = index;
      ++active_[index];
      return true;
    }
    if (weighted_next_ == weighted_.size()) return false;
    *user_class = weighted_[weighted_next_++];
    ++active_[*user_class];
    return true;
  }

  void Stopped(std::size_t user_class) {
    --active_[user_class];
    fixed_next_ = 0;
  }

 private:
  const std::vector<UserClass>& classes_;
  std::vector<std::uint64_t> active_;
  std::vector<std::size_t> fixed_;
  std::vector<std::size_t> weighted_;
  std::size_t fixed_next_ = 0;
  std::size_t weighted_next_ = 0;
};

// Users that stages can start at most: every rise of the target.
std::uint64_t RisesOf(const std::vector<Stage>& stages) {
  std::uint64_t rises = 0;
  std::uint64_t before = 0;
  for (const Stage& stage : stages) {
    if (stage.users > before) rises += stage.users - before;
    before = stage.users;
  }
  return rises;
}

// -ln(u / 2^32) in units of 2^-16, by repeated squaring: equal on every machine. REQUIRES: 0 < u <=
// 2^32.
std::uint64_t MinusLog(std::uint64_t u) {
  constexpr int kBits = 32;
  constexpr std::uint64_t kLogOfTwo = 2'977'044'471;  // ln 2 in units of 2^-32
  std::uint64_t log2 = 0;                             // of u, in units of 2^-32
  int top = 0;
  while (top < 32 && u >> (top + 1) != 0) ++top;
  Wide mantissa = static_cast<Wide>(u) << (62 - top);  // [1, 2) in units of 2^-62
  log2 = static_cast<std::uint64_t>(top);
  for (int bit = 0; bit < kBits; ++bit) {
    mantissa = mantissa * mantissa >> 62;
    log2 <<= 1;
    if (mantissa >= Wide{2} << 62) {
      mantissa >>= 1;
      log2 |= 1;
    }
  }
  const Wide below = (Wide{32} << kBits) - log2;
  return static_cast<std::uint64_t>(below * kLogOfTwo >> 48);
}

// The area under the rate, counted in arrivals. Times are whole microseconds. With rates in
// thousandths and P the time that they are about, the area up to t within a stage of length D that
// began at rate r is
//   (area before) + (2 r D t + (r' - r) t^2) / (2000 P D)
// and is compared without dividing.
class RateCurve {
 public:
  explicit RateCurve(const Arrivals& arrivals)
      : arrivals_(arrivals), rate_(arrivals.rate_milli), unit_(2'000 * Micros(arrivals.per)) {}

  // When the area reaches `target` (units of 2^-16); false: not before the end. `target` must not
  // go down from call to call.
  bool Reach(std::uint64_t target, VirtualTime* at) {
    for (; stage_ < arrivals_.stages.size(); ++stage_) {
      const Arrivals::Stage& stage = arrivals_.stages[stage_];
      const std::uint64_t length = Micros(stage.duration);
      // The stage ends before its last instant: what is reached there belongs to the next one.
      if (length > 0 && Reached(stage, length - 1, target)) {
        std::uint64_t first = 0;
        std::uint64_t last = length - 1;
        while (first < last) {
          const std::uint64_t middle = first + (last - first) / 2;
          if (Reached(stage, middle, target)) {
            last = middle;
          } else {
            first = middle + 1;
          }
        }
        *at = std::chrono::microseconds(begun_ + first);
        return true;
      }
      before_ += static_cast<Wide>(rate_ + stage.rate_milli) * length;
      begun_ += length;
      rate_ = stage.rate_milli;
    }
    return false;
  }

 private:
  static std::uint64_t Micros(VirtualTime time) {
    return static_cast<std::uint64_t>(time.count() / 1'000);
  }

  [[nodiscard]] bool Reached(const Arrivals::Stage& stage, std::uint64_t at,
                             std::uint64_t target) const {
    const Wide length = Micros(stage.duration);
    const Wide rise = stage.rate_milli >= rate_ ? stage.rate_milli - rate_ : 0;
    const Wide fall = stage.rate_milli < rate_ ? rate_ - stage.rate_milli : 0;
    const Wide square = static_cast<Wide>(at) * at;
    const Wide area =
        before_ * length + 2 * Wide{rate_} * length * at + rise * square - fall * square;
    // Both sides without the fraction first: the exact comparison would not fit for huge areas.
    const Wide scale = Wide{unit_} * length;
    const Wide whole = area / scale;
    const std::uint64_t wanted = target >> 16;
    if (whole != wanted) return whole > wanted;
    return ((area % scale) << 16) >= scale * (target & 0xffff);
  }

  const Arrivals& arrivals_;
  std::size_t stage_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t rate_;
  std::uint64_t unit_;
  Wide before_ = 0;  // of the stages that are over, times `unit_`
};

}  // namespace

Result<std::vector<Spawn>> SpawnStages(const std::vector<Stage>& stages,
                                       const std::vector<UserClass>& classes, VirtualTime end,
                                       std::uint64_t users_max) {
  const std::uint64_t rises = RisesOf(stages);
  if (rises > users_max) {
    return Error{ErrorCode::kLimit,
                 "more than " + std::to_string(users_max) + " users, in all stages together"};
  }
  std::vector<Spawn> users;
  std::vector<std::size_t> active;
  Dispatcher dispatcher(classes, static_cast<std::size_t>(rises));
  VirtualTime begin{0};
  for (const Stage& stage : stages) {
    const std::uint64_t batch = std::max<std::uint64_t>(1, stage.spawn_rate_milli / 1000);
    const VirtualTime interval(
        static_cast<std::int64_t>(batch * 1'000'000'000'000 / stage.spawn_rate_milli));
    const VirtualTime until =
        stage.duration == VirtualTime::max() ? stage.duration : begin + stage.duration;
    bool none_left = false;
    for (VirtualTime at = begin; at < until && active.size() != stage.users && !none_left;
         at += interval) {
      for (std::uint64_t i = 0; i < batch && active.size() < stage.users; ++i) {
        std::size_t user_class = 0;
        none_left = !dispatcher.Next(&user_class);
        if (none_left) break;
        active.push_back(users.size());
        users.push_back(Spawn{user_class, at, end});
      }
      for (std::uint64_t i = 0; i < batch && active.size() > stage.users; ++i) {
        users[active.back()].stop = at;
        dispatcher.Stopped(users[active.back()].user_class);
        active.pop_back();
      }
    }
    begin = until;
  }
  return users;
}

VirtualTime DurationOf(const Arrivals& arrivals) {
  VirtualTime total{0};
  for (const Arrivals::Stage& stage : arrivals.stages) total += stage.duration;
  return total;
}

Result<std::vector<Spawn>> SpawnArrivals(const Arrivals& arrivals,
                                         const std::vector<UserClass>& classes, VirtualTime end,
                                         std::uint64_t users_max, const Rng& rng) {
  std::vector<Spawn> users;
  RateCurve curve(arrivals);
  std::uint64_t target = 0;  // units of 2^-16
  VirtualTime at{0};
  for (std::uint64_t number = 0;; ++number) {
    if (arrivals.poisson) {
      Rng draws = rng.Split(number);
      const std::uint64_t draw = draws.Next() >> 32;
      target += MinusLog(draw + 1);
    }
    if (!curve.Reach(target, &at) || at >= end) break;
    if (number == users_max) {
      return Error{ErrorCode::kLimit, "more than " + std::to_string(users_max) +
                                          " arrivals: lower the rate or the duration"};
    }
    users.push_back(Spawn{0, at, VirtualTime::max()});
    if (!arrivals.poisson) target += std::uint64_t{1} << 16;
  }
  const std::vector<std::size_t> order = DispatchOrder(classes, users.size());
  users.resize(order.size());
  for (std::size_t i = 0; i < users.size(); ++i) users[i].user_class = order[i];
  return users;
}

std::vector<std::uint32_t> DealIterations(std::uint64_t iterations,
                                          const std::vector<std::uint32_t>& limits) {
  std::vector<std::uint32_t> dealt(limits.size(), 0);
  while (iterations > 0) {
    const auto open = [&](std::size_t i) { return limits[i] == 0 || dealt[i] < limits[i]; };
    std::uint64_t takers = 0;
    for (std::size_t i = 0; i < limits.size(); ++i) takers += open(i) ? 1 : 0;
    if (takers == 0) break;
    // As many rounds at once as all of them may take part in.
    const std::uint64_t rounds = std::max<std::uint64_t>(1, iterations / takers);
    for (std::size_t i = 0; i < limits.size() && iterations > 0; ++i) {
      if (!open(i)) continue;
      const std::uint64_t room = limits[i] == 0 ? rounds : limits[i] - dealt[i];
      const std::uint64_t taken = std::min({rounds, room, iterations});
      dealt[i] += static_cast<std::uint32_t>(taken);
      iterations -= taken;
    }
  }
  while (!dealt.empty() && dealt.back() == 0) dealt.pop_back();
  return dealt;
}

}  // namespace redrive
