#include "cli/locust_arguments.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/corpora.h"
#include "cli/locust_classes.h"
#include "cli/locust_refusals.h"
#include "cli/settings.h"
#include "core/nearest.h"
#include "recorder/locust_conf.h"

namespace redrive {
namespace {

constexpr std::size_t kConfBytesMax = 1U << 20;

// What one source says, by long name. A switch has no values.
struct Layer {
  std::map<std::string, std::vector<std::string>> flags;
  std::vector<std::string> positionals;  // scenario and classes, or classes alone
  Arguments unknown;                     // for Flags::Parse to complain about
  std::vector<std::string> user_names;   // -u NAME
};

bool IsNumber(const std::string& text) {
  const std::size_t first = text.starts_with("-") || text.starts_with("+") ? 1 : 0;
  return text.size() > first && text[first] >= '0' && text[first] <= '9';
}

Result<void> RefuseIfLocusts(const std::string& flag, const std::string& place) {
  const std::string_view why = LocustRefusal(flag);
  if (why.empty()) return {};
  return Error{ErrorCode::kInvalid, place + flag + ": " + std::string(why)};
}

// --- The command line ----------------------------------------------------------------------------

class WordReader {
 public:
  WordReader(const Flags& flags, const Arguments& words) : flags_(flags), words_(words) {}

  Result<Layer> Read() {
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const Result<void> taken = Take(words_[at_]);
      if (taken.has_error()) return taken.error();
    }
    return std::move(layer_);
  }

 private:
  Result<void> Take(const std::string& word) {
    if (word.size() < 2 || word[0] != '-' || IsNumber(word)) {
      layer_.positionals.push_back(word);
      return {};
    }
    const bool is_long = word[1] == '-';
    const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const Result<void> welcome = RefuseIfLocusts(name, "");
    if (welcome.has_error()) return welcome.error();
    const auto spelling = flags_.Find(name);
    const bool alone = word.size() == name.size();
    if (!spelling || (spelling->kind == Flags::Kind::kSwitch && !alone)) {
      layer_.unknown.push_back(word);
      return {};
    }
    if (spelling->kind == Flags::Kind::kSwitch) {
      layer_.flags[spelling->long_name];
      return {};
    }
    std::vector<std::string> values;
    if (!alone) {
      const std::size_t skip = word[name.size()] == '=' ? 1 : 0;
      values.push_back(word.substr(name.size() + skip));
    } else {
      // A list takes all words up to the next flag, any other flag takes one.
      const bool list =
          spelling->kind == Flags::Kind::kList &&
          (spelling->long_name.ends_with("tags") || spelling->long_name == "--config-users");
      while (at_ + 1 < words_.size() && (values.empty() || list)) {
        const std::string& next = words_[at_ + 1];
        if (next.size() > 1 && next[0] == '-' && !IsNumber(next)) break;
        values.push_back(next);
        ++at_;
      }
    }
    if (values.empty()) {
      layer_.unknown.push_back(word);  // Parse says that a value is missing
      return {};
    }
    Store(*spelling, std::move(values));
    return {};
  }

  void Store(const Flags::Spelling& spelling, std::vector<std::string> values) {
    if (spelling.long_name == "--users" && !values.front().empty() && !IsNumber(values.front())) {
      layer_.user_names.push_back(values.front());
      return;
    }
    std::vector<std::string>& stored = layer_.flags[spelling.long_name];
    if (spelling.kind != Flags::Kind::kList) stored.clear();
    stored.insert(stored.end(), values.begin(), values.end());
  }

