#include "tests/tidy/tidy_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "tests/tidy/tidy_pins.h"

namespace redrive::tidy {
namespace {

constexpr std::size_t kFileLinesMax = 400;
constexpr std::size_t kFunctionLinesMax = 70;
constexpr std::size_t kColumnsMax = 100;

// Functions longer than the limit, with the length they must not exceed. A ratchet: numbers only
// go down, and a line goes when its function fits.
const std::map<std::string, std::size_t>& LongFunctions() {
  static const std::map<std::string, std::size_t> functions = {};
  return functions;
}

bool StartsWithAny(std::string_view text, const std::vector<std::string_view>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// The header that a line includes. Read from the raw line, since `code` holds no strings; the code
// line says that it is not a comment.
std::optional<std::string> Included(const SourceFile& file, std::size_t line) {
  const std::string& code = file.code[line];
  if (!code.starts_with("#include")) return std::nullopt;
  const std::string& raw = file.raw[line];
  const std::size_t open = raw.find_first_of("<\"");
  if (open == std::string::npos) return std::nullopt;
  const std::size_t close = raw.find_first_of(">\"", open + 1);
  if (close == std::string::npos) return std::nullopt;
  return raw.substr(open + 1, close - open - 1);
}

// Calls `visit(line number from 1, header)` for each include.
template <class Visit>
void ForEachInclude(const SourceFile& file, Visit visit) {
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    if (const auto header = Included(file, i)) visit(i + 1, *header);
  }
}

// --- Layers --------------------------------------------------------------------------------------

struct Place {
  std::string_view path;
  std::vector<std::string_view> may_include;  // besides itself
};

// The first entry whose path begins the file's path counts: inner directories before outer ones.
const std::vector<Place>& Places() {
  static const std::vector<Place> places = {
      {"core/", {}},
      {"recorder/workshop/", {"core/", "recorder/"}},
      {"recorder/net/", {"core/", "recorder/"}},
      {"recorder/probe/", {"core/", "recorder/"}},
      {"recorder/", {"core/"}},
      {"replayer/", {"core/", "recorder/"}},
      {"cli/", {"core/", "recorder/", "replayer/"}},
      {"tests/", {"core/", "recorder/", "replayer/", "cli/"}},
  };
  return places;
}

const Place* PlaceOf(std::string_view path) {
  for (const Place& place : Places()) {
    if (path.starts_with(place.path)) return &place;
  }
  return nullptr;
}

// --- Third-party headers and doors to the world --------------------------------------------------

// Headers that bring the outside world in. core/ decides and the workshop is simulated: neither
// may see a file, a socket, a thread or the environment.
const std::vector<std::string_view>& WorldHeaders() {
  static const std::vector<std::string_view> headers = {
      "thread>",       "mutex>",    "shared_mutex>", "condition_variable>",
      "future>",       "fstream>",  "iostream>",     "filesystem>",
      "sys/",          "unistd.h>", "netinet/",      "arpa/",
      "netdb.h>",      "random>",   "ctime>",        "time.h>",
      "poll.h>",       "signal.h>", "csignal>",      "unordered_map>",
      "unordered_set>"};
  return headers;
}

bool Matches(std::string_view header, std::string_view pattern) {
  if (!pattern.ends_with('>')) return header.starts_with(pattern);
  return header == pattern.substr(0, pattern.size() - 1);
}

// The workshop is also served over real HTTP by several threads, and locks guard it there.
bool MayLock(std::string_view path) { return path.starts_with("recorder/workshop/"); }

bool IsSealed(std::string_view path) {
  return path.starts_with("core/") || path.starts_with("recorder/workshop/");
}

// --- Bans ----------------------------------------------------------------------------------------

struct Ban {
  std::string_view text;
  std::string_view remedy;
};

constexpr auto kBans = std::to_array<Ban>({
    {"steady_clock::now", "Env::Now"},
    {"system_clock", "Env::Now, and the scenario's epoch for dates"},
    {"high_resolution_clock", "Env::Now"},
    {"random_device", "the seed of the run"},
    {"mt19937", "Rng"},
    {"_distribution<", "Rng::Below or Rng::Chance"},
    {"unordered_", "std::map or a sorted std::vector"},
    {"std::shuffle", "draws from Rng"},
    {"std::rand", "Rng"},
    {"getenv", "a value that cli reads and passes on"},
    {"std::hash", "core/hash.h: std::hash differs between libraries"},
    {"std::async", "a task"},
    {"std::this_thread", "Env::Sleep"},
    {"std::map<void*", "an id as the key: pointer order differs from run to run"},
});

// Deterministic code: what core decides, what the workshop does, what users are going to do.
bool IsDeterministic(std::string_view path) {
  if (IsSealed(path)) return true;
  if (!path.starts_with("recorder/") || path.starts_with("recorder/net/")) return false;
  for (std::string_view word : {"plan", "scenario", "virtual_user", "template", "generator"}) {
    if (path.find(word) != std::string_view::npos) return true;
  }
  return false;
}

bool IsWordAt(std::string_view line, std::size_t at, std::size_t length) {
  const auto word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  if (at > 0 && word(line[at - 1])) return false;
  return at + length >= line.size() || !word(line[at + length]);
}

bool HasWord(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    if (IsWordAt(line, at, word.size())) return true;
  }
  return false;
}

// --- Lengths -------------------------------------------------------------------------------------

// Columns as a reader counts them: UTF-8 continuation bytes take none.
std::size_t Columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool IsSource(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cc"); }

}  // namespace

Findings CheckLayers(const SourceFile& file) {
  Findings findings;
  const Place* place = PlaceOf(file.path);
  if (place == nullptr) return findings;
  ForEachInclude(file, [&](std::size_t line, const std::string& header) {
    const Place* target = PlaceOf(header);
    if (target == nullptr || target == place) return;
    const bool inner = target->path.find('/') != target->path.size() - 1;  // recorder/net/ and such
    const bool allowed = StartsWithAny(target->path, place->may_include);
    const bool recorder_part = inner && file.path.starts_with("recorder/");
    const bool runs_workshop = place->path == "recorder/" && target->path == "recorder/workshop/";
    const bool joins = place->path == "recorder/probe/" ||
                       (place->path == "recorder/net/" && target->path != "recorder/probe/");
    if (runs_workshop || (allowed && (!recorder_part || joins))) return;
    findings.push_back({file.path, line,
                        std::string(place->path) + " may not include " + header +
                            ": includes go core <- recorder <- replayer <- cli. Move the "
                            "declaration down, or pass an interface in from above"});
  });
  return findings;
}

Findings CheckPinnedHeaders(const SourceFile& file) {
  Findings findings;
  ForEachInclude(file, [&](std::size_t line, const std::string& header) {
    for (const Pin& pin : Pins()) {
      const bool hit = std::any_of(pin.headers.begin(), pin.headers.end(),
                                   [&](std::string_view p) { return Matches(header, p); });
      if (!hit) continue;
      const bool json_in_workshop =
          header.starts_with("nlohmann/") && file.path.starts_with("recorder/workshop/");
      if (!StartsWithAny(file.path, pin.allowed) || json_in_workshop) {
        findings.push_back(
            {file.path, line, "<" + header + "> is pinned: " + std::string(pin.remedy)});
      }
      break;  // The first pin counts: boost/asio before boost/.
    }
    if (!IsSealed(file.path)) return;
    for (std::string_view pattern : WorldHeaders()) {
      if (!Matches(header, pattern) || (header == "mutex" && MayLock(file.path))) continue;
      findings.push_back({file.path, line,
                          "<" + header +
                              "> lets the world into deterministic code: tasks have Env, "
                              "everything else belongs above"});
    }
  });
  return findings;
}

Findings CheckBans(const SourceFile& file) {
  Findings findings;
  const bool deterministic = IsDeterministic(file.path);
  const bool rng = file.path.starts_with("core/rng");
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const std::string& line = file.code[i];
    if (deterministic) {
      for (const Ban& ban : kBans) {
        if (line.find(ban.text) == std::string::npos) continue;
        findings.push_back(
            {file.path, i + 1,
             std::string(ban.text) + " is banned here: use " + std::string(ban.remedy)});
      }
    }
    if (rng && (HasWord(line, "double") || HasWord(line, "float"))) {
      findings.push_back({file.path, i + 1, "floating point rounds by machine: use integers"});
    }
    if (line.find("DISABLED_") != std::string::npos) {
      findings.push_back({file.path, i + 1, "a disabled test proves nothing: mend or remove it"});
    }
  }
  return findings;
}

