#include "recorder/workshop/collection.h"

#include <gtest/gtest.h>

#include "recorder/workshop/json_text.h"
#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

class CollectionTest : public testing::Test {
 protected:
  void Insert(std::string_view json) {
    ASSERT_EQ(parts_.InsertNow(ParseJson(json).value), InsertResult::kInserted);
  }
  std::string Ids(const Filter& filter, const FindOptions& options = FindOptions()) {
    std::string ids;
    for (const Value& part : parts_.FindNow(filter, options)) ids += part["part_id"].String();
    return ids;
  }
  void InsertFive() {
    Insert(R"({"part_id":"a","organization_id":"x","n":1,"color":"red"})");
    Insert(R"({"part_id":"b","organization_id":"x","n":2.5})");
    Insert(R"({"part_id":"c","organization_id":"y","n":3,"at":{"bay":7}})");
    Insert(R"({"part_id":"d","organization_id":"x","n":2,"color":null})");
    Insert(R"({"part_id":"e","organization_id":"y","n":"3"})");
  }

  Collection parts_{{.name = "parts", .id_field = "part_id", .indexed = {"organization_id"}},
                    nullptr};
};

TEST_F(CollectionTest, FiltersMeanWhatMongoMeans) {
  InsertFive();
  EXPECT_EQ(Ids(Everything()), "abcde");
  EXPECT_EQ(Ids(Where("organization_id", "x")), "abd");
  EXPECT_EQ(Ids(Where("organization_id", "x").And("n", Op::kGt, 1)), "bd");
  EXPECT_EQ(Ids(Where("n", Op::kGe, 2)), "bcd") << "a string is in no range of numbers";
  EXPECT_EQ(Ids(Where("n", Op::kLt, 3)), "abd");
  EXPECT_EQ(Ids(Where("n", Op::kLe, Decimal::FromHundredths(250))), "abd");
  EXPECT_EQ(Ids(Where("color", nullptr)), "bcde") << "null matches an absent field";
  EXPECT_EQ(Ids(Where("color", Op::kExists, true)), "a");
  EXPECT_EQ(Ids(Where("n", Op::kNe, 1)), "bcde");
  EXPECT_EQ(Ids(Where("n", Op::kIn, Array(1, "3"))), "ae");
  EXPECT_EQ(Ids(Where("n", Op::kNotIn, Array(1, "3"))), "bcd");
  EXPECT_EQ(Ids(Where("at.bay", 7)), "c");
  EXPECT_EQ(Ids(Everything().If([](const Value& part) { return part["n"].Int() == 2; })), "bd");
  EXPECT_EQ(Ids(Where("part_id", "nobody")), "");
}

TEST_F(CollectionTest, SortsSkipsAndLimits) {
  InsertFive();
  EXPECT_EQ(Ids(Where("organization_id", "x"), FindOptions().Descending("n")), "bda");
  EXPECT_EQ(Ids(Everything(), FindOptions().Ascending("organization_id").Limit(2)), "ab");
  EXPECT_EQ(Ids(Everything(), FindOptions().Skip(1).Limit(2)), "bc");
  EXPECT_EQ(Ids(Everything(), FindOptions().Ascending("n").Skip(4)), "e");
  EXPECT_EQ(Ids(Everything(), FindOptions().Skip(9)), "");
  EXPECT_EQ(parts_.CountNow(Where("organization_id", "y")), 2);
  EXPECT_EQ(parts_.SumNow(Where("organization_id", "x"), "n"), Decimal::FromHundredths(550));
}

TEST_F(CollectionTest, UpdatesChangeTheFirstMatchOnly) {
  InsertFive();
  const Value before = parts_.FindOneNow(Where("part_id", "a"));
  const Update update =
      Update().Inc("n", 4).Set("at.bay", 9).Push("log", "moved").Unset("color").Max("top", 5);
  EXPECT_EQ(parts_.UpdateNow(Where("organization_id", "x"), update, 1, Upsert::kNo).matched, 1);
  EXPECT_EQ(
      ToJson(parts_.FindOneNow(Where("part_id", "a"))),
      R"({"part_id":"a","organization_id":"x","n":5,"at":{"bay":9},"log":["moved"],"top":5})");
  EXPECT_EQ(before["n"].Int(), 1) << "a reader's snapshot changed";
  EXPECT_EQ(parts_.FindOneNow(Where("part_id", "b"))["n"], Value(Decimal::FromHundredths(250)));
}

TEST_F(CollectionTest, IndexesFollowChangedFieldsAndDeletions) {
  InsertFive();
  parts_.UpdateNow(Where("part_id", "b"), Update().Set("organization_id", "y"), 1, Upsert::kNo);
  EXPECT_EQ(Ids(Where("organization_id", "x")), "ad");
  EXPECT_EQ(Ids(Where("organization_id", "y")), "bce") << "insertion order is kept";
  EXPECT_EQ(parts_.DeleteNow(Where("organization_id", "y"), 1), 1);
  EXPECT_EQ(Ids(Where("organization_id", "y")), "ce");
  EXPECT_EQ(parts_.DeleteNow(Everything(), SIZE_MAX), 4);
  EXPECT_EQ(parts_.size(), 0U);
  EXPECT_EQ(parts_.CountNow(Where("organization_id", "y")), 0);
  Insert(R"({"part_id":"f","organization_id":"y"})");
  EXPECT_EQ(Ids(Where("organization_id", "y")), "f");
}