  const Flags& flags_;
  const Arguments& words_;
  std::size_t at_ = 0;
  Layer layer_;
};

// --- Files and environment -----------------------------------------------------------------------

Result<bool> TruthOf(const std::string& value, const std::string& place) {
  for (const char* word : {"true", "yes", "1", "on", "True", "TRUE"}) {
    if (value == word) return true;
  }
  for (const char* word : {"false", "no", "0", "off", "False", "FALSE", ""}) {
    if (value == word) return false;
  }
  return Error{ErrorCode::kInvalid, place + "'" + value + "': expected true or false"};
}

// `place` names the source, for messages: "locust.conf:3: ".
Result<void> AddSetting(const Flags& flags, const std::string& name,
                        const std::vector<std::string>& values, const std::string& place,
                        Layer* layer) {
  const std::string flag = "--" + name;
  if (name == "user-classes" || name == "user-class") {
    layer->positionals = values;
    return {};
  }
  const bool off = values.size() == 1 && (values[0] == "false" || values[0] == "False");
  if (off && !LocustRefusal(flag).empty()) return {};
  const Result<void> welcome = RefuseIfLocusts(flag, place);
  if (welcome.has_error()) return welcome.error();
  const auto spelling = flags.Find(flag);
  if (!spelling) {
    std::string message = place + "unknown setting '" + name + "'";
    const std::string nearest = NearestOf(flag, flags.long_names());
    if (!nearest.empty()) message += "; did you mean " + nearest.substr(2) + "?";
    return Error{ErrorCode::kInvalid, message};
  }
  if (spelling->kind == Flags::Kind::kSwitch) {
    const Result<bool> on = values.empty() ? Result<bool>(true) : TruthOf(values.front(), place);
    if (on.has_error()) return on.error();
    layer->flags.erase(spelling->long_name);
    if (*on) layer->flags[spelling->long_name];
    return {};
  }
  if (values.empty() || (spelling->kind == Flags::Kind::kValue && values.size() != 1)) {
    return Error{ErrorCode::kInvalid, place + name + ": expected one value"};
  }
  layer->flags[spelling->long_name] = values;
  return {};
}

Result<void> AddFile(const Flags& flags, const std::string& path, const LocustSurroundings& around,
                     bool required, Layer* layer) {
  if (!around.file) return {};
  const Result<std::optional<std::string>> text = around.file(path);
  if (text.has_error()) return text.error();
  if (!*text) {
    if (!required) return {};
    return Error{ErrorCode::kIo, "--config " + path + ": there is no such file"};
  }
  const LocustConfKind kind =
      path.ends_with(".toml") ? LocustConfKind::kPyproject : LocustConfKind::kConf;
  const auto settings = ParseLocustConf(**text, path, kind);
  if (settings.has_error()) return settings.error();
  for (const LocustSetting& setting : *settings) {
    const std::string place = path + ":" + std::to_string(setting.line) + ": ";
    const Result<void> added = AddSetting(flags, setting.name, setting.values, place, layer);
    if (added.has_error()) return added.error();
  }
  return {};
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

Result<void> AddEnvironment(const Flags& flags, const LocustSurroundings& around, Layer* layer) {
  if (!around.variable) return {};
  for (const auto& [variable, flag] : LocustVariables()) {
    const std::optional<std::string> value = around.variable(variable);
    if (!value || value->empty()) continue;
    const std::string place = std::string(variable) + ": ";
    if (flag.empty()) {
      layer->positionals = Words(*value);
      continue;
    }
    const bool list = flag.ends_with("tags");
    const auto values = list ? LocustListValues(*value) : std::vector<std::string>{*value};
    const Result<void> added = AddSetting(flags, std::string(flag.substr(2)), values, place, layer);
    if (added.has_error()) return added.error();
  }
  return {};
}

// Everything below the command line. REQUIRES: `top` was read.
Result<Layer> ReadBelow(const Flags& flags, const Layer& top, const LocustSurroundings& around) {
  Layer below;
  std::vector<std::string> files = {"pyproject.toml", "locust.conf"};
  const auto home = around.variable ? around.variable("HOME") : std::nullopt;
  if (home && !home->empty()) files.insert(files.begin(), *home + "/.locust.conf");
  for (const std::string& path : files) {
    const Result<void> added = AddFile(flags, path, around, false, &below);
    if (added.has_error()) return added.error();
  }
  const auto config = top.flags.find("--config");
  if (config != top.flags.end()) {
    const Result<void> added = AddFile(flags, config->second.back(), around, true, &below);
    if (added.has_error()) return added.error();
  }
  const Result<void> added = AddEnvironment(flags, around, &below);
  if (added.has_error()) return added.error();
  return below;
}

// --- All together --------------------------------------------------------------------------------

// Classes that came by -u, and classes without a scenario.
Result<void> FindScenario(const std::vector<std::string>& user_names, Layer* all,
                          std::vector<std::string>* notes) {
  std::vector<std::string>& words = all->positionals;
  for (const std::string& name : user_names) {
    notes->push_back("-u " + name +
                     " is no number, so it is taken as a user class (Locust's way: " + name +
                     " without -u)");
    words.push_back(name);
  }
  const auto file = all->flags.find("--locustfile");
  if (file != all->flags.end()) {
    const std::string path = file->second.back();
    if (path.ends_with(".py") || path.find(',') != std::string::npos || path == "-") {
      return Error{ErrorCode::kInvalid,
                   "-f " + path +
                       ": a scenario file is JSON, one per run (docs/SCENARIOS.md); for "
                       "the classes of Battwheels' locustfile.py leave -f out"};
    }
    words.insert(words.begin(), path);
    all->flags.erase(file);
    return {};
  }
  if (words.empty() && all->flags.contains("--headless")) {
    notes->push_back(
        "no user class and no scenario: all classes by their weights (mixed), as Locust "
        "takes all of its file");
    words.emplace_back("mixed");
  }
  if (words.empty() || LoadScenarioFile(words.front()).has_value()) return {};
  const std::string scenario = ScenarioWithClasses(words);
  if (!scenario.empty()) {
    notes->push_back("user class " + words.front() + ": scenario " + scenario);
    words.insert(words.begin(), scenario);
  } else if (!user_names.empty() && words.front() == user_names.front()) {
    std::string message = "-u " + words.front() +
                          ": neither a number of users nor a user class of a shipped scenario";
    const std::string nearest = NearestOf(words.front(), ShippedClasses());
    if (!nearest.empty()) message += "; did you mean " + nearest + "?";
    return Error{ErrorCode::kInvalid, message};
  }
  return {};
}

}  // namespace

Result<LocustArguments> ReadLocustArguments(const Flags& flags, const Arguments& words,
                                            const LocustSurroundings& surroundings) {
  LocustArguments result;
  Result<Layer> top = WordReader(flags, words).Read();
  if (top.has_error()) return top.error();
  const bool help = top->flags.contains("--help");
  const Result<Layer> below = help ? Layer() : ReadBelow(flags, *top, surroundings);
  if (below.has_error()) return below.error();

  Layer all = *below;
  for (const auto& [name, values] : top->flags) all.flags[name] = values;
  all.positionals =
      top->positionals.empty() && top->user_names.empty() ? below->positionals : top->positionals;
  const auto host = all.flags.find("--host");
  if (host != all.flags.end()) {
    const bool given = top->flags.contains("--host");
    const bool empty = host->second.back().empty();
    if (empty && given) result.notes.push_back("--host is empty: the embedded workshop is used");
    // A named workshop means the simulation, whatever the surroundings say.
    if (empty || (!given && top->flags.contains("--workshop"))) all.flags.erase(host);
  }
  const Result<void> found = FindScenario(top->user_names, &all, &result.notes);
  if (found.has_error()) return found.error();

  result.words = all.positionals;
  for (const auto& [name, values] : all.flags) {
    if (values.empty()) result.words.push_back(name);
    for (const std::string& value : values) result.words.push_back(name + "=" + value);
  }
  result.words.insert(result.words.end(), top->unknown.begin(), top->unknown.end());
  return result;
}

LocustSurroundings ProcessSurroundings() {
  LocustSurroundings surroundings;
  surroundings.variable = FromEnvironment;
  surroundings.file = [](const std::string& path) -> Result<std::optional<std::string>> {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return std::optional<std::string>();
    Result<std::string> text = ReadWholeFile(path, kConfBytesMax);
    if (text.has_error()) return text.error();
    return std::optional<std::string>(std::move(*text));
  };
  return surroundings;
}

}  // namespace redrive