Findings CheckLengths(const SourceFile& file) {
  Findings findings;
  if (file.raw.size() > kFileLinesMax) {
    findings.push_back({file.path, kFileLinesMax,
                        std::to_string(file.raw.size()) + " lines, at most " +
                            std::to_string(kFileLinesMax) + ": look for the two ideas in it"});
  }
  for (std::size_t i = 0; i < file.raw.size(); ++i) {
    if (Columns(file.raw[i]) <= kColumnsMax || file.code[i].starts_with("#include")) continue;
    findings.push_back({file.path, i + 1, "over 100 columns: ./dev format breaks it"});
  }
  // In this layout a function begins at column 0 and ends with a lone brace there; a type ends
  // with "};" and a namespace has no line of its own left between its last "}" and its end.
  std::size_t start = 0;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const std::string& line = file.code[i];
    if (line.empty() || line[0] == ' ' || line[0] == '#') continue;
    if (line[0] != '}') {
      start = i + 1;
      continue;
    }
    const std::size_t length = start == 0 ? 0 : i + 2 - start;
    if (line.find_last_not_of(' ') == 0 && length > kFunctionLinesMax) {
      const auto known = LongFunctions().find(file.path + ": " + file.raw[start - 1]);
      if (known == LongFunctions().end() || length > known->second) {
        findings.push_back({file.path, start,
                            "a function of " + std::to_string(length) + " lines, at most " +
                                std::to_string(kFunctionLinesMax) + ": give its parts names"});
      }
    }
    start = 0;
  }
  return findings;
}