TEST_F(CollectionTest, FindAndUpdateReturnsBeforeOrAfterAndUpserts) {
  const Update next = Update().Inc("n", 1).SetOnInsert("made", true);
  const Filter counter = Where("part_id", "counter");
  EXPECT_TRUE(parts_.FindAndUpdateNow(counter, next, Which::kAfter, Upsert::kNo).IsNull());
  EXPECT_EQ(parts_.FindAndUpdateNow(counter, next, Which::kAfter, Upsert::kYes)["n"].Int(), 1);
  EXPECT_EQ(parts_.FindAndUpdateNow(counter, next, Which::kBefore, Upsert::kYes)["n"].Int(), 1);
  EXPECT_EQ(parts_.FindOneNow(counter)["n"].Int(), 2);
  EXPECT_EQ(parts_.size(), 1U);
}

TEST_F(CollectionTest, UniqueIndexesRefuseDuplicatesAndLetEmptyOnesPass) {
  parts_.AddUnique({"serial", "organization_id"});
  Insert(R"({"part_id":"a","organization_id":"x","serial":"s1"})");
  Insert(R"({"part_id":"b","organization_id":"y","serial":"s1"})");
  Insert(R"({"part_id":"c","organization_id":"x","serial":""})");
  Insert(R"({"part_id":"d","organization_id":"x","serial":""})");
  EXPECT_EQ(
      parts_.InsertNow(ParseJson(R"({"part_id":"e","organization_id":"x","serial":"s1"})").value),
      InsertResult::kDuplicateKey);
  EXPECT_EQ(parts_.size(), 4U);
}

TEST_F(CollectionTest, ThousandsAreFoundByTheirIds) {
  for (int i = 0; i < 5'000; ++i) {
    const Value part = Object("part_id", "p" + std::to_string(i), "organization_id", "x", "n", i);
    ASSERT_EQ(parts_.InsertNow(part), InsertResult::kInserted);
  }
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(parts_.FindOneNow(Where("part_id", "p" + std::to_string(i)))["n"].Int(), i);
  }
  EXPECT_EQ(parts_.CountNow(Where("organization_id", "x")), 5'000);
}

// The accesses that a task announces, in order.
class Accesses final : public EventSink {
 public:
  void OnEvent(const Event& event) override {
    if (event.kind != EventKind::kStep) return;
    seen.push_back(std::string(event.label.text) + (event.access.key == 0 ? " all" : " one") +
                   (event.access.mode == Mode::kWrite ? " write" : " read"));
  }
  std::vector<std::string> seen;
};

Task<void> DoAll(Env& env, Collection& parts, Collection& unique) {
  const Value part = Object("part_id", "a", "organization_id", "x", "n", 1);
  (void)co_await parts.InsertOne(env, part);
  const Value found = co_await parts.FindOne(env, Where("part_id", "a"));
  EXPECT_EQ(found["n"].Int(), 1);
  (void)co_await parts.FindOne(env, Where("organization_id", "x"));
  const std::int64_t count = co_await parts.CountDocuments(env, Where("organization_id", "x"));
  EXPECT_EQ(count, 1);
  (void)co_await parts.UpdateOne(env, Where("part_id", "a"), Update().Inc("n", 1));
  (void)co_await parts.UpdateMany(env, Everything(), Update().Inc("n", 1));
  const Value after =
      co_await parts.FindOneAndUpdate(env, Where("part_id", "a").And("n", 3), Update().Inc("n", 1));
  EXPECT_EQ(after["n"].Int(), 4);
  const std::vector<Value> list =
      co_await parts.Find(env, Everything(), FindOptions().Descending("n").Limit(5));
  EXPECT_EQ(list.size(), 1U);
  const Decimal sum = co_await parts.Sum(env, Everything(), "n");
  EXPECT_EQ(sum, Decimal(4));
  (void)co_await parts.DeleteOne(env, Where("part_id", "a"));
  (void)co_await unique.InsertOne(env, part);
}

TEST_F(CollectionTest, EveryOperationIsOneYieldPointWithAnHonestAccess) {
  Collection unique({.name = "serials", .id_field = "part_id", .indexed = {}}, nullptr);
  unique.AddUnique({"serial"});
  std::unique_ptr<Strategy> serial = *MakeStrategy("serial", 1);
  Decider decider(*serial);
  decider.Begin(0);
  Accesses sink;
  SimWorld world(decider, {.sink = &sink});
  Env& env = world.NewTask("all");
  world.Start(env, DoAll(env, parts_, unique));
  EXPECT_EQ(Explore(world, decider, {}), Ending::kDone);
  EXPECT_EQ(sink.seen,
            (std::vector<std::string>{"parts.insert_one one write", "parts.find_one one read",
                                      "parts.find_one all read", "parts.count_documents all read",
                                      "parts.update_one one write", "parts.update_many all write",
                                      "parts.find_one_and_update one write", "parts.find all read",
                                      "parts.aggregate all read", "parts.delete_one one write",
                                      "serials.insert_one all write"}));
}

}  // namespace
}  // namespace redrive::workshop
