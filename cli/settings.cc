#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>

#include "recorder/redact.h"
#include "recorder/scenario.h"

namespace redrive {
namespace {

constexpr std::string_view kPrefix = "env.";

bool LooksSecret(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  for (const std::string_view word : {"PASSWORD", "SECRET", "TOKEN", "KEY", "CREDENTIAL"}) {
    if (upper.find(word) != std::string::npos) return true;
  }
  return false;
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

Result<void> TakeEnvironment(const std::string& path, RunSpec* spec) {
  return TakeFromScenario(path, FromEnvironment, spec);
}

RunSpec WithoutSecrets(const RunSpec& spec) {
  RunSpec clean = spec;
  const Redactor redactor(spec.seed);
  for (auto& [name, value] : clean.settings) {
    if (LooksSecret(name)) value = redactor.Hide(value);
  }
  return clean;
}

Result<void> RestoreSecrets(RunSpec* spec) {
  const std::vector<std::pair<std::string, std::string>> recorded = spec->settings;
  const auto lookup = [&recorded](std::string_view name) -> std::optional<std::string> {
    if (LooksSecret(name)) return FromEnvironment(name);
    for (const auto& [key, value] : recorded) {
      if (key.substr(std::min(key.size(), kPrefix.size())) == name) return value;
    }
    return std::nullopt;
  };
  const Result<void> taken = TakeFromScenario("scenario in the trace", lookup, spec);
  if (taken.has_error()) return taken.error();
  const RunSpec again = WithoutSecrets(*spec);
  for (const auto& [name, value] : recorded) {
    const auto found = std::find_if(again.settings.begin(), again.settings.end(),
                                    [&name](const auto& setting) { return setting.first == name; });
    if (found == again.settings.end() || found->second == value) continue;
    return Error{ErrorCode::kInvalid, "this trace was recorded with another " +
                                          name.substr(std::min(name.size(), kPrefix.size())) +
                                          ": set that environment variable as it was"};
  }
  return {};
}

}  // namespace redrive
