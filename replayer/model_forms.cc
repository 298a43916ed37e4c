#include "replayer/model_forms.h"

#include "replayer/named_models.h"

namespace redrive {
namespace {

constexpr int kNo = ModelRole::kNoKind;

template <class Kind>
constexpr int Of(Kind kind) {
  return static_cast<int>(kind);
}

using R = RegisterModel::Kind;
constexpr ModelRole kWrite{{"write", "value", "", "", "", ""}, Of(R::kWrite), Of(R::kWrite), kNo};
constexpr ModelRole kReadValue{{"read", "value", "", "", "", ""}, Of(R::kRead), kNo, kNo};
constexpr ModelRole kRegisterRoles[] = {kWrite, kReadValue};
constexpr ModelRole kCasRoles[] = {
    kWrite,
    kReadValue,
    {{"compare_and_set", "to", "from", "refused_when", "", ""},
     Of(R::kCompareAndSet),
     Of(R::kCompareAndSet),
     Of(R::kRefused)},
};

using C = CounterModel::Kind;
constexpr ModelRole kReadNumber{{"read", "value", "", "", "", ""}, Of(C::kRead), kNo, kNo};
constexpr ModelRole kCounterRoles[] = {
    {{"increment", "", "by", "", "", "1"}, Of(C::kAdd), Of(C::kAdd), kNo}, kReadNumber};
constexpr ModelRole kIncAndGetRoles[] = {
    {{"increment", "value", "by", "", "", "1"}, Of(C::kAddAndGet), Of(C::kAdd), kNo}, kReadNumber};

using S = StockModel::Kind;
constexpr ModelRole kStockRoles[] = {
    {{"deduct", "quantity", "", "refused_when", "1", ""},
     Of(S::kDeduct),
     Of(S::kDeduct),
     Of(S::kRefused)},
    {{"add", "quantity", "", "", "1", ""}, Of(S::kAdd), Of(S::kAdd), kNo},
    {{"read", "value", "", "", "", ""}, Of(S::kRead), kNo, kNo},
};

using M = MembershipModel::Kind;
constexpr ModelRole kSetRoles[] = {
    {{"add", "value", "", "refused_when", "", ""}, Of(M::kAdd), Of(M::kAdd), Of(M::kAddRefused)},
    {{"remove", "value", "", "refused_when", "", ""},
     Of(M::kRemove),
     Of(M::kRemove),
     Of(M::kRemoveRefused)},
    {{"contains", "value", "", "absent_when", "", ""}, Of(M::kContains), kNo, Of(M::kContainsNot)},
};

using Q = QueueModel::Kind;
constexpr ModelRole kQueueRoles[] = {
    {{"enqueue", "value", "", "", "", ""}, Of(Q::kEnqueue), Of(Q::kEnqueue), kNo},
    {{"dequeue", "value", "", "empty_when", "", ""},
     Of(Q::kDequeue),
     Of(Q::kDequeueSome),
     Of(Q::kEmpty)},
};

using L = LockModel::Kind;
constexpr ModelRole kLockRoles[] = {
    {{"acquire", "owner", "", "refused_when", "0", ""},
     Of(L::kAcquire),
     Of(L::kAcquire),
     Of(L::kAcquireRefused)},
    {{"release", "owner", "", "refused_when", "0", ""},
     Of(L::kRelease),
     Of(L::kRelease),
     Of(L::kReleaseRefused)},
};

template <class Model, class MakeOperation>
ModelVerdict Check(const Model& model, const std::vector<ModelCall>& calls,
                   const LinearizabilityLimits& limits, MakeOperation make) {
  std::vector<Call<typename Model::Operation>> typed;
  typed.reserve(calls.size());
  for (const ModelCall& call : calls) typed.push_back({call.at, make(call)});
  const auto found = CheckLinearizability(model, typed, limits);
  ModelVerdict verdict{found.outcome, found.why, found.stuck, found.last, std::nullopt};
  if constexpr (std::is_same_v<typename Model::State, std::int64_t>) verdict.state = found.state;
  return verdict;
}

ModelVerdict CheckRegister(const std::vector<ModelCall>& calls, std::optional<std::int64_t> initial,
                           std::int64_t values, const LinearizabilityLimits& limits) {
  RegisterModel model;
  for (std::int64_t i = -1; i < values && !initial; ++i) model.initial.push_back(i);
  if (initial) model.initial = {*initial};
  return Check(model, calls, limits, [](const ModelCall& call) {
    return RegisterModel::Operation{static_cast<R>(call.kind), call.value, call.other};
  });
}

ModelVerdict CheckCounter(const std::vector<ModelCall>& calls, std::optional<std::int64_t> initial,
                          std::int64_t /*values*/, const LinearizabilityLimits& limits) {
  return Check(CounterModel{initial.value_or(0)}, calls, limits, [](const ModelCall& call) {
    return CounterModel::Operation{static_cast<C>(call.kind), call.other, call.value};
  });
}

ModelVerdict CheckStock(const std::vector<ModelCall>& calls, std::optional<std::int64_t> initial,
                        std::int64_t /*values*/, const LinearizabilityLimits& limits) {
  return Check(StockModel{initial.value_or(0)}, calls, limits, [](const ModelCall& call) {
    return StockModel::Operation{static_cast<S>(call.kind), call.value};
  });
}

ModelVerdict CheckSet(const std::vector<ModelCall>& calls, std::optional<std::int64_t> /*initial*/,
                      std::int64_t /*values*/, const LinearizabilityLimits& limits) {
  return Check(MembershipModel{}, calls, limits, [](const ModelCall& call) {
    return MembershipModel::Operation{static_cast<M>(call.kind)};
  });
}

ModelVerdict CheckQueue(const std::vector<ModelCall>& calls,
                        std::optional<std::int64_t> /*initial*/, std::int64_t /*values*/,
                        const LinearizabilityLimits& limits) {
  return Check(QueueModel{}, calls, limits, [](const ModelCall& call) {
    return QueueModel::Operation{static_cast<Q>(call.kind), call.value};
  });
}

ModelVerdict CheckLock(const std::vector<ModelCall>& calls, std::optional<std::int64_t> /*initial*/,
                       std::int64_t /*values*/, const LinearizabilityLimits& limits) {
  return Check(LockModel{}, calls, limits, [](const ModelCall& call) {
    return LockModel::Operation{static_cast<L>(call.kind), call.value};
  });
}

constexpr ModelForm kForms[] = {
    {"register", kRegisterRoles, false, false, true, CheckRegister},
    {"cas_register", kCasRoles, false, false, true, CheckRegister},
    {"status", kCasRoles, false, false, true, CheckRegister},
    {"counter", kCounterRoles, true, false, true, CheckCounter},
    {"inc_and_get", kIncAndGetRoles, true, false, true, CheckCounter},
    {"stock", kStockRoles, true, false, true, CheckStock},
    {"set", kSetRoles, false, true, false, CheckSet},
    {"queue", kQueueRoles, false, false, false, CheckQueue},
    {"lock", kLockRoles, false, false, false, CheckLock},
};

}  // namespace

std::span<const ModelForm> ModelForms() { return kForms; }

}  // namespace redrive
