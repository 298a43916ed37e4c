// The linearizability search against all orders, for every named model.
#include "replayer/linearizability.h"
#include "replayer/named_models.h"
#include "tests/replayer/differential.h"

namespace redrive {
namespace {

template <class Model>
struct ModelCase {
  std::vector<Call<typename Model::Operation>> events;
  Model model;
};

template <class Model>
std::string Show(const ModelCase<Model>& history) {
  std::ostringstream text;
  for (const auto& call : history.events) {
    text << ShowInterval(call.at) << "kind " << static_cast<int>(call.operation.kind) << "\n";
  }
  return text.str();
}

template <class Model>
bool Exists(const ModelCase<Model>& history) {
  SmallOrder order;
  for (const auto& call : history.events) order.Add(call.at, call.at.end == kUnanswered);
  const auto initial = history.model.Initial();
  return std::any_of(initial.begin(), initial.end(), [&](const auto& state) {
    return OrderExistsFrom(order, state, [&](const auto& before, std::size_t i) {
      return history.model.Apply(before, history.events[i].operation);
    });
  });
}

// The order that it found must be one: within real time, complete, accepted by the model.
template <class Model>
bool IsOrder(const ModelCase<Model>& history, const std::vector<std::uint32_t>& order) {
  const auto initial = history.model.Initial();
  std::vector<bool> placed(history.events.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (placed[order[i]]) return false;
    placed[order[i]] = true;
    for (std::size_t j = 0; j < i; ++j) {
      if (history.events[order[i]].at.end < history.events[order[j]].at.begin) return false;
    }
  }
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (!placed[i] && history.events[i].at.end != kUnanswered) return false;
  }
  return std::any_of(initial.begin(), initial.end(), [&](auto state) {
    for (const std::uint32_t i : order) {
      auto next = history.model.Apply(state, history.events[i].operation);
      if (!next) return false;
      state = std::move(*next);
    }
    return true;
  });
}

template <class Model>
std::optional<bool> Judge(const ModelCase<Model>& history) {
  const auto verdict = CheckLinearizability(history.model, history.events);
  if (verdict.outcome == Linearizable::kUndecided) return std::nullopt;
  if (verdict.outcome == Linearizable::kYes && !IsOrder(history, verdict.order)) {
    ADD_FAILURE() << "no order\n" << Show(history);
  }
  return verdict.outcome == Linearizable::kYes;
}

// Draws intervals, lets `answer(state, call)` make what a correct object answers in a random order
// (and whether an unanswered call took effect), then spoils one operation by `slip`.
template <class Model, class Answer, class Slip>
ModelCase<Model> Make(Rng& rng, Model model, Answer answer, Slip slip) {
  ModelCase<Model> history;
  history.model = std::move(model);
  const std::size_t n = 1 + rng.Below(kEventsMax);
  const std::vector<Interval> at = RandomIntervals(rng, n);
  history.events.resize(n);
  auto state = history.model.Initial().front();
  for (const std::size_t i : RandomOrder(rng, at)) {
    auto& call = history.events[i];
    call.at = at[i];
    const bool lost = rng.Below(7) == 0;
    answer(rng, state, call.operation, lost);
    if (lost) call.at.end = kUnanswered;
    if (lost && rng.Below(2) == 0) continue;
    if (auto next = history.model.Apply(state, call.operation)) state = std::move(*next);
  }
  if (rng.Below(2) == 0) slip(rng, history.events[rng.Below(n)].operation);
  return history;
}

template <class Model>
void Compare(std::string_view label, const std::function<ModelCase<Model>(Rng&)>& make) {
  const Tally tally =
      CompareAll<ModelCase<Model>>(label, make, Judge<Model>, Exists<Model>, Show<Model>);
  EXPECT_EQ(tally.undecided, 0U);
}

TEST(LinearizabilityDifferentialTest, Register) {
  using Kind = RegisterModel::Kind;
  Compare<RegisterModel>("wgl register", [](Rng& rng) {
    return Make(
        rng, RegisterModel{{0}},
        [](Rng& r, std::int64_t state, RegisterModel::Operation& operation, bool lost) {
          operation.value = r.Between(0, 2);
          operation.expected = r.Below(2) == 0 ? state : r.Between(0, 2);
          const std::uint64_t kind = r.Below(lost ? 2 : 3);
          operation.kind = kind == 0                             ? Kind::kWrite
                           : kind == 2                           ? Kind::kRead
                           : operation.expected == state || lost ? Kind::kCompareAndSet
                                                                 : Kind::kRefused;
          if (operation.kind == Kind::kRead) operation.value = state;
        },
        [](Rng& r, RegisterModel::Operation& operation) {
          operation.value = r.Between(0, 2);
          operation.expected = r.Between(0, 2);
        });
  });
}

TEST(LinearizabilityDifferentialTest, Counter) {
  using Kind = CounterModel::Kind;
  Compare<CounterModel>("wgl counter", [](Rng& rng) {
    return Make(
        rng, CounterModel{0},
        [](Rng& r, std::int64_t state, CounterModel::Operation& operation, bool lost) {
          operation.kind = static_cast<Kind>(r.Below(lost ? 1 : 3));
          operation.by = 1 + static_cast<std::int64_t>(r.Below(2));
          operation.value = operation.kind == Kind::kRead ? state : state + operation.by;
        },
        [](Rng& r, CounterModel::Operation& operation) { operation.value += r.Between(-2, 2); });
  });
}

TEST(LinearizabilityDifferentialTest, Stock) {
  using Kind = StockModel::Kind;
  Compare<StockModel>("wgl stock", [](Rng& rng) {
    return Make(
        rng, StockModel{3},
        [](Rng& r, std::int64_t state, StockModel::Operation& operation, bool lost) {
          operation.quantity = 1 + static_cast<std::int64_t>(r.Below(3));
          const std::uint64_t kind = r.Below(lost ? 3 : 5);
          if (kind == 0) {
            operation.kind = Kind::kAdd;
          } else if (kind == 4) {
            operation.quantity = state;
          } else {
            operation.kind = lost || state >= operation.quantity ? Kind::kDeduct : Kind::kRefused;
          }
        },
        [](Rng&, StockModel::Operation& operation) {
          if (operation.kind == Kind::kDeduct)
            operation.kind = Kind::kRefused;
          else
            ++operation.quantity;
        });
  });
}

TEST(LinearizabilityDifferentialTest, Membership) {
  using Kind = MembershipModel::Kind;
  Compare<MembershipModel>("wgl set", [](Rng& rng) {
    return Make(
        rng, MembershipModel{},
        [](Rng& r, MembershipModel::State state, MembershipModel::Operation& operation, bool lost) {
          const bool in = state == MembershipModel::State::kIn;
          const std::uint64_t kind = r.Below(lost ? 2 : 3);
          if (kind == 0)
            operation.kind = in && !lost && r.Below(2) == 0 ? Kind::kAddRefused : Kind::kAdd;
          if (kind == 1) operation.kind = in || lost ? Kind::kRemove : Kind::kRemoveRefused;
          if (kind == 2) operation.kind = in ? Kind::kContains : Kind::kContainsNot;
        },
        [](Rng& r, MembershipModel::Operation& operation) {
          operation.kind = static_cast<Kind>(r.Below(6));
        });
  });
}

TEST(LinearizabilityDifferentialTest, Queue) {
  using Kind = QueueModel::Kind;
  Compare<QueueModel>("wgl queue", [](Rng& rng) {
    return Make(
        rng, QueueModel{},
        [](Rng& r, const QueueModel::State& state, QueueModel::Operation& operation, bool lost) {
          operation.value = r.Between(0, 2);
          if (r.Below(2) == 0) {
            operation.kind = Kind::kEnqueue;
          } else if (lost) {
            operation.kind = Kind::kDequeueSome;
          } else {
            operation.kind = state.empty() ? Kind::kEmpty : Kind::kDequeue;
            if (!state.empty()) operation.value = state.front();
          }
        },
        [](Rng& r, QueueModel::Operation& operation) {
          operation.value = r.Between(0, 2);
          if (operation.kind == Kind::kEmpty) operation.kind = Kind::kDequeue;
        });
  });
}

TEST(LinearizabilityDifferentialTest, Lock) {
  using Kind = LockModel::Kind;
  Compare<LockModel>("wgl lock", [](Rng& rng) {
    return Make(
        rng, LockModel{},
        [](Rng& r, std::int64_t state, LockModel::Operation& operation, bool lost) {
          const bool acquire = r.Below(2) == 0;
          operation.owner =
              !acquire && state != LockModel::kFree && r.Below(2) == 0 ? state : r.Between(0, 1);
          const bool fits = acquire ? state == LockModel::kFree : state == operation.owner;
          operation.kind = acquire ? (fits || lost ? Kind::kAcquire : Kind::kAcquireRefused)
                                   : (fits || lost ? Kind::kRelease : Kind::kReleaseRefused);
        },
        [](Rng& r, LockModel::Operation& operation) {
          operation.kind = static_cast<Kind>(r.Below(4));
        });
  });
}

// A model that may go on in several ways: a die that shows what it was thrown to, later.
struct DieModel {
  using State = std::int64_t;
  struct Operation {
    bool kind = false;  // throw, or look
    std::int64_t value = 0;
  };
  [[nodiscard]] std::vector<State> Initial() const { return {1, 2}; }
  [[nodiscard]] std::vector<State> Apply(const State& state, const Operation& operation) const {
    if (!operation.kind) return {1, 2, 3};
    if (state == operation.value) return {state};
    return {};
  }
};

bool DieExists(const SmallOrder& order, const std::vector<Call<DieModel::Operation>>& calls,
               std::int64_t state, unsigned done) {
  if (order.Complete(done)) return true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order.MayFollow(done, i)) continue;
    for (const std::int64_t next : DieModel().Apply(state, calls[i].operation)) {
      if (DieExists(order, calls, next, done | 1U << i)) return true;
    }
  }
  return false;
}

TEST(LinearizabilityDifferentialTest, ModelsThatMayGoOnInSeveralWays) {
  const Tally tally = CompareAll<ModelCase<DieModel>>(
      "wgl die",
      [](Rng& rng) {
        ModelCase<DieModel> history;
        for (const Interval& at : RandomIntervals(rng, 1 + rng.Below(5))) {
          history.events.push_back({at, {rng.Below(3) > 0, rng.Between(1, 3)}});
        }
        return history;
      },
      [](const ModelCase<DieModel>& history) -> std::optional<bool> {
        return CheckLinearizability(history.model, history.events).outcome == Linearizable::kYes;
      },
      [](const ModelCase<DieModel>& history) {
        SmallOrder order;
        for (const auto& call : history.events) order.Add(call.at, false);
        return DieExists(order, history.events, 1, 0) || DieExists(order, history.events, 2, 0);
      },
      Show<DieModel>);
  EXPECT_EQ(tally.undecided, 0U);
}

}  // namespace
}  // namespace redrive
