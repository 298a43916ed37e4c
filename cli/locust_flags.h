// The flags of `redrive run` that are Locust's and not already Redrive's. docs/LOCUST.md is the
// table of all.
#ifndef REDRIVE_CLI_LOCUST_FLAGS_H_
#define REDRIVE_CLI_LOCUST_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/locust_classes.h"
#include "core/result.h"
#include "core/virtual_time.h"
#include "recorder/net/live_run.h"
#include "recorder/trace_records.h"

namespace redrive {

class LocustFlags {
 public:
  // Both must outlive Parse.
  void AddTo(Flags& flags);

  // What Parse cannot see: --csv-full-history without --csv, …
  [[nodiscard]] Result<void> Check() const;

  // Files, JSON or tables in Locust's form were asked for.
  [[nodiscard]] bool wants_output() const;
  // The table every two seconds while users run.
  [[nodiscard]] bool periodic_table(bool simulated) const {
    return print_stats || (headless && !headful_ && !only_summary && !simulated);
  }
  [[nodiscard]] bool final_tables() const {
    return (headless && !headful_) || print_stats || only_summary;
  }

  // --list and --show-task-ratio answer and end; empty otherwise.
  [[nodiscard]] bool only_asks() const { return list || task_ratio || task_ratio_json; }
  [[nodiscard]] std::string Answer(const Scenario& scenario, const RunSpec& spec) const;

  [[nodiscard]] ClassChanges changes() const { return {equal_weights, config_users}; }

  // --stop-timeout.
  void Apply(LiveOptions* options) const;

  // Locust's exit rule, where it was asked for: `code`, or the given one if a request failed and
  // nothing worse did.
  [[nodiscard]] int ExitCode(int code, std::uint64_t failures) const;

  std::string csv;
  bool csv_full_history = false;
  bool json = false;
  std::string json_file;
  bool headless = false;
  bool print_stats = false;
  bool only_summary = false;
  bool reset_stats = false;
  bool list = false;
  bool task_ratio = false;
  bool task_ratio_json = false;
  bool equal_weights = false;
  bool version = false;
  std::vector<std::string> config_users;

 private:
  std::string stop_timeout_;
  std::uint64_t exit_code_ = kNoExitCode;
  // Read before Parse (cli/locust_arguments.h); here so that they are known.
  std::string locustfile_;
  std::string config_;
  std::string processes_;
  bool headful_ = false;

  static constexpr std::uint64_t kNoExitCode = 256;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_LOCUST_FLAGS_H_
