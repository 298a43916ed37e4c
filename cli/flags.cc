#include "cli/flags.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>

#include "core/nearest.h"

namespace redrive {
namespace {

// CLI11 wants std::string values that it validates; the conversions are ours, so that errors and
// limits are too.
std::string Checked(const Result<VirtualTime>& parsed) {
  return parsed.has_error() ? parsed.error().message : std::string();
}

bool TakeDigits(const std::string& text, std::size_t* at, std::uint64_t* value) {
  const std::size_t start = *at;
  std::uint64_t number = 0;
  while (*at < text.size() && text[*at] >= '0' && text[*at] <= '9') {
    if (*at - start >= 12) return false;
    number = number * 10 + static_cast<std::uint64_t>(text[*at] - '0');
    ++*at;
  }
  *value = number;
  return *at > start;
}

}  // namespace

struct Flags::Impl {
  CLI::App app;
  std::string command;
  std::vector<std::string> long_names;
  std::map<std::string, Spelling> spellings;  // by each of a flag's names

  void Remember(const std::string& names, Kind kind);
};

Flags::Flags(std::string command, std::string summary, std::string example)
    : impl_(std::make_unique<Impl>()) {
  impl_->command = std::move(command);
  impl_->app.name("redrive " + impl_->command);
  impl_->app.description(std::move(summary));
  impl_->app.footer("\nExample:\n  " + std::move(example));
  impl_->app.allow_extras();
  impl_->app.get_formatter()->column_width(30);
  impl_->app.get_formatter()->label("TEXT", "");
  impl_->Remember("-h,--help", Kind::kSwitch);
}

Flags::~Flags() = default;

void Flags::Impl::Remember(const std::string& names, Kind kind) {
  std::vector<std::string> each;
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ',');) each.push_back(name);
  const std::string long_name = each.back();
  if (!long_name.starts_with("--")) return;  // positional
  long_names.push_back(long_name);
  for (const std::string& name : each) spellings[name] = Spelling{long_name, kind};
}

void Flags::AddSwitch(const std::string& names, bool* value, const std::string& help) {
  impl_->Remember(names, Kind::kSwitch);
  impl_->app.add_flag(names, *value, help);
}

void Flags::AddText(const std::string& names, std::string* value, const std::string& help,
                    bool required) {
  impl_->Remember(names, Kind::kValue);
  impl_->app.add_option(names, *value, help)->required(required);
}

void Flags::AddList(const std::string& names, std::vector<std::string>* values,
                    const std::string& help) {
  impl_->Remember(names, Kind::kList);
  // Without dashes it is positional and takes all that is left.
  const bool positional = names.find('-') != 0;
  impl_->app.add_option(names, *values, help)->expected(positional ? -1 : 1)->take_all();
}

void Flags::AddNumber(const std::string& names, std::uint64_t* value, const std::string& help,
                      std::uint64_t first, std::uint64_t last) {
  impl_->Remember(names, Kind::kValue);
  const auto take = [value, names, first, last](const std::string& text) {
    std::size_t at = 0;
    std::uint64_t number = 0;
    const bool digits = !text.empty() && text.size() <= 20 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    if (digits) {
      for (; at < text.size(); ++at) {
        const auto digit = static_cast<std::uint64_t>(text[at] - '0');
        if (number > (~std::uint64_t{0} - digit) / 10) break;
        number = number * 10 + digit;
      }
    }
    if (!digits || at < text.size() || number < first || number > last) {
      throw CLI::ValidationError(names, "'" + text + "': expected a whole number from " +
                                            std::to_string(first) + " to " + std::to_string(last));
    }
    *value = number;
  };
  impl_->app.add_option_function<std::string>(names, take, help)->type_name("N");
}

void Flags::AddDuration(const std::string& names, std::optional<VirtualTime>* value,
                        const std::string& help) {
  impl_->Remember(names, Kind::kValue);
  const auto take = [value, names](const std::string& text) {
    const Result<VirtualTime> parsed = ParseDuration(text);
    const std::string problem = Checked(parsed);
    if (!problem.empty()) throw CLI::ValidationError(names, problem);
    *value = *parsed;
  };
  impl_->app.add_option_function<std::string>(names, take, help)->type_name("TIME");
}

