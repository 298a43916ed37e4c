#include "recorder/locust_conf.h"

namespace redrive {
namespace {

constexpr std::size_t kSettingsMax = 1'000;
constexpr std::string_view kSpaces = " \t\r";

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// Cuts a comment off that begins behind a space, outside quotes.
std::string_view WithoutComment(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if ((c == '#' || c == ';') && i > 0 && kSpaces.find(text[i - 1]) != kSpaces.npos) {
      return Trim(text.substr(0, i));
    }
  }
  return Trim(text);
}

std::string Unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == text.back() &&
                      (text.front() == '"' || text.front() == '\'');
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

std::string Place(std::string_view file, std::uint32_t line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

Result<LocustSetting> ParseLine(std::string_view line, const std::string& place) {
  const std::size_t end = line.find_first_of("=: \t");
  LocustSetting setting;
  setting.name = Unquoted(line.substr(0, end));
  while (setting.name.starts_with("-")) setting.name.erase(0, 1);
  for (char& c : setting.name) {
    if (c == '_') c = '-';
  }
  const bool plain =
      !setting.name.empty() &&
      setting.name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string::npos;
  if (!plain) {
    return Error{ErrorCode::kInvalid, place + "expected a setting such as users = 50"};
  }
  if (end == std::string_view::npos) return setting;
  std::string_view rest = Trim(line.substr(end));
  if (!rest.empty() && (rest.front() == '=' || rest.front() == ':')) rest.remove_prefix(1);
  rest = WithoutComment(Trim(rest));
  if (rest.starts_with('[') && !rest.ends_with(']')) {
    return Error{ErrorCode::kInvalid,
                 place + "the list of " + setting.name + " does not end: write it on one line"};
  }
  setting.values =
      rest.starts_with('[') ? LocustListValues(rest) : std::vector<std::string>{Unquoted(rest)};
  return setting;
}

}  // namespace

std::vector<std::string> LocustListValues(std::string_view text) {
  text = Trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {Unquoted(text)};
  std::vector<std::string> values;
  std::string_view rest = text.substr(1, text.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string value = Unquoted(Trim(rest.substr(0, comma)));
    if (!value.empty()) values.push_back(value);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return values;
}

Result<std::vector<LocustSetting>> ParseLocustConf(std::string_view text, std::string_view file,
                                                   LocustConfKind kind) {
  std::vector<LocustSetting> settings;
  bool ours = kind == LocustConfKind::kConf;
  std::uint32_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';' || line.starts_with("---")) {
      continue;
    }
    if (line.front() == '[') {
      if (kind == LocustConfKind::kPyproject) ours = WithoutComment(line) == "[tool.locust]";
      continue;
    }
    if (!ours) continue;
    Result<LocustSetting> setting = ParseLine(line, Place(file, number));
    if (setting.has_error()) return setting.error();
    setting->line = number;
    settings.push_back(std::move(*setting));
    if (settings.size() > kSettingsMax) {
      return Error{ErrorCode::kLimit, Place(file, number) + "more than 1000 settings"};
    }
  }
  return settings;
}

}  // namespace redrive
