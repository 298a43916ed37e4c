#include "cli/spec_flags.h"

#include <gtest/gtest.h>

#include "cli/command.h"

namespace redrive {
namespace {

TEST(SpecFlagsTest, EpochIsADateOrSeconds) {
  EXPECT_EQ(*ParseEpoch("2026-01-05T04:30:00Z"), kDefaultEpochSeconds);
  EXPECT_EQ(*ParseEpoch("1970-01-01"), 0);
  EXPECT_EQ(*ParseEpoch("2024-02-29"), 1709164800);
  EXPECT_EQ(*ParseEpoch("1767587400"), kDefaultEpochSeconds);
  for (const char* bad : {"", "today", "2026-13-01", "2026-01-05T04:30", "2026-01-05 04:30:00Z",
                          "2026-01-05T04:30:00+01", "1969-01-01", "2026-1", "-5"}) {
    EXPECT_TRUE(ParseEpoch(bad).has_error()) << bad;
  }
}

TEST(SpecFlagsTest, TheCommandLineHoldsWhatDiffers) {
  RunSpec spec;
  spec.scenario_name = "peak_burst_full";
  spec.workshop = "";  // as the scenario says
  EXPECT_EQ(RunCommandLine(spec, ""), "redrive run peak_burst_full --seed=42");
  spec.workshop = "as-is";  // said, since the scenario may say otherwise
  EXPECT_EQ(RunCommandLine(spec, ""), "redrive run peak_burst_full --seed=42 --workshop=as-is");
  spec.user_classes = {"EFIUser"};
  spec.users = 3;
  spec.spawn_rate_milli = 500;
  spec.run_time_ns = 90'000'000'000;
  spec.pacing = "closed";
  spec.workshop = "double_close,double_reverse";
  spec.strategy = "pct:3";
  spec.epoch_seconds = 0;
  spec.tags = {"read"};
  EXPECT_EQ(RunCommandLine(spec, "http://127.0.0.1:8001"),
            "redrive run peak_burst_full EFIUser --seed=42 --users=3 --spawn-rate=0.500 "
            "--run-time=90s --pacing=closed --workshop=double_close,double_reverse "
            "--strategy=pct:3 --epoch=0 --tags=read --host=http://127.0.0.1:8001");
}

TEST(SpecFlagsTest, ShellCommandQuotesWhatAShellWouldTouch) {
  EXPECT_EQ(ShellCommand({"run", "a b", "it's", "$HOME", ""}),
            "redrive run 'a b' 'it'\\''s' '$HOME' ''");
}

}  // namespace
}  // namespace redrive
