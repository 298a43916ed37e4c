// The model of docs/CHECKS.md, "A model of your own", compiled and used as it stands there.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "replayer/linearizability.h"

namespace {

// A wallet: it never goes below zero, and every answer shows the balance.
struct Wallet {
  using State = std::int64_t;
  struct Operation {
    std::int64_t by = 0;                  // paid in, or out
    std::optional<std::int64_t> balance;  // as answered; empty: no answer came
    bool operator==(const Operation&) const = default;
  };
  std::vector<State> Initial() const { return {0}; }
  std::optional<State> Apply(const State& state, const Operation& operation) const {
    const State next = state + operation.by;
    if (next < 0 || (operation.balance && *operation.balance != next)) return std::nullopt;
    return next;
  }
};

TEST(OwnModelTest, AWalletThatWasPaidFromTwice) {
  std::vector<redrive::Call<Wallet::Operation>> calls{
      {{1, 2}, {.by = 100, .balance = 100}},
      {{3, 6}, {.by = -80, .balance = 20}},
      {{4, 5}, {.by = -80, .balance = 20}},
  };
  const auto verdict = redrive::CheckLinearizability(Wallet{}, calls);
  EXPECT_EQ(verdict.outcome, redrive::Linearizable::kNo);
  EXPECT_EQ(verdict.stuck, 1U);
  EXPECT_EQ(verdict.state, 20);
  calls.push_back({{2, redrive::kUnanswered}, {.by = 80, .balance = std::nullopt}});
  const auto explained = redrive::CheckLinearizability(Wallet{}, calls);
  EXPECT_EQ(explained.outcome, redrive::Linearizable::kYes);
  EXPECT_EQ(explained.order, (std::vector<std::uint32_t>{0, 2, 3, 1}));
}

}  // namespace
