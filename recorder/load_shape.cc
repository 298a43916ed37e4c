#include "recorder/load_shape.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

__extension__ using Wide = __int128;
__extension__ using UWide = unsigned __int128;

constexpr std::size_t kStagesMax = 100'000;
constexpr std::uint64_t kUsersMax = 1'000'000;
constexpr int kOneBits = 62;       // results are units of 2^-62
constexpr int kExponentBits = 40;  // exponents are units of 2^-40

Error Invalid(const char* message) { return Error{ErrorCode::kInvalid, message}; }

// e to the power of -y. The C library's exp() differs in its last bits between machines.
std::uint64_t ExpOfMinus(UWide y) {
  constexpr std::uint64_t kOne = std::uint64_t{1} << kOneBits;
  constexpr std::uint64_t kInverseE = 1'696'544'475'317'221'318;  // e^-1
  const UWide whole = y >> kExponentBits;
  if (whole >= 45) return 0;  // less than a unit
  const UWide fraction = y & ((UWide{1} << kExponentBits) - 1);
  Wide sum = 0;
  UWide term = kOne;
  for (unsigned k = 1; term != 0; ++k) {  // the series of e^-fraction; fraction < 1
    sum += k % 2 == 1 ? static_cast<Wide>(term) : -static_cast<Wide>(term);
    term = (term * fraction >> kExponentBits) / k;
  }
  auto result = static_cast<UWide>(sum);
  for (UWide i = 0; i < whole; ++i) result = result * kInverseE >> kOneBits;
  return static_cast<std::uint64_t>(result);
}

// e^-(5 (3t - turn T) / T)^2: Locust's bell around the first or second third of the time.
std::uint64_t Bell(std::uint64_t at_ms, std::uint64_t limit_ms, int turn) {
  const Wide x = static_cast<Wide>(at_ms) * 3 - static_cast<Wide>(limit_ms) * turn;
  const UWide square = static_cast<UWide>(x * x) * 25;
  const UWide limit = limit_ms;
  return ExpOfMinus((square << kExponentBits) / (limit * limit));
}

std::uint32_t WaveUsers(const DoubleWaveShape& shape, std::uint64_t at_ms, std::uint64_t limit_ms) {
  const auto over = [&shape](std::uint32_t peak) {
    return static_cast<Wide>(peak) - static_cast<Wide>(shape.min_users);
  };
  const Wide sum = over(shape.peak_one_users) * Bell(at_ms, limit_ms, 1) +
                   over(shape.peak_two_users) * Bell(at_ms, limit_ms, 2);
  const Wide rounded = (sum + (Wide{1} << (kOneBits - 1))) >> kOneBits;
  const Wide users = rounded + static_cast<Wide>(shape.min_users);
  return static_cast<std::uint32_t>(std::max<Wide>(0, users));
}

std::uint64_t Milliseconds(VirtualTime time) {
  return static_cast<std::uint64_t>(time.count() / 1'000'000);
}

}  // namespace

std::uint32_t DoubleWaveUsers(const DoubleWaveShape& shape, std::uint64_t second,
                              std::uint64_t time_limit) {
  REDRIVE_CHECK(time_limit > 0);
  return WaveUsers(shape, second * 1000, time_limit * 1000);
}

Result<std::vector<Stage>> StagesOfShape(const SpikeShape& shape) {
  const VirtualTime rest = shape.time_limit - shape.spike_at - shape.spike_time;
  if (rest.count() < 0) {
    return Invalid("expected \"spike_at\" and \"spike_time\" to fit into \"time_limit\"");
  }
  std::vector<Stage> stages = {{shape.spike_at, shape.users, shape.spawn_rate_milli},
                               {shape.spike_time, shape.peak_users, shape.spawn_rate_milli}};
  if (rest.count() > 0) stages.push_back({rest, shape.users, shape.spawn_rate_milli});
  return stages;
}

Result<std::vector<Stage>> StagesOfShape(const DoubleWaveShape& shape) {
  const VirtualTime second = std::chrono::seconds(1);
  const std::uint64_t limit_ms = Milliseconds(shape.time_limit);
  if (limit_ms == 0) return Invalid("expected a \"time_limit\" of 1 ms at least");
  if (shape.time_limit > second * static_cast<std::int64_t>(kStagesMax)) {
    return Invalid("expected a \"time_limit\" of 100000 s at most");
  }
  std::vector<Stage> stages;
  std::uint32_t before = 0;
  for (VirtualTime at{0}; at < shape.time_limit; at += second) {
    const std::uint32_t users = WaveUsers(shape, Milliseconds(at), limit_ms);
    const VirtualTime duration = std::min(second, shape.time_limit - at);
    if (!stages.empty() && stages.back().users == users) {
      stages.back().duration += duration;
      continue;
    }
    // All at once, as Locust's tick() asks with its spawn rate.
    const std::uint64_t rate = std::max<std::uint64_t>({users, before, 1});
    stages.push_back({duration, users, rate * 1000});
    before = users;
  }
  return stages;
}

Result<std::vector<Stage>> StagesOfShape(const StepShape& shape) {
  std::vector<Stage> stages;
  std::uint64_t users = 0;
  for (VirtualTime at{0}; at < shape.time_limit; at += shape.step_time) {
    users += shape.step_load;
    if (stages.size() == kStagesMax || users > kUsersMax) {
      return Invalid("more than 100000 steps or 1000000 users: raise \"step_time\"");
    }
    const VirtualTime duration = std::min(shape.step_time, shape.time_limit - at);
    stages.push_back({duration, static_cast<std::uint32_t>(users), shape.spawn_rate_milli});
  }
  return stages;
}

}  // namespace redrive
