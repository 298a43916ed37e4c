#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/corpora.h"
#include "recorder/data_table.h"
#include "recorder/redact.h"
#include "recorder/scenario.h"

namespace redrive {
namespace {

constexpr std::string_view kPrefix = "env.";
constexpr std::string_view kFile = "file:";  // as FileKey says

bool IsFile(std::string_view name) { return name.starts_with(kFile); }
std::string_view NameOf(std::string_view setting) {
  return setting.substr(std::min(setting.size(), kPrefix.size()));
}

bool LooksSecret(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const std::string_view word : {"PASSWORD", "SECRET", "TOKEN", "KEY", "CREDENTIAL"}) {
    if (upper.find(word) != std::string::npos) return true;
  }
  return false;
}

// A data file without the values of its secret columns; a list of scalars is secret by its name.
// Text that cannot be read is hidden as a whole.
std::string HideColumns(std::string_view name, const std::string& text, const Redactor& redactor) {
  const bool csv = name.ends_with(".csv");
  Result<DataTable> table = csv ? ParseCsv(text, name) : ParseJsonRows(text, name);
  if (table.has_error()) return redactor.Hide(text);
  std::vector<bool> secret;
  for (const std::string& column : table->columns) {
    const std::string_view called = column.empty() ? name : std::string_view(column);
    secret.push_back(LooksSecret(called) || redactor.IsSecretName(called));
  }
  if (std::find(secret.begin(), secret.end(), true) == secret.end()) return text;
  for (std::size_t i = 0; i < table->cells.size(); ++i) {
    if (!secret[i % secret.size()]) continue;
    table->cells[i] = DataValue{redactor.Hide(table->cells[i].text), false};
  }
  if (csv) return ToCsv(*table);
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t row = 0; row < table->rows(); ++row) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      const DataValue& value = table->At(row, i);
      const nlohmann::ordered_json json =
          value.raw_json ? nlohmann::ordered_json::parse(value.text, nullptr, false)
                         : nlohmann::ordered_json(value.text);
      if (table->columns[i].empty()) {
        object = json;
      } else {
        object[table->columns[i]] = json;
      }
    }
    rows.push_back(std::move(object));
  }
  return rows.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<void> TakeFromScenario(const std::string& path, const EnvLookup& lookup, RunSpec* spec) {
  const Result<Scenario> scenario = ParseScenario(spec->scenario_json, path, lookup);
  if (scenario.has_error()) return scenario.error();
  std::erase_if(spec->settings,
                [](const auto& setting) { return setting.first.starts_with(kPrefix); });
  for (const auto& [name, value] : scenario->env_used) {
    spec->settings.emplace_back(std::string(kPrefix) + name, value);
  }
  std::sort(spec->settings.begin(), spec->settings.end());
  return {};
}

}  // namespace

std::optional<std::string> FromEnvironment(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

EnvLookup FilesBeside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return [folder](std::string_view name) -> std::optional<std::string> {
    if (!IsFile(name)) return std::nullopt;
    const std::string file = folder + std::string(name.substr(kFile.size()));
    Result<std::string> text = ReadWholeFile(file, DataLimits{}.bytes_max);
    if (text.has_error()) return std::nullopt;
    return std::move(*text);
  };
}

Result<void> TakeEnvironment(const std::string& path, RunSpec* spec) {
  const EnvLookup files = FilesBeside(path);
  const auto lookup = [&files](std::string_view name) {
    return IsFile(name) ? files(name) : FromEnvironment(name);
  };
  return TakeFromScenario(path, lookup, spec);
}

RunSpec WithoutSecrets(const RunSpec& spec) {
  RunSpec clean = spec;
  const Redactor redactor(spec.seed);
  for (auto& [name, value] : clean.settings) {
    if (IsFile(NameOf(name))) {
      value = HideColumns(name, value, redactor);
    } else if (LooksSecret(name)) {
      value = redactor.Hide(value);
    }
  }
  return clean;
}

Result<void> RestoreSecrets(RunSpec* spec) {
  const std::vector<std::pair<std::string, std::string>> recorded = spec->settings;
  const Result<ScenarioFile> scenario = LoadScenarioFile(spec->scenario_name);
  const EnvLookup files = FilesBeside(scenario.has_value() ? scenario->path : "");
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (!IsFile(name) && LooksSecret(name)) return FromEnvironment(name);
    for (const auto& [key, value] : recorded) {
      if (NameOf(key) != name) continue;
      // With its secrets, if some are hidden here and the file is still there.
      if (IsFile(name) && value.find("[redacted:") != std::string::npos) {
        std::optional<std::string> whole = files(name);
        if (whole) return whole;
      }
      return value;
    }
    return std::nullopt;
  };
  const Result<void> taken = TakeFromScenario("scenario in the trace", lookup, spec);
  if (taken.has_error()) return taken.error();
  for (const auto& [name, value] : spec->settings) {
    if (!IsFile(NameOf(name)) || value.find("[redacted:") == std::string::npos) continue;
    return Error{ErrorCode::kInvalid, "this trace holds " +
                                          std::string(NameOf(name).substr(kFile.size())) +
                                          " without its secrets: put that file back beside the "
                                          "scenario, as it was"};
  }
  const RunSpec again = WithoutSecrets(*spec);
  for (const auto& [name, value] : recorded) {
    const auto found = std::find_if(again.settings.begin(), again.settings.end(),
                                    [&name](const auto& setting) { return setting.first == name; });
    if (found == again.settings.end() || found->second == value) continue;
    std::string what(NameOf(name));
    std::string remedy = "set that environment variable as it was";
    if (IsFile(what)) {
      what = what.substr(kFile.size());
      remedy = "put that file back beside the scenario, as it was";
    }
    return Error{ErrorCode::kInvalid,
                 "this trace was recorded with another " + what + ": " + remedy};
  }
  return {};
}

}  // namespace redrive
