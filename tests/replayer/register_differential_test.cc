// The register's zones against exhaustive search.
#include "replayer/register_algorithm.h"
#include "tests/replayer/differential.h"

namespace redrive {
namespace {

struct RegisterCase {
  std::vector<RegisterAccess> events;
  std::optional<std::int64_t> initial;
};

std::string Show(const RegisterCase& history) {
  std::ostringstream text;
  text << "initial " << (history.initial ? std::to_string(*history.initial) : "?") << "\n";
  for (const RegisterAccess& access : history.events) {
    text << ShowInterval(access.at) << (access.write ? "write " : "read ") << access.value << "\n";
  }
  return text.str();
}

// A correct register with unique writes; half of the histories have a slip, and a few of those
// write a value twice.
RegisterCase MakeRegister(Rng& rng) {
  RegisterCase history;
  const std::size_t n = 1 + rng.Below(kEventsMax);
  const std::vector<Interval> at = RandomIntervals(rng, n);
  history.events.resize(n);
  std::int64_t value = 0;
  std::int64_t next = 1;
  for (const std::size_t i : RandomOrder(rng, at)) {
    RegisterAccess& access = history.events[i];
    access = {at[i], value, rng.Below(2) == 0};
    if (!access.write) continue;
    access.value = next++;
    const bool unanswered = rng.Below(6) == 0;
    if (unanswered) access.at.end = kUnanswered;
    if (!unanswered || rng.Below(2) == 0) value = access.value;
  }
  if (rng.Below(3) > 0) history.initial = 0;
  if (rng.Below(3) > 0) {
    RegisterAccess& access = history.events[rng.Below(n)];
    if (!access.write || rng.Below(8) == 0) access.value = rng.Between(0, next);
  }
  return history;
}

bool RegisterExists(const RegisterCase& history) {
  SmallOrder order;
  std::vector<std::int64_t> starts{-1};
  for (const RegisterAccess& access : history.events) {
    order.Add(access.at, access.write && access.at.end == kUnanswered);
    starts.push_back(access.value);
  }
  if (history.initial) starts = {*history.initial};
  return std::any_of(starts.begin(), starts.end(), [&](std::int64_t start) {
    return OrderExistsFrom(order, start,
                           [&](std::int64_t state, std::size_t i) -> std::optional<std::int64_t> {
                             const RegisterAccess& access = history.events[i];
                             if (access.write || access.value == state) return access.value;
                             return std::nullopt;
                           });
  });
}

TEST(RegisterDifferentialTest, AgreesWithAllOrders) {
  const Tally tally = CompareAll<RegisterCase>(
      "register", MakeRegister,
      [](const RegisterCase& history) -> std::optional<bool> {
        const RegisterVerdict verdict = JudgeRegister(history.events, history.initial);
        if (verdict.undecided) return std::nullopt;
        return verdict.problems.empty();
      },
      RegisterExists, Show);
  // Values written twice, and slips that an unknown initial value could explain.
  EXPECT_GT(tally.undecided, 0U);
  EXPECT_LT(tally.undecided, HistoriesToTry() / 5);
}

}  // namespace
}  // namespace redrive
