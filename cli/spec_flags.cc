#include "cli/spec_flags.h"

#include <cstdio>

#include "cli/command.h"
#include "cli/corpora.h"
#include "cli/locust_classes.h"
#include "core/strategy.h"
#include "recorder/plan.h"

namespace redrive {
namespace {

// Days since 1970-01-01 of a date in the Gregorian calendar (Howard Hinnant's algorithm).
std::int64_t DaysFromCivil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::string DurationText(std::int64_t nanoseconds) {
  const std::int64_t milliseconds = nanoseconds / 1'000'000;
  if (milliseconds % 1000 != 0) return std::to_string(milliseconds) + "ms";
  return std::to_string(milliseconds / 1000) + "s";
}

std::string MilliText(std::uint64_t milli) {
  std::string text = std::to_string(milli / 1000);
  if (milli % 1000 != 0) {
    std::string fraction = std::to_string(milli % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    text += '.' + fraction;
  }
  return text;
}

}  // namespace

void SpecFlags::AddTo(Flags& flags) {
  flags.AddList("SCENARIO", &positionals_,
                "a scenario file or a shipped name; user classes may follow "
                "(default peak_burst_full)");
  flags.AddNumber("--seed", &seed_, "the number everything follows from (default 42)");
  flags.AddNumber("-u,--users", &users_, "virtual users (default: the scenario's)", 1, 100'000);
  flags.AddMilli("-r,--spawn-rate", &spawn_rate_milli_, "users started per second");
  flags.AddDuration("-t,--run-time", &run_time_, "how long users begin actions: 30s, 5m, 1h20m");
  flags.AddNumber("-i,--iterations", &iterations_,
                  "actions of all users together, dealt out evenly", 1, kIterationsMax);
  flags.AddText("--pacing", &pacing_,
                "planned: times follow from the seed alone (default); closed: wait after the "
                "response, as Locust does");
  flags.AddText(
      "--workshop", &workshop_,
      "as-is: as Battwheels is today; fixed; or a comma list of planted bugs (default: as the "
      "scenario says, else as-is)");
  flags.AddText("--strategy", &strategy_,
                "who orders the workshop's steps: random (default), serial, pct:DEPTH, dfs, "
                "bounded:N");
  flags.AddText("--epoch", &epoch_, "the date of virtual time zero (default 2026-01-05T04:30:00Z)");
  flags.AddList("-T,--tags", &tags_, "only actions with one of these tags");
  flags.AddList("-E,--exclude-tags", &exclude_tags_, "no actions with one of these tags");
}

Result<RunSpec> SpecFlags::MakeSpec() const {
  RunSpec spec;
  spec.scenario_name = positionals_.empty() ? "peak_burst_full" : positionals_.front();
  Result<ScenarioFile> file = LoadScenarioFile(spec.scenario_name);
  if (file.has_error()) return file.error();
  scenario_path_ = file->path;
  spec.scenario_json = std::move(file->text);
  for (std::size_t i = 1; i < positionals_.size(); ++i) {
    spec.user_classes.push_back(positionals_[i]);
  }
  spec.seed = seed_;
  spec.users = static_cast<std::uint32_t>(users_);
  spec.spawn_rate_milli = spawn_rate_milli_;
  if (run_time_) spec.run_time_ns = run_time_->count();
  if (iterations_ != 0) {
    spec.settings.emplace_back(kIterationsSetting, std::to_string(iterations_));
  }
  if (pacing_ != "planned" && pacing_ != "closed") {
    return Error{ErrorCode::kInvalid, "--pacing '" + pacing_ + "': expected planned or closed"};
  }
  spec.pacing = pacing_;
  spec.workshop = workshop_;
  const auto strategy = MakeStrategy(strategy_, seed_);
  if (strategy.has_error()) return strategy.error();
  spec.strategy = strategy_;
  if (!epoch_.empty()) {
    const Result<std::int64_t> epoch = ParseEpoch(epoch_);
    if (epoch.has_error()) return epoch.error();
    spec.epoch_seconds = *epoch;
  }
  spec.tags = tags_;
  spec.exclude_tags = exclude_tags_;
  return spec;
}

std::string RunCommandLine(const RunSpec& spec, const std::string& host) {
  const RunSpec defaults;
  Arguments words = {"run", spec.scenario_name};
  words.insert(words.end(), spec.user_classes.begin(), spec.user_classes.end());
  const auto add = [&words](const std::string& flag, const std::string& value) {
    words.push_back(flag + "=" + value);
  };
  add("--seed", std::to_string(spec.seed));
  if (spec.users != 0) add("--users", std::to_string(spec.users));
  if (spec.spawn_rate_milli != 0) add("--spawn-rate", MilliText(spec.spawn_rate_milli));
  if (spec.run_time_ns != 0) add("--run-time", DurationText(spec.run_time_ns));
  if (spec.pacing != defaults.pacing) add("--pacing", spec.pacing);
  if (!spec.workshop.empty()) add("--workshop", spec.workshop);
  if (spec.strategy != defaults.strategy) add("--strategy", spec.strategy);
  if (spec.epoch_seconds != defaults.epoch_seconds) {
    add("--epoch", std::to_string(spec.epoch_seconds));
  }
  for (const std::string& tag : spec.tags) add("--tags", tag);
  for (const std::string& tag : spec.exclude_tags) add("--exclude-tags", tag);
  for (const auto& [name, value] : spec.settings) {
    if (name == kEqualWeightsSetting) words.emplace_back("--equal-weights");
    if (name == kIterationsSetting) add("--iterations", value);
    if (name == kConfigUsersSetting) add("--config-users", value);
  }
  if (!host.empty()) add("--host", host);
  return ShellCommand(words);
}

Result<std::int64_t> ParseEpoch(const std::string& text) {
  if (!text.empty() && text.size() <= 11 &&
      text.find_first_not_of("0123456789") == std::string::npos) {
    return static_cast<std::int64_t>(std::stoll(text));
  }
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  const bool whole_day =
      std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3;
  bool good = whole_day && static_cast<std::size_t>(used) == text.size();
  if (whole_day && !good) {
    good = std::sscanf(text.c_str() + used, "T%2d:%2d:%2dZ", &hour, &minute, &second) == 3 &&
           text.size() == 20 && text.back() == 'Z';
  }
  const bool in_range = year >= 1970 && year <= 2200 && month >= 1 && month <= 12 && day >= 1 &&
                        day <= 31 && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 &&
                        second >= 0 && second <= 59;
  if (!good || !in_range) {
    return Error{ErrorCode::kInvalid, "--epoch '" + text +
                                          "': expected 2026-01-05, 2026-01-05T04:30:00Z or seconds "
                                          "since 1970"};
  }
  return DaysFromCivil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace redrive
