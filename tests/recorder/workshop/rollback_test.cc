// Random sequences of operations on a collection: a rollback leaves nothing behind, and the digest
// of changes depends on contents only.
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>

#include "core/rng.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/value_hash.h"
#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

constexpr std::uint64_t kSeed = 20260105;

// rapidcheck shrinks; the seed is fixed so that every run tests the same sequences.
void ExpectHolds(const std::function<void()>& property, int cases) {
  rc::detail::TestMetadata metadata;
  rc::detail::TestParams params;
  params.seed = kSeed;
  params.maxSuccess = cases;
  params.maxSize = 60;
  const rc::detail::TestResult result = rc::detail::checkTestable(property, metadata, params);
  rc::detail::SuccessResult success;
  ASSERT_TRUE(result.match(success)) << [&] {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    return text.str();
  }();
  EXPECT_EQ(success.numSuccess, cases) << "seed " << kSeed;
}

// An operation with its operands as small numbers, so that operations often meet.
struct Operation {
  int kind = 0;
  int id = 0;
  int group = 0;
  int serial = 0;
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  return out << "kind " << operation.kind << " id " << operation.id << " group " << operation.group
             << " serial " << operation.serial;
}

std::vector<Operation> DrawOperations() {
  const auto below = [](int end) {
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, end));
  };
  return *rc::gen::container<std::vector<Operation>>(rc::gen::build<Operation>(
      rc::gen::set(&Operation::kind, below(9)), rc::gen::set(&Operation::id, below(6)),
      rc::gen::set(&Operation::group, below(3)), rc::gen::set(&Operation::serial, below(5))));
}

std::string IdText(int id) { return "part-" + std::to_string(id); }
std::string GroupText(int group) { return "g" + std::to_string(group); }
// 0 is "": not held to the unique index.
std::string SerialText(int serial) { return serial == 0 ? "" : "s" + std::to_string(serial); }

Value Document(const Operation& operation) {
  Value document =
      Object("part_id", IdText(operation.id), "organization_id", GroupText(operation.group),
             "serial", SerialText(operation.serial), "n", operation.serial);
  if (operation.id == 5) document.Remove("part_id");  // some have no id
  return document;
}

// What the operation answered, as text.
std::string Apply(Collection& parts, const Operation& operation) {
  const Filter by_id = Where("part_id", IdText(operation.id));
  const Filter by_group = Where("organization_id", GroupText(operation.group));
  Update update;
  update.Inc("n", operation.serial).Push("log", operation.group);
  const auto shown = [](const UpdateResult& result) {
    return std::to_string(result.matched) + (result.upserted ? " upserted" : "") +
           (result.duplicate_key ? " duplicate" : "");
  };
  switch (operation.kind) {
    case 0:
    case 1:
    case 2:
      return parts.InsertNow(Document(operation)) == InsertResult::kInserted ? "in" : "duplicate";
    case 3:
      return shown(parts.UpdateNow(by_id, update, 1, Upsert::kNo));
    case 4:  // moves the document in two indexes
      update.Set("organization_id", GroupText(operation.group));
      update.Set("serial", SerialText(operation.serial));
      return shown(parts.UpdateNow(by_id, update, 1, Upsert::kNo));
    case 5:
      return shown(parts.UpdateNow(by_group, update, SIZE_MAX, Upsert::kNo));
    case 6:
      return ToJson(parts.FindAndUpdateNow(by_id, update, Which::kAfter, Upsert::kYes));
    case 7:
      return std::to_string(parts.DeleteNow(by_id, 1));
    default:
      return std::to_string(parts.DeleteNow(by_group, static_cast<std::size_t>(operation.id)));
  }
}

// Documents in order, and the same through each index.
std::string Observe(const Collection& parts) {
  std::string seen = std::to_string(parts.size());
  const auto look = [&](const Filter& filter) {
    seen += "\n" + std::to_string(parts.CountNow(filter));
    for (const Value& part : parts.FindNow(filter, FindOptions())) seen += " " + ToJson(part);
  };
  look(Everything());
  for (int i = 0; i < 6; ++i) look(Where("part_id", IdText(i)));
  for (int i = 0; i < 3; ++i) look(Where("organization_id", GroupText(i)));
  for (int i = 0; i < 5; ++i) look(Where("serial", SerialText(i)));
  return seen;
}