Findings CheckHeaderGuard(const SourceFile& file) {
  if (!file.path.ends_with(".h")) return {};
  std::string guard = "REDRIVE_";
  for (char c : file.path) {
    const auto byte = static_cast<unsigned char>(c);
    guard += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  guard += '_';
  for (const std::string& line : file.code) {
    if (line == "#ifndef " + guard) return {};
  }
  return {{file.path, 1, "expected the header guard " + guard}};
}

Findings CheckWords(const SourceFile& file) {
  // Written in two halves, so that this file does not contain what it forbids.
  static const std::vector<std::string> marks = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X:"};
  static const std::vector<std::string> places = {
      "/wo"
      "rk/",
      "/fa"
      "rm/",
      "/tmp/bash"
      "_jobs",
      "/tmp/stu"
      "dio",
      ".libr"
      "ary/"};
  static const std::vector<std::string> hosts = {
      "deb.deb"
      "ian.org",
      "registry.npm"
      "js",
      "farm-ben"
      "ch",
      "farm-stu"
      "dio"};
  Findings findings;
  for (std::size_t i = 0; i < file.raw.size(); ++i) {
    const std::string& line = file.raw[i];
    for (const std::string& mark : marks) {
      if (IsSource(file.path) && HasWord(line, mark)) {
        findings.push_back({file.path, i + 1, mark + ": finish it, or file it and leave it out"});
      }
    }
    for (const std::string& place : places) {
      const std::size_t at = line.find(place);
      const bool rooted =
          at != std::string::npos &&
          (at == 0 || (std::isalnum(static_cast<unsigned char>(line[at - 1])) == 0 &&
                       line[at - 1] != '_' && line[at - 1] != '.'));
      if (rooted) findings.push_back({file.path, i + 1, "a path of one machine: " + place});
    }
    for (const std::string& host : hosts) {
      if (line.find(host) == std::string::npos) continue;
      findings.push_back({file.path, i + 1, "the name of a package host: " + host});
    }
  }
  return findings;
}

Findings CheckTestPlace(const std::string& path, const std::vector<std::string>& directories) {
  static const std::set<std::string> own = {
      "tests",         "tests/conformance", "tests/determinism", "tests/planted", "tests/apps",
      "tests/browser", "tests/fuzz",        "tests/bench",       "tests/tidy"};
  const std::string directory = path.substr(0, path.rfind('/'));
  if (!path.ends_with("_test.cc") || own.count(directory) != 0) return {};
  const std::string mirrored = directory.substr(std::string_view("tests/").size());
  if (std::find(directories.begin(), directories.end(), mirrored) != directories.end()) return {};
  return {{path, 0, "tests mirror the tree, and there is no directory " + mirrored + "/"}};
}

Findings CheckTopLevel(const std::vector<std::string>& entries) {
  static const std::set<std::string> allowed = {
      "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "core", "recorder",
      "replayer",       "corpora",           "tests",   "cli",       "docs", "dev",
      "build"};
  Findings findings;
  for (const std::string& entry : entries) {
    const bool trace = entry.ends_with(".redrive");
    if (entry.starts_with(".") || trace || allowed.count(entry) != 0) continue;
    findings.push_back({entry, 0, "nothing else belongs at the top: see docs/ARCHITECTURE.md"});
  }
  return findings;
}

}  // namespace redrive::tidy
