// The serialisation graph against all serial orders, session guarantees against all pairs.
#include <set>

#include "replayer/serialisation_graph.h"
#include "replayer/session_algorithm.h"
#include "tests/replayer/differential.h"

namespace redrive {
namespace {

constexpr std::uint32_t kRequests = 5;

struct GraphCase {
  std::vector<DataAccess> events;
};

std::string ShowGraph(const GraphCase& history) {
  std::ostringstream text;
  for (const DataAccess& access : history.events) {
    text << "#" << access.operation << (access.write ? " writes " : " reads ") << access.space
         << "/" << (access.key == DataAccess::kWholeSpace ? "*" : std::to_string(access.key))
         << "\n";
  }
  return text.str();
}

// Requests that mostly come one after the other, so that cycles are not the rule.
GraphCase MakeGraph(Rng& rng) {
  GraphCase history;
  const std::size_t accesses = 2 + rng.Below(12);
  const std::uint64_t keys = 1 + rng.Below(4);
  for (std::size_t i = 0; i < accesses; ++i) {
    DataAccess access;
    const std::uint64_t slot = (i * kRequests / accesses) + rng.Below(2);
    access.operation =
        static_cast<std::uint32_t>(rng.Below(4) == 0 ? rng.Below(kRequests) : slot % kRequests);
    access.space = static_cast<std::uint32_t>(rng.Below(2));
    access.key =
        rng.Below(6) == 0 ? DataAccess::kWholeSpace : static_cast<std::uint32_t>(rng.Below(keys));
    access.write = rng.Below(2) == 0;
    history.events.push_back(access);
  }
  return history;
}

// All serial orders by dynamic programming over the sets of requests that came first.
bool SerialOrderExists(const GraphCase& history) {
  unsigned before[kRequests] = {};
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    for (std::size_t j = i + 1; j < history.events.size(); ++j) {
      const DataAccess& a = history.events[i];
      const DataAccess& b = history.events[j];
      if (a.operation == b.operation || a.space != b.space || (!a.write && !b.write)) continue;
      const bool whole = a.key == DataAccess::kWholeSpace || b.key == DataAccess::kWholeSpace;
      if (whole || a.key == b.key) before[b.operation] |= 1U << a.operation;
    }
  }
  bool reached[1U << kRequests] = {true};
  for (unsigned done = 0; done < 1U << kRequests; ++done) {
    for (unsigned i = 0; i < kRequests && reached[done]; ++i) {
      if ((done >> i & 1) == 0 && (before[i] & ~done) == 0) reached[done | 1U << i] = true;
    }
  }
  return reached[(1U << kRequests) - 1];
}

// Each cycle that is named is one: conflicts in the order in which they happened, requests once.
bool IsCycle(const GraphCase& history, const SerialCycle& cycle) {
  std::set<std::uint32_t> requests;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const SerialEdge& edge = cycle[i];
    const DataAccess& from = history.events[edge.from];
    const DataAccess& to = history.events[edge.to];
    const SerialEdge& next = cycle[(i + 1) % cycle.size()];
    if (edge.from >= edge.to || !Conflict(from, to) || from.operation == to.operation) return false;
    if (to.operation != history.events[next.from].operation) return false;
    if (!requests.insert(from.operation).second) return false;
  }
  return cycle.size() > 1;
}

TEST(SerialisationDifferentialTest, AgreesWithAllSerialOrders) {
  const Tally tally = CompareAll<GraphCase>(
      "serialisation", MakeGraph,
      [](const GraphCase& history) -> std::optional<bool> {
        const std::vector<SerialCycle> cycles = FindSerialCycles(history.events, kRequests);
        for (const SerialCycle& cycle : cycles) {
          if (!IsCycle(history, cycle)) ADD_FAILURE() << "no cycle\n" << ShowGraph(history);
        }
        return cycles.empty();
      },
      SerialOrderExists, ShowGraph);
  EXPECT_EQ(tally.undecided, 0U);
}