class Parts {
 public:
  enum class Unique : std::uint8_t { kNo, kYes };
  explicit Parts(Unique unique = Unique::kYes) {
    if (unique == Unique::kYes) parts.AddUnique({"serial", "organization_id"});
  }
  std::string ApplyAll(const std::vector<Operation>& operations) {
    std::string answers;
    for (const Operation& operation : operations) answers += Apply(parts, operation) + "\n";
    return answers;
  }
  Collection parts{
      {.name = "parts", .id_field = "part_id", .indexed = {"organization_id", "serial"}}, nullptr};
};

// The contents as a sorted list of hashes: what the digest may depend on.
std::vector<std::uint64_t> Contents(const Collection& parts) {
  std::vector<std::uint64_t> hashes;
  for (const Value& part : parts.FindNow(Everything(), FindOptions())) {
    hashes.push_back(HashValue(part));
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

// How many documents are gone, and how many came.
std::pair<std::size_t, std::size_t> Sides(const std::vector<StateChange>& changes) {
  std::pair<std::size_t, std::size_t> sides;
  for (const StateChange& change : changes) {
    sides.first += change.before.empty() ? 0 : 1;
    sides.second += change.after.empty() ? 0 : 1;
  }
  return sides;
}

TEST(RollbackTest, ARollbackEqualsACopyMadeAtTheMark) {
  ExpectHolds(
      [] {
        const std::vector<Operation> before = DrawOperations();
        const std::vector<Operation> later = DrawOperations();
        const std::vector<Operation> after = DrawOperations();
        Parts rolled_back;
        Parts copy;
        rolled_back.ApplyAll(before);
        copy.ApplyAll(before);
        rolled_back.parts.Mark();
        const std::string first = rolled_back.ApplyAll(later);
        rolled_back.parts.Rollback();
        RC_ASSERT(Observe(rolled_back.parts) == Observe(copy.parts));
        RC_ASSERT(rolled_back.parts.ChangeDigest() == 0U);
        RC_ASSERT(rolled_back.ApplyAll(later) == first);
        rolled_back.parts.Rollback();
        // Nothing that a caller could do from here tells the two apart, unique checks included.
        RC_ASSERT(rolled_back.ApplyAll(after) == copy.ApplyAll(after));
        RC_ASSERT(Observe(rolled_back.parts) == Observe(copy.parts));
      },
      20'000);
}

TEST(RollbackTest, AMarkCanBeMovedAndForgotten) {
  Parts store;
  store.ApplyAll({{0, 1, 0, 1}});
  store.parts.Mark();
  store.ApplyAll({{0, 2, 0, 2}, {3, 1, 0, 4}});
  const std::string second = Observe(store.parts);
  store.parts.Mark();
  EXPECT_EQ(store.parts.ChangeDigest(), 0U);
  store.ApplyAll({{7, 1, 0, 0}, {0, 3, 1, 3}});
  store.parts.Rollback();
  EXPECT_EQ(Observe(store.parts), second);
  store.parts.Clear();
  store.ApplyAll({{0, 1, 0, 1}});
  EXPECT_EQ(store.parts.ChangeDigest(), 0U) << "the mark was not forgotten";
  EXPECT_EQ(store.parts.size(), 1U);
}

// However the final documents came about, they decide the digest; and the listed changes are
// exactly the difference.
TEST(RollbackTest, TheDigestIsAFunctionOfTheContents) {
  ExpectHolds(
      [] {
        const std::vector<Operation> before = DrawOperations();
        const std::vector<Operation> later = DrawOperations();
        Parts store(Parts::Unique::kNo);
        store.ApplyAll(before);
        const std::vector<std::uint64_t> marked = Contents(store.parts);
        store.parts.Mark();
        store.ApplyAll(later);
        const std::vector<std::uint64_t> now = Contents(store.parts);
        const std::uint64_t digest = store.parts.ChangeDigest();
        RC_ASSERT((digest == 0) == (now == marked));
        std::vector<StateChange> changes;
        store.parts.AppendChanges(&changes);
        RC_ASSERT(changes.empty() == (digest == 0));

        std::vector<Value> documents = store.parts.FindNow(Everything(), FindOptions());
        store.parts.Rollback();
        store.parts.DeleteNow(Everything(), SIZE_MAX);
        std::reverse(documents.begin(), documents.end());
        for (const Value& document : documents) {
          RC_ASSERT(store.parts.InsertNow(document) == InsertResult::kInserted);
        }
        RC_ASSERT(store.parts.ChangeDigest() == digest);
        std::vector<StateChange> again;
        store.parts.AppendChanges(&again);
        // One that has no id and changed in its place is one change; moved, it is two.
        RC_ASSERT(Sides(again) == Sides(changes));
      },
      20'000);
}

TEST(RollbackTest, EqualContentsOnlyHaveEqualHashes) {
  const auto hash = [](std::string_view json) { return HashValue(ParseJson(json).value); };
  EXPECT_EQ(hash(R"({"a":1,"b":[1,2]})"), hash(R"({"b":[1,2],"a":1})"));
  const char* const different[] = {"null",
                                   "true",
                                   "false",
                                   "0",
                                   "1",
                                   "0.0",
                                   "1.0",
                                   "-1",
                                   R"("")",
                                   R"("1")",
                                   "[]",
                                   "{}",
                                   "[1]",
                                   "[1,2]",
                                   "[2,1]",
                                   "[[1],2]",
                                   "[[1,2]]",
                                   R"({"a":1})",
                                   R"({"b":1})",
                                   R"({"a":"1"})",
                                   R"({"a":{}})",
                                   R"({"a":[]})",
                                   R"({"":1})",
                                   R"([{"a":1}])",
                                   R"({"a":{"b":1}})",
                                   R"({"b":{"a":1}})",
                                   R"({"a":1,"b":2})",
                                   R"({"a":2,"b":1})",
                                   R"({"a":null})",
                                   R"("a text that is too long to be kept inline")"};
  std::vector<std::uint64_t> hashes;
  for (const char* const json : different) hashes.push_back(hash(json));
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
  EXPECT_EQ(hash(R"({"a":"x","n":[1,{"b":2.5}]})"), 922946570997834231ULL)
      << "equal on every machine";
}

TEST(RollbackTest, ChangesNameWhatChanged) {
  Parts store;
  store.ApplyAll({{0, 1, 0, 1}, {0, 2, 0, 2}, {0, 3, 1, 3}});
  store.parts.Mark();
  store.ApplyAll({{7, 1, 0, 0}, {3, 2, 0, 4}, {0, 4, 2, 4}});
  std::vector<StateChange> changes;
  store.parts.AppendChanges(&changes);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].resource, "parts/part-1");
  EXPECT_EQ(changes[0].before,
            R"({"part_id":"part-1","organization_id":"g0","serial":"s1","n":1})");
  EXPECT_EQ(changes[0].after, "");
  EXPECT_EQ(changes[1].resource, "parts/part-2");
  EXPECT_EQ(changes[1].after,
            R"({"part_id":"part-2","organization_id":"g0","serial":"s2","n":6,"log":[0]})");
  EXPECT_EQ(changes[2].resource, "parts/part-4");
  EXPECT_EQ(changes[2].before, "");
}

TEST(RollbackTest, CredentialsAreShownByTheirHash) {
  Collection sessions({.name = "sessions", .id_field = "session_token", .indexed = {}}, nullptr);
  sessions.Mark();
  const Value session = Object("session_token", "PS-secret", "user_id", "u1");
  ASSERT_EQ(sessions.InsertNow(session), InsertResult::kInserted);
  std::vector<StateChange> changes;
  sessions.AppendChanges(&changes);
  ASSERT_EQ(changes.size(), 1U);
  const std::string key = ToHex(Collection::KeyOf("PS-secret"));
  EXPECT_EQ(changes[0].resource, "sessions/" + key);
  EXPECT_EQ(changes[0].after, R"({"session_token":")" + key + R"(","user_id":"u1"})");
}

// The chain of an organisation is long: taking its last document out must not walk along it, or a
// rollback would cost what was there before.
TEST(RollbackTest, DocumentsLeaveLongChainsAtOnce) {
  Parts store;
  for (int i = 0; i < 100'000; ++i) {
    const Value part = Object("part_id", std::to_string(i), "organization_id", "g0");
    ASSERT_EQ(store.parts.InsertNow(part), InsertResult::kInserted);
  }
  store.parts.Mark();
  for (int round = 0; round < 100'000; ++round) {
    const Value part = Object("part_id", "new", "organization_id", "g0", "n", round);
    ASSERT_EQ(store.parts.InsertNow(part), InsertResult::kInserted);
    store.parts.Rollback();
  }
  EXPECT_EQ(store.parts.CountNow(Where("organization_id", "g0")), 100'000);
  EXPECT_EQ(store.parts.CountNow(Where("part_id", "new")), 0);
}

}  // namespace
}  // namespace redrive::workshop
