// One digest over many executions of the bare world, equal to the golden on every compiler, at
// every optimisation level and under sanitizers. `./dev matrix` builds this in each configuration.
#include <gtest/gtest.h>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

// Draws, sleeps and yields on several resources, so that every door of Env is in the digest.
Task<void> Wanderer(Env& env, Counter& counter) {
  const std::uint32_t rounds = env.Draw("rounds", 4);
  for (std::uint32_t i = 0; i <= rounds; ++i) {
    const std::uint32_t pause = env.Draw("pause", 1'000);
    const VirtualTime duration(pause);
    co_await env.Sleep(duration);
    const std::uint32_t key = env.Draw("key", 3);
    const Access write(kCounters, key + 1, Mode::kWrite);
    co_await env.Yield("counter.write", write);
    counter.value = counter.value * 31 + static_cast<int>(env.id()) % 7;
    counter.value %= 1'000'003;
    env.Emit(EventKind::kNote, "value", static_cast<std::uint64_t>(counter.value));
  }
}

std::uint64_t CampaignDigest(const char* spec, std::uint64_t seed, int executions) {
  const auto strategy = MakeStrategy(spec, seed).value();
  Decider decider(*strategy);
  SimWorld world(decider, {.step_time = VirtualTime(300)});
  Digest digest;
  for (int execution = 0; execution < executions; ++execution) {
    if (!decider.Begin(static_cast<std::uint64_t>(execution))) break;
    world.Reset();
    Counter counter;
    for (int i = 0; i < 5; ++i) {
      Env& env = world.NewTask("wanderer");
      world.Start(env, Wanderer(env, counter), VirtualTime(i * 100));
    }
    digest.Add(static_cast<std::uint64_t>(Explore(world, decider, {})));
    digest.Add(world.digest());
    digest.Add(static_cast<std::uint64_t>(counter.value));
  }
  return digest.value();
}

TEST(CoreDigestTest, EqualsTheGoldenEverywhere) {
  EXPECT_EQ(ToHex(CampaignDigest("random", 42, 10'000)), "45744f55077ced3d");
  EXPECT_EQ(ToHex(CampaignDigest("pct:3", 42, 10'000)), "fee50c416b62837c");
  EXPECT_EQ(ToHex(CampaignDigest("bounded:2", 42, 10'000)), "74aefa9fae72ec97");
  EXPECT_EQ(ToHex(CampaignDigest("urw", 42, 10'000)), "5539fcdcb204e7b4");
  EXPECT_EQ(ToHex(CampaignDigest("surw", 42, 10'000)), "a3b182e859b45b6f");
  EXPECT_EQ(ToHex(CampaignDigest("pos", 42, 10'000)), "ea97795ad0b83ec8");
  EXPECT_EQ(ToHex(CampaignDigest("dpor", 42, 10'000)), "74aefa9fae72ec97");
  EXPECT_EQ(ToHex(CampaignDigest("estimate", 42, 10'000)), "d2118635bc2f6eef");
}

TEST(CoreDigestTest, DiffersWithTheSeed) {
  EXPECT_NE(CampaignDigest("random", 1, 10), CampaignDigest("random", 2, 10));
}

TEST(CoreDigestTest, TwiceInOneProcessIsTheSame) {
  EXPECT_EQ(CampaignDigest("random", 7, 500), CampaignDigest("random", 7, 500));
  EXPECT_EQ(CampaignDigest("pct:2", 7, 500), CampaignDigest("pct:2", 7, 500));
}

}  // namespace
}  // namespace redrive