// Ten thousand requests that read the whole collection and write into it, one after the other:
// an edge for each pair would be 5e7 of them.
TEST(SerialisationTest, WholeReadsCostNoEdgePerPair) {
  std::vector<DataAccess> accesses;
  constexpr std::uint32_t kMany = 10'000;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    accesses.push_back({i, 0, DataAccess::kWholeSpace, false});
    accesses.push_back({i, 0, i, true});
  }
  EXPECT_TRUE(FindSerialCycles(accesses, kMany).empty());
  accesses.push_back({0, 0, kMany - 1, false});
  const std::vector<SerialCycle> cycles = FindSerialCycles(accesses, kMany);
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles[0].size(), 2U);
}

TEST(SerialisationTest, TheShortestCycleIsNamed) {
  // 0 → 1 → 2 → 0 and 1 → 2 → 1.
  const std::vector<DataAccess> accesses{{0, 0, 1, true},  {1, 0, 1, false}, {2, 0, 2, false},
                                         {1, 0, 2, true},  {2, 0, 1, true},  {2, 0, 3, true},
                                         {0, 0, 3, false}, {0, 0, 4, true},  {1, 0, 4, true}};
  const std::vector<SerialCycle> cycles = FindSerialCycles(accesses, 3);
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles[0].size(), 2U);
}

struct SessionCase {
  std::vector<SessionAccess> events;
  Guarantee guarantee = Guarantee::kMonotonicReads;
};

std::string ShowSession(const SessionCase& history) {
  std::ostringstream text;
  text << "guarantee " << static_cast<int>(history.guarantee) << "\n";
  for (const SessionAccess& access : history.events) {
    text << ShowInterval(access.at) << "session " << access.session << " object " << access.object
         << (access.write ? " writes " : " reads ") << access.version << "\n";
  }
  return text.str();
}

SessionCase MakeSession(Rng& rng) {
  SessionCase history;
  history.guarantee = static_cast<Guarantee>(rng.Below(4));
  const std::size_t n = 3 + rng.Below(kEventsMax - 2);
  const std::vector<Interval> at = RandomIntervals(rng, n);
  history.events.resize(n);
  std::int64_t version = 0;
  for (const std::size_t i : RandomOrder(rng, at)) {
    SessionAccess& access = history.events[i];
    access.session = static_cast<std::uint32_t>(rng.Below(6) / 5);
    access.object = static_cast<std::uint32_t>(rng.Below(6) / 5);
    access.at = at[i];
    access.write = rng.Below(2) == 0;
    if (access.write) ++version;
    access.version = version;
    if (rng.Below(2) == 0) access.version += rng.Between(-3, 3);
  }
  return history;
}

// Every pair, by the definition.
bool GuaranteeHolds(const SessionCase& history) {
  const bool earlier_write = history.guarantee == Guarantee::kReadYourWrites ||
                             history.guarantee == Guarantee::kMonotonicWrites;
  const bool later_write = history.guarantee == Guarantee::kMonotonicWrites ||
                           history.guarantee == Guarantee::kWritesFollowReads;
  for (const SessionAccess& a : history.events) {
    for (const SessionAccess& b : history.events) {
      if (a.session != b.session || a.object != b.object || a.at.end >= b.at.begin) continue;
      if (a.write == earlier_write && b.write == later_write && b.version < a.version) return false;
    }
  }
  return true;
}

TEST(SessionDifferentialTest, AgreesWithAllPairs) {
  const Tally tally = CompareAll<SessionCase>(
      "sessions", MakeSession,
      [](const SessionCase& history) -> std::optional<bool> {
        const auto problems = JudgeSessions(history.events, history.guarantee);
        for (const SessionProblem& problem : problems) {
          const SessionAccess& earlier = history.events[problem.earlier];
          const SessionAccess& later = history.events[problem.later];
          EXPECT_LT(earlier.at.end, later.at.begin);
          EXPECT_LT(later.version, earlier.version);
        }
        return problems.empty();
      },
      GuaranteeHolds, ShowSession);
  EXPECT_EQ(tally.undecided, 0U);
}

}  // namespace
}  // namespace redrive
