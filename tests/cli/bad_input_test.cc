// Wrong input gets one clear line on stderr, the documented exit code, and loses nothing.
#include <gtest/gtest.h>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

struct BadInput {
  const char* command;
  const char* expected;  // in stderr
  int exit_code = 2;
};

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsOneClearLine) {
  const Folder folder;
  (void)folder.Write("empty.redrive", "");
  (void)folder.Write("foreign.redrive",
                     "PK\x03\x04 not a trace, but long enough to hold a header\n");
  (void)folder.Write("typo.json", "{\n  \"name\": \"x\",\n  \"userz\": 3\n}\n");
  (void)folder.Write("broken.json", "{\n  \"name\": \"x\",\n");
  const Finished run = RunLine(folder, GetParam().command);
  EXPECT_EQ(run.exit_code, GetParam().exit_code) << run.out << run.err;
  EXPECT_NE(run.err.find(GetParam().expected), std::string::npos) << run.err;
  EXPECT_EQ(CountOf(run.err, "\n"), 1U) << run.err;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadInputTest,
    testing::Values(BadInput{"redrive rnu", "unknown command 'rnu'; did you mean run?"},
                    BadInput{"redrive run --sed 4", "did you mean --seed?"},
                    BadInput{"redrive run --users 0", "whole number from 1"},
                    BadInput{"redrive run --run-time 5x", "expected a time span"},
                    BadInput{"redrive run --pacing fast", "expected planned or closed"},
                    BadInput{"redrive run --strategy magic", "unknown strategy 'magic'"},
                    BadInput{"redrive run --workshop double_clse", "double_close"},
                    BadInput{"redrive run peak_burst_ful", "did you mean peak_burst_full?"},
                    BadInput{"redrive run typo.json", "typo.json:3: /userz: "},
                    BadInput{"redrive run broken.json", "broken.json:"},
                    BadInput{"redrive run missing.json", "no scenario 'missing.json'"},
                    BadInput{"redrive run --host http://192.0.2.1", "--allow-host"},
                    BadInput{"redrive run --host ftp://127.0.0.1", "ftp"},
                    BadInput{"redrive plan --epoch yesterday", "--epoch 'yesterday'"},
                    BadInput{"redrive check", "TRACE"},
                    BadInput{"redrive check missing.redrive", "missing.redrive"},
                    BadInput{"redrive check empty.redrive", "empty.redrive"},
                    BadInput{"redrive show foreign.redrive", "foreign.redrive"},
                    BadInput{"redrive replay foreign.redrive", "foreign.redrive"},
                    BadInput{"redrive diff empty.redrive foreign.redrive", "empty.redrive"},
                    BadInput{"redrive workshop --listen nonsense", "nonsense"}));

TEST(BadTargetTest, ARefusedConnectionIsNeverAPass) {
  const Folder folder;
  const Finished run =
      RunLine(folder, "redrive run normal_operations -u 1 -t 1s --host http://127.0.0.1:9");
  EXPECT_EQ(run.exit_code, 3) << run.out << run.err;
  EXPECT_NE(run.out.find("connect 127.0.0.1:9: "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("nothing was tested"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace redrive
