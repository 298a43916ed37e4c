// How the named models are declared in a scenario, and how they judge what was collected for them.
#ifndef REDRIVE_REPLAYER_MODEL_FORMS_H_
#define REDRIVE_REPLAYER_MODEL_FORMS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/check_roles.h"
#include "replayer/linearizability.h"

namespace redrive {

// A role and the model's operations for its outcomes; kNoKind: such an outcome says nothing.
struct ModelRole {
  static constexpr int kNoKind = -1;
  RoleForm form;
  int done = kNoKind;     // answered ok
  int lost = kNoKind;     // unanswered
  int refused = kNoKind;  // the role's condition holds, whatever the status
};

// One call before it is put into the model's terms. Values are numbered by the caller.
struct ModelCall {
  Interval at;
  int kind = 0;
  std::int64_t value = 0;
  std::int64_t other = 0;
};

struct ModelVerdict {
  Linearizable outcome = Linearizable::kUndecided;
  std::string why;
  std::uint32_t stuck = 0;
  std::optional<std::uint32_t> last;
  std::optional<std::int64_t> state;  // where it is one number or value
};

struct ModelForm {
  std::string_view name;
  std::span<const ModelRole> roles;
  bool numeric = false;   // values are quantities, not names
  bool by_value = false;  // each value is an object of its own (set)
  bool takes_initial = false;
  // `initial`: the value that it begins with; without one a register may begin with any of the
  // `values` that are numbered from 0, and a number is 0.
  ModelVerdict (*judge)(const std::vector<ModelCall>& calls, std::optional<std::int64_t> initial,
                        std::int64_t values, const LinearizabilityLimits& limits) = nullptr;
};

std::span<const ModelForm> ModelForms();

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_MODEL_FORMS_H_
