// Three bugs of depth 3: each needs two preemptions at the right places, among steps that do not
// matter. How many executions every strategy needs is a golden table; a strategy that gets worse
// shows in the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

constexpr std::uint64_t kExecutionsMax = 20'000;
constexpr const char* kStrategies[] = {"dfs",   "random", "urw",       "surw",
                                       "pct:3", "pos",    "bounded:2", "dpor"};

struct Shared {
  int x = 0;
  int y = 0;
  bool bug = false;
};

Task<void> Idle(Env& env, int steps) {
  const Access own(Label("idle"), env.id() + 1, Mode::kWrite);
  for (int i = 0; i < steps; ++i) {
    co_await env.Yield("idle", own);
  }
}

// Stops before touching x (key 1) or y (key 2).
[[nodiscard]] auto Touch(Env& env, std::uint64_t key, Mode mode) {
  const Access access(kCounters, key, mode);
  return env.Yield("touch", access);
}

// Torn handshake: the reader must see x written but not y, and later y. Order: x, read, y, read.
Task<void> HandshakeWriter(Env& env, Shared& shared) {
  co_await Idle(env, 12);
  co_await Touch(env, 1, Mode::kWrite);
  shared.x = 1;
  co_await Touch(env, 2, Mode::kWrite);
  shared.y = 1;
  co_await Idle(env, 3);
}

Task<void> HandshakeReader(Env& env, Shared& shared) {
  co_await Idle(env, 3);
  co_await Touch(env, 1, Mode::kRead);
  const int x = shared.x;
  co_await Touch(env, 2, Mode::kRead);
  const int before = shared.y;
  co_await Touch(env, 2, Mode::kRead);
  if (x == 1 && before == 0 && shared.y == 1) shared.bug = true;
  co_await Idle(env, 12);
}

// Double window: x is set for a moment; who meets it sets y for a moment; who meets both fails.
Task<void> OuterWindow(Env& env, Shared& shared) {
  co_await Idle(env, 3);
  co_await Touch(env, 1, Mode::kWrite);
  shared.x = 1;
  co_await Touch(env, 1, Mode::kWrite);
  shared.x = 0;
  co_await Idle(env, 3);
}

Task<void> InnerWindow(Env& env, Shared& shared) {
  co_await Idle(env, 2);
  co_await Touch(env, 1, Mode::kRead);
  const int x = shared.x;
  co_await Touch(env, 2, Mode::kWrite);
  shared.y = x;
  co_await Touch(env, 2, Mode::kWrite);
  shared.y = 0;
  co_await Idle(env, 2);
}

Task<void> Witness(Env& env, Shared& shared) {
  co_await Idle(env, 2);
  co_await Touch(env, 2, Mode::kRead);
  const int y = shared.y;
  co_await Touch(env, 1, Mode::kRead);
  if (y == 1 && shared.x == 1) shared.bug = true;
}

// Three increments, and every one of them has read zero: all read before any writes.
Task<void> Increment(Env& env, Shared& shared) {
  co_await Idle(env, 2 + 6 * static_cast<int>(env.id()));
  co_await Touch(env, 1, Mode::kRead);
  const int seen = shared.x;
  co_await Touch(env, 1, Mode::kWrite);
  shared.x = seen + 1;
  if (seen == 0 && ++shared.y == 3) shared.bug = true;
  co_await Idle(env, 14 - 6 * static_cast<int>(env.id()));
}

using Run = std::function<void(SimWorld&, Shared&)>;

template <typename... Bodies>
Run Together(Bodies... bodies) {
  return [=](SimWorld& world, Shared& shared) {
    const auto start = [&](auto body) {
      Env& env = world.NewTask("task");
      world.Start(env, body(env, shared));
    };
    (start(bodies), ...);
  };
}

struct HardBug {
  const char* name;
  Run run;
};

std::vector<HardBug> HardBugs() {
  return {{"double_window", Together(OuterWindow, InnerWindow, Witness)},
          {"torn_handshake", Together(HandshakeWriter, HandshakeReader)},
          {"three_read_zero", Together(Increment, Increment, Increment)}};
}

// "3", or why not: "none of 20000", "none of all 17". Abandoned executions count.
std::string ExecutionsToFind(const HardBug& bug, std::string_view spec) {
  const auto strategy = MakeStrategy(spec, 42).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  for (std::uint64_t n = 0; n < kExecutionsMax; ++n) {
    if (!decider.Begin(n)) return "none of all " + std::to_string(n);
    world.Reset();
    Shared shared;
    bug.run(world, shared);
    Explore(world, decider, {});
    if (shared.bug) return std::to_string(n + 1);
  }
  return "none of " + std::to_string(kExecutionsMax);
}

TEST(HardBugsTest, ExecutionsToFindAreGolden) {
  std::string table = "# executions until the bug shows, seed 42\n";
  for (const HardBug& bug : HardBugs()) {
    table += std::string(bug.name) + ":";
    for (const char* spec : kStrategies) {
      table += " " + std::string(spec) + " = " + ExecutionsToFind(bug, spec) + ";";
    }
    table += "\n";
  }
  const std::string path = std::string(REDRIVE_SOURCE_DIR) + "/tests/core/hard_bugs.golden";
  if (std::getenv("REDRIVE_UPDATE_GOLDEN")) std::ofstream(path) << table;
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(table, golden.str()) << "to accept: REDRIVE_UPDATE_GOLDEN=1";
}

TEST(HardBugsTest, OnePreemptionIsNotEnoughTwoAre) {
  for (const HardBug& bug : HardBugs()) {
    EXPECT_EQ(ExecutionsToFind(bug, "bounded:1").substr(0, 11), "none of all") << bug.name;
    EXPECT_EQ(ExecutionsToFind(bug, "bounded:2").find("none"), std::string::npos) << bug.name;
  }
}

}  // namespace
}  // namespace redrive
