// Lists and counts that are kept up to date with each change, against ones worked out from scratch.
#include <algorithm>

#include "core/rng.h"
#include "recorder/workshop/json_text.h"
#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

constexpr std::uint64_t kSeed = 20260105;

class Tickets {
 public:
  // Times mostly rise, as under load; sometimes they repeat, and rarely they fall.
  enum class Times : std::uint8_t { kRise, kFallToo };
  void Change(Rng& rng, Times times) {
    const std::uint64_t kind = rng.Below(20);
    const std::string id = "t" + std::to_string(rng.Below(static_cast<std::uint64_t>(next_) + 1));
    if (kind < 15) {
      time_ += static_cast<std::int64_t>(rng.Below(2));
      if (times == Times::kFallToo && rng.Below(100) == 0) time_ -= 3;
      const Value ticket = Object("id", "t" + std::to_string(next_), "customer", Group(rng),
                                  "status", Status(rng), "created_at", time_);
      ++next_;
      ASSERT_EQ(tickets.InsertNow(ticket), InsertResult::kInserted);
    } else if (kind < 18) {
      const Update update = Update().Set("status", Status(rng)).Set("customer", Group(rng));
      (void)tickets.UpdateNow(Where("id", id), update, 1, Upsert::kNo);
    } else if (kind < 19 || times == Times::kRise) {
      (void)tickets.DeleteNow(Where("id", id), 1);
    } else {
      const Update moved = Update().Set("created_at", time_ - 5);
      (void)tickets.UpdateNow(Where("id", id), moved, 1, Upsert::kNo);
    }
  }
  // A list and a count as handlers ask for them.
  void Compare(Rng& rng) const {
    Filter filter = Where("customer", Group(rng));
    if (rng.Below(3) > 0) filter.And("status", Status(rng));
    if (rng.Below(3) == 0) filter.And("created_at", Op::kGe, 2);
    const std::size_t skip = rng.Below(3) * 5;
    const std::size_t limit = 1 + rng.Below(12);
    FindOptions options = FindOptions().Descending("created_at").Skip(skip).Limit(limit);
    const bool second = rng.Below(2) == 0;
    if (second) options.Descending("id");

    std::vector<Value> expected;
    for (const Value& ticket : tickets.FindNow(Everything(), FindOptions())) {
      if (filter.Matches(ticket)) expected.push_back(ticket);
    }
    EXPECT_EQ(tickets.CountNow(filter), static_cast<std::int64_t>(expected.size()));
    std::stable_sort(expected.begin(), expected.end(), [&](const Value& a, const Value& b) {
      const int order = Value::Compare(a["created_at"], b["created_at"]);
      return order != 0 ? order > 0 : second && Value::Compare(a["id"], b["id"]) > 0;
    });
    expected.erase(expected.begin(),
                   expected.begin() + static_cast<std::ptrdiff_t>(std::min(skip, expected.size())));
    if (expected.size() > limit) expected.resize(limit);
    const std::vector<Value> found = tickets.FindNow(filter, options);
    EXPECT_EQ(ToJson(Value::ArrayOf(found)), ToJson(Value::ArrayOf(expected)));
  }
  Collection tickets{{.name = "tickets", .id_field = "id", .indexed = {"customer"}}, nullptr};

 private:
  static std::string Group(Rng& rng) { return rng.Below(4) == 0 ? "c1" : "c0"; }
  static std::string Status(Rng& rng) { return rng.Below(2) == 0 ? "open" : "closed"; }
  std::int64_t next_ = 0;
  std::int64_t time_ = 0;
};

TEST(CollectionFindTest, KeptAnswersEqualFreshOnes) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    Rng rng = Rng(kSeed).Split(round);
    // Where no time falls, the lists stay fast to the end.
    const Tickets::Times times = round % 2 == 0 ? Tickets::Times::kRise : Tickets::Times::kFallToo;
    Tickets store;
    for (int i = 0; i < 300; ++i) {
      store.Change(rng, times);
      if (i % 3 == 0) store.Compare(rng);
    }
    store.tickets.Mark();
    for (int mark = 0; mark < 4; ++mark) {
      for (int i = 0; i < 40; ++i) {
        store.Change(rng, times);
        store.Compare(rng);
      }
      store.tickets.Rollback();
      store.Compare(rng);
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace redrive::workshop
