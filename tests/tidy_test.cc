// Holds the repository to the rules of the house, and the rules to snippets that must break them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/tidy/tidy_rules.h"

namespace redrive::tidy {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const fs::path& Root() {
  static const fs::path root = REDRIVE_SOURCE_DIR;
  return root;
}

std::string Relative(const fs::path& path) {
  return path.lexically_relative(Root()).generic_string();
}

bool IsSource(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cc";
}

// Every regular file below the directories, in a fixed order.
std::vector<fs::path> FilesBelow(const std::vector<std::string>& directories) {
  std::vector<fs::path> files;
  for (const std::string& directory : directories) {
    if (!fs::exists(Root() / directory)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(Root() / directory)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

const std::vector<SourceFile>& Sources() {
  static const std::vector<SourceFile> sources = [] {
    std::vector<SourceFile> found;
    for (const fs::path& path : FilesBelow({"core", "recorder", "replayer", "cli", "tests"})) {
      if (IsSource(path)) found.emplace_back(Relative(path), Read(path));
    }
    return found;
  }();
  return sources;
}

std::string Text(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding.Text() + "\n";
  return text;
}

std::string Apply(Findings (*rule)(const SourceFile&)) {
  std::string text;
  for (const SourceFile& file : Sources()) text += Text(rule(file));
  return text;
}

void ExpectNothing(const std::string& findings) {
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
}

std::size_t Count(Findings (*rule)(const SourceFile&), const char* path, std::string_view text) {
  return rule(SourceFile(path, text)).size();
}

// --- The repository ------------------------------------------------------------------------------

TEST(TidyTest, SourcesAreFound) { EXPECT_GT(Sources().size(), 20U); }

TEST(TidyTest, IncludesFollowTheLayers) { ExpectNothing(Apply(CheckLayers)); }

TEST(TidyTest, ThirdPartyHeadersArePinned) { ExpectNothing(Apply(CheckPinnedHeaders)); }

TEST(TidyTest, DeterministicCodeUsesNothingBanned) { ExpectNothing(Apply(CheckBans)); }

TEST(TidyTest, NothingIsTooLong) { ExpectNothing(Apply(CheckLengths)); }

TEST(TidyTest, HeaderGuardsFollowThePath) { ExpectNothing(Apply(CheckHeaderGuard)); }

TEST(TidyTest, NoOpenEndsAndNoNamesOfOneMachine) {
  std::string text = Apply(CheckWords);
  for (const fs::path& path : FilesBelow({"docs", ".ci", "corpora/battwheels", "tests"})) {
    if (!IsSource(path)) text += Text(CheckWords(SourceFile(Relative(path), Read(path))));
  }
  for (const char* name : {"README.md", "dev", "CMakeLists.txt", "CMakePresets.json"}) {
    text += Text(CheckWords(SourceFile(name, Read(Root() / name))));
  }
  ExpectNothing(text);
}

TEST(TidyTest, TestsMirrorTheTree) {
  std::vector<std::string> directories;
  for (const SourceFile& file : Sources()) {
    directories.push_back(file.path.substr(0, file.path.rfind('/')));
  }
  std::string text;
  for (const SourceFile& file : Sources()) {
    if (file.path.starts_with("tests/")) text += Text(CheckTestPlace(file.path, directories));
  }
  ExpectNothing(text);
}

TEST(TidyTest, TopLevelHoldsOnlyWhatIsAgreed) {
  std::vector<std::string> entries;
  for (const auto& entry : fs::directory_iterator(Root())) {
    entries.push_back(entry.path().filename().string());
  }
  std::sort(entries.begin(), entries.end());
  ExpectNothing(Text(CheckTopLevel(entries)));
}

// --- The rules: each must fire on a planted snippet, and stay silent beside it
// ---------------------

TEST(TidyRulesTest, LayersGoOneWay) {
  EXPECT_EQ(Count(CheckLayers, "core/a.cc", "#include \"recorder/http.h\"\n"), 1U);
  EXPECT_EQ(Count(CheckLayers, "recorder/a.cc", "#include \"replayer/history.h\"\n"), 1U);
  EXPECT_EQ(Count(CheckLayers, "recorder/a.cc", "#include \"recorder/net/server.h\"\n"), 1U);
  EXPECT_EQ(Count(CheckLayers, "recorder/workshop/a.cc", "#include \"recorder/net/x.h\"\n"), 1U);
  EXPECT_EQ(Count(CheckLayers, "replayer/a.h", "#include \"cli/flags.h\"\n"), 1U);
  EXPECT_EQ(Count(CheckLayers, "cli/a.cc", "#include \"tests/x.h\"\n"), 1U);

  EXPECT_EQ(Count(CheckLayers, "recorder/a.cc", "#include \"core/rng.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "recorder/a.cc", "#include \"recorder/workshop/w.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "recorder/workshop/a.cc", "#include \"recorder/http.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "recorder/net/a.cc", "#include \"recorder/workshop/w.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "replayer/a.cc", "#include \"recorder/net/client.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "core/a.cc", "// #include \"cli/flags.h\"\n"), 0U);
  EXPECT_EQ(Count(CheckLayers, "core/a.cc", "/*\n#include \"cli/flags.h\"\n*/\n"), 0U);
}

TEST(TidyRulesTest, ThirdPartyHeadersStayInTheirPlaces) {
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/a.cc", "#include <boost/asio.hpp>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "cli/a.cc", "#include <openssl/ssl.h>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "core/a.cc", "#include <nlohmann/json.hpp>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/workshop/a.cc", "#include <nlohmann/json.hpp>\n"),
            1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "replayer/a.cc", "#include <cereal/cereal.hpp>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "cli/run.cc", "#include <CLI/CLI.hpp>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "core/digest.cc", "#include <xxhash.h>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "core/a.cc", "#include <thread>\n"), 1U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/workshop/a.h", "#include <fstream>\n"), 1U);

  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/net/a.cc", "#include <boost/asio.hpp>\n"), 0U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/a.cc", "#include <nlohmann/json.hpp>\n"), 0U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/trace_file.cc", "#include <zstd.h>\n"), 0U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "cli/flags.cc", "#include <CLI/CLI.hpp>\n"), 0U);
  EXPECT_EQ(Count(CheckPinnedHeaders, "recorder/a.cc", "#include <thread>\n"), 0U);
}

TEST(TidyRulesTest, BansNameTheReplacement) {
  const Findings findings =
      CheckBans(SourceFile("core/a.cc", "// why\nauto t = std::chrono::steady_clock::now();\n"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].Text(), "core/a.cc:2: steady_clock::now is banned here: use Env::Now");
}

TEST(TidyRulesTest, BansHoldInDeterministicCode) {
  constexpr std::string_view kMap = "std::unordered_map<int, int> m;\n";
  EXPECT_EQ(Count(CheckBans, "core/a.h", kMap), 1U);
  EXPECT_EQ(Count(CheckBans, "recorder/workshop/a.h", kMap), 1U);
  EXPECT_EQ(Count(CheckBans, "recorder/virtual_user.cc", kMap), 1U);
  EXPECT_EQ(Count(CheckBans, "recorder/plan.cc", kMap), 1U);
  EXPECT_EQ(Count(CheckBans, "recorder/net/pool.cc", kMap), 0U);
  EXPECT_EQ(Count(CheckBans, "core/a.cc", "int x = 0;  // unordered_map is banned\n"), 0U);
  EXPECT_EQ(Count(CheckBans, "core/a.cc", "const char* s = \"getenv\";\n"), 0U);
  EXPECT_EQ(Count(CheckBans, "core/a.cc", "auto s = R\"(getenv\nstd::rand)\";\n"), 0U);
  EXPECT_EQ(Count(CheckBans, "core/a.cc", "const int n = 1'000; getenv(name);\n"), 1U);
  EXPECT_EQ(Count(CheckBans, "core/rng.cc", "double x = 0;\n"), 1U);
  EXPECT_EQ(Count(CheckBans, "core/rng.cc", "int doubled = 0;\n"), 0U);
}

TEST(TidyRulesTest, LengthsAreLimited) {
  const auto repeat = [](std::size_t count, const std::string& line) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += line;
    return text;
  };
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", repeat(400, "int x;\n")), 0U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", repeat(401, "int x;\n")), 1U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", repeat(100, "x") + "\n"), 0U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", repeat(101, "x") + "\n"), 1U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", "// " + repeat(97, "é") + "\n"), 0U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", "void F() {\n" + repeat(68, "  G();\n") + "}\n"), 0U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", "void F() {\n" + repeat(69, "  G();\n") + "}\n"), 1U);
  EXPECT_EQ(Count(CheckLengths, "core/a.cc", "struct S {\n" + repeat(90, "  int x;\n") + "};\n"),
            0U);
}

TEST(TidyRulesTest, HeaderGuards) {
  EXPECT_EQ(Count(CheckHeaderGuard, "core/rng.h", "#ifndef REDRIVE_CORE_RNG_H_\n"), 0U);
  EXPECT_EQ(Count(CheckHeaderGuard, "core/rng.h", "#pragma once\n"), 1U);
}

TEST(TidyRulesTest, Words) {
  EXPECT_EQ(Count(CheckWords, "core/a.cc",
                  "// TO"
                  "DO: later\n"),
            1U);
  EXPECT_EQ(Count(CheckWords, "core/a.cc",
                  "// see /wo"
                  "rk/main\n"),
            1U);
  EXPECT_EQ(Count(CheckWords, "docs/a.md",
                  "from deb.deb"
                  "ian.org\n"),
            1U);
  EXPECT_EQ(Count(CheckWords, "docs/a.md",
                  "GET /api/wo"
                  "rk/orders\n"),
            0U);
}

TEST(TidyRulesTest, PlacesOfTestsAndTopLevel) {
  EXPECT_EQ(CheckTestPlace("tests/recorder/a_test.cc", {"recorder"}).size(), 0U);
  EXPECT_EQ(CheckTestPlace("tests/gadgets/a_test.cc", {"recorder"}).size(), 1U);
  EXPECT_EQ(CheckTopLevel({"core", "README.md", ".git", "build"}).size(), 0U);
  EXPECT_EQ(CheckTopLevel({"src"}).size(), 1U);
}

}  // namespace
}  // namespace redrive::tidy
