// Which variables a scenario uses, and whether some request extracts them: a slip of the keyboard
// in
// "${tiket}" would otherwise be a request that is silently never sent.
#include <algorithm>

#include "recorder/nearest.h"
#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

// Names that requests extract, as variables and as lists.
struct Known {
  std::vector<std::string> variables;
  std::vector<std::string> lists;

  void Add(const std::vector<RequestStep>& steps) {
    for (const RequestStep& step : steps) {
      for (const Extract& extract : step.extract) {
        (extract.append ? lists : variables).push_back(extract.variable);
      }
    }
  }
  void Add(const UserClass& user_class) {
    Add(user_class.on_start);
    Add(user_class.on_stop);
    Add(user_class.actions);
  }
  void Add(const std::vector<Action>& actions) {
    for (const Action& action : actions) {
      Add(action.steps);
      Add(action.on_start);
      Add(action.on_stop);
      Add(action.actions);
    }
  }
};

class VariableCheck {
 public:
  VariableCheck(std::string_view file, Known anywhere)
      : file_(file), anywhere_(std::move(anywhere)) {}

  void Check(const Template& text, const Known& known, const std::string& where) {
    for (const TemplatePart& part : text.parts) {
      const bool list = part.kind == PartKind::kPick || part.kind == PartKind::kElement;
      if (!list && part.kind != PartKind::kVariable) continue;
      const std::vector<std::string>& names = list ? known.lists : known.variables;
      if (std::find(names.begin(), names.end(), part.text) != names.end()) continue;
      if (!error_.empty()) return;
      error_ = std::string(file_) + ": " + where + ": no request " +
               (list ? "of \"setup\" extracts the list \"" : "extracts the variable \"") +
               part.text + "\"" + DidYouMean(part.text, names) +
               (list ? "; expected \"extract\": {\"" + part.text + "[]\": …} in \"setup\""
                     : "; expected \"extract\": {\"" + part.text +
                           "\": …} in \"setup\" or in the "
                           "same class");
    }
  }

  void Check(const std::vector<RequestStep>& steps, const Known& known,
             const std::string& section) {
    for (const RequestStep& step : steps) {
      const std::string where = section + ": request \"" + step.name.text() + "\"";
      Check(step.target, known, where + ": /path");
      if (step.body) Check(*step.body, known, where + ": body");
      for (const HeaderTemplate& header : step.headers) {
        // An optional header may name what only another section knows; it is left out there.
        Check(header.value, header.optional ? anywhere_ : known, where + ": header " + header.name);
      }
    }
  }

  void Check(const std::vector<Action>& actions, const Known& known, const std::string& section) {
    for (const Action& action : actions) {
      Check(action.steps, known, section + action.name);
      Check(action.on_start, known, section + action.start_name);
      Check(action.on_stop, known, section + action.stop_name);
      Check(action.actions, known, section);
    }
  }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::string_view file_;
  Known anywhere_;
  std::string error_;
};

}  // namespace

Result<void> CheckVariables(const Scenario& scenario, std::string_view file) {
  Known global;
  global.Add(scenario.setup);
  Known audit = global;
  audit.Add(scenario.audit);
  Known anywhere = audit;
  for (const UserClass& user_class : scenario.classes) anywhere.Add(user_class);

  VariableCheck check(file, anywhere);
  check.Check(scenario.setup, global, "setup");
  check.Check(scenario.audit, audit, "audit");
  for (const UserClass& user_class : scenario.classes) {
    Known known = global;
    known.Add(user_class);
    check.Check(user_class.on_start, known, "users: " + user_class.name + ": on_start");
    check.Check(user_class.on_stop, known, "users: " + user_class.name + ": on_stop");
    check.Check(user_class.actions, known, "users: " + user_class.name + ": ");
  }
  if (check.error().empty()) return {};
  return Error{ErrorCode::kInvalid, check.error()};
}

}  // namespace redrive