void Flags::AddMilli(const std::string& names, std::uint64_t* value, const std::string& help) {
  impl_->Remember(names, Kind::kValue);
  const auto take = [value, names](const std::string& text) {
    const Result<std::uint64_t> parsed = ParseMilli(text);
    if (parsed.has_error()) throw CLI::ValidationError(names, parsed.error().message);
    *value = *parsed;
  };
  impl_->app.add_option_function<std::string>(names, take, help)->type_name("X");
}

std::optional<Flags::Spelling> Flags::Find(const std::string& name) const {
  const auto found = impl_->spellings.find(name);
  if (found == impl_->spellings.end()) return std::nullopt;
  return found->second;
}

const std::vector<std::string>& Flags::long_names() const { return impl_->long_names; }

void Flags::Hide(const std::string& name) { impl_->app.get_option(name)->group(""); }

Result<bool> Flags::Parse(const std::vector<std::string>& arguments) {
  // CLI11 takes a vector in reverse order.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    impl_->app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::fputs(impl_->app.help().c_str(), stdout);
    return false;
  } catch (const CLI::Error& error) {
    return Error{ErrorCode::kInvalid, "redrive " + impl_->command + ": " + error.what() +
                                          "; see redrive " + impl_->command + " --help"};
  }
  const std::vector<std::string> extras = impl_->app.remaining();
  if (extras.empty()) return true;
  const std::string word = extras.front().substr(0, extras.front().find('='));
  std::string message = "redrive " + impl_->command + ": unknown argument '" + word + "'";
  const std::string nearest = NearestOf(word, impl_->long_names);
  if (!nearest.empty()) message += "; did you mean " + nearest + "?";
  return Error{ErrorCode::kInvalid, message + " (see redrive " + impl_->command + " --help)"};
}

Result<VirtualTime> ParseDuration(const std::string& text) {
  const Error error{ErrorCode::kInvalid,
                    "'" + text + "': expected a time span such as 20, 20s, 3m, 1h20m or 250ms"};
  constexpr std::uint64_t kSecond = 1'000'000'000;
  std::uint64_t total = 0;
  std::uint64_t rank = 0;  // h before m before s before ms, each once at most
  std::size_t at = 0;
  if (text.empty()) return error;
  while (at < text.size()) {
    std::uint64_t number = 0;
    if (!TakeDigits(text, &at, &number)) return error;
    if (at == text.size()) {
      if (rank != 0) return error;
      total = number * kSecond;  // a bare number is seconds
      break;
    }
    std::uint64_t unit_rank = 0;
    std::uint64_t unit = 0;
    if (text.compare(at, 2, "ms") == 0) {
      unit_rank = 4, unit = 1'000'000, at += 2;
    } else if (text[at] == 'h') {
      unit_rank = 1, unit = 3600 * kSecond, at += 1;
    } else if (text[at] == 'm') {
      unit_rank = 2, unit = 60 * kSecond, at += 1;
    } else if (text[at] == 's') {
      unit_rank = 3, unit = kSecond, at += 1;
    }
    if (unit_rank <= rank) return error;
    rank = unit_rank;
    if (number > 3'000'000'000ULL * kSecond / unit) return error;
    total += number * unit;
  }
  constexpr std::uint64_t kMax = 366ULL * 24 * 3600 * kSecond;
  if (total == 0 || total > kMax) {
    return Error{ErrorCode::kInvalid, "'" + text + "': expected more than 0 and at most 366 days"};
  }
  return VirtualTime(static_cast<std::int64_t>(total));
}

Result<std::uint64_t> ParseMilli(const std::string& text) {
  const Error error{ErrorCode::kInvalid,
                    "'" + text + "': expected a positive number such as 5 or 0.5"};
  std::size_t at = 0;
  std::uint64_t whole = 0;
  if (!TakeDigits(text, &at, &whole) || whole > 1'000'000'000) return error;
  std::uint64_t milli = whole * 1000;
  if (at < text.size()) {
    if (text[at++] != '.' || at == text.size() || text.size() - at > 3) return error;
    std::uint64_t place = 100;
    for (; at < text.size(); ++at, place /= 10) {
      if (text[at] < '0' || text[at] > '9') return error;
      milli += static_cast<std::uint64_t>(text[at] - '0') * place;
    }
  }
  if (milli == 0) return error;
  return milli;
}

}  // namespace redrive
