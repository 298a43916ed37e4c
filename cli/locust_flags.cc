#include "cli/locust_flags.h"

#include "cli/exit_code.h"

namespace redrive {

void LocustFlags::AddTo(Flags& flags) {
  flags.AddText("-f,--locustfile", &locustfile_, "the scenario file, in Locust's words");
  flags.AddText("--config", &config_, "more settings: key = value, as in locust.conf");
  flags.AddText(
      "--csv", &csv,
      "write PREFIX_stats.csv, _failures, _exceptions and _stats_history, as Locust does");
  flags.AddSwitch("--csv-full-history", &csv_full_history,
                  "a history row per name, not only in all");
  flags.AddSwitch("--json", &json, "Locust's JSON on stdout; everything else goes to stderr");
  flags.AddText("--json-file", &json_file, "the same into NAME.json");
  flags.AddSwitch("--headless", &headless, "Locust's tables on stderr, every 2 s when live");
  flags.AddSwitch("--print-stats", &print_stats, "the same, in simulated runs too");
  flags.AddSwitch("--only-summary", &only_summary, "those of the end alone");
  flags.AddSwitch("--reset-stats", &reset_stats, "Locust's numbers begin when all users run");
  flags.AddText("-s,--stop-timeout", &stop_timeout_,
                "live: how long actions may go on after --run-time (default 10m)");
  flags.AddNumber("--exit-code-on-error", &exit_code_,
                  "if a request failed and nothing worse did (default: requests may fail)", 0, 255);
  flags.AddSwitch("-l,--list", &list, "list the user classes and end");
  flags.AddSwitch("--show-task-ratio", &task_ratio, "how often each action is drawn, and end");
  flags.AddSwitch("--show-task-ratio-json", &task_ratio_json, "the same as JSON");
  flags.AddSwitch("--equal-weights", &equal_weights, "all user classes weigh the same");
  flags.AddList("--config-users", &config_users, "JSON: weight and fixed_count of user classes");
  flags.AddText("--processes", &processes_, "taken and not needed: one process drives all users");
  flags.AddSwitch("--headful", &headful_, "undoes headless of a settings file");
  flags.AddSwitch("-V,--version", &version, "the version");
  for (const char* name :
       {"--locustfile", "--csv-full-history", "--json-file", "--only-summary", "--reset-stats",
        "--stop-timeout", "--exit-code-on-error", "--show-task-ratio", "--show-task-ratio-json",
        "--equal-weights", "--config-users", "--processes", "--headful", "--version", "--config",
        "--list", "--print-stats"}) {
    flags.Hide(name);
  }
}

Result<void> LocustFlags::Check() const {
  if (csv_full_history && csv.empty()) {
    return Error{ErrorCode::kInvalid, "--csv-full-history needs --csv PREFIX"};
  }
  // Locust's default is 0, which is no time span elsewhere.
  if (!stop_timeout_.empty() && stop_timeout_ != "0" && stop_timeout_ != "0s") {
    const Result<VirtualTime> parsed = ParseDuration(stop_timeout_);
    if (parsed.has_error()) {
      return Error{ErrorCode::kInvalid, "--stop-timeout: " + parsed.error().message};
    }
  }
  const bool number =
      processes_ == "-1" || (!processes_.empty() && processes_.size() <= 6 &&
                             processes_.find_first_not_of("0123456789") == std::string::npos);
  if (!processes_.empty() && !number) {
    return Error{ErrorCode::kInvalid,
                 "--processes: '" + processes_ + "': expected a whole number, or -1"};
  }
  return {};
}

bool LocustFlags::wants_output() const {
  return !csv.empty() || json || !json_file.empty() || final_tables() || exit_code_ != kNoExitCode;
}

std::string LocustFlags::Answer(const Scenario& scenario, const RunSpec& spec) const {
  if (task_ratio) return TaskRatioText(scenario, spec);
  if (task_ratio_json) return TaskRatioJson(scenario, spec);
  std::vector<std::string> names;
  for (const UserClass& user_class : scenario.classes) names.push_back(user_class.name);
  return UserListText(names);
}

void LocustFlags::Apply(LiveOptions* options) const {
  if (stop_timeout_.empty()) return;
  const Result<VirtualTime> parsed = ParseDuration(stop_timeout_);
  options->overtime_max = parsed.has_error() ? VirtualTime{0} : *parsed;
}

int LocustFlags::ExitCode(int code, std::uint64_t failures) const {
  if (exit_code_ == kNoExitCode || code != kExitPass || failures == 0) return code;
  return static_cast<int>(exit_code_);
}

}  // namespace redrive
