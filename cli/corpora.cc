#include "cli/corpora.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/flags.h"
#include "core/nearest.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kScenarioBytesMax = 16U << 20;

// The first that exists: beside the installed binary, then in the source tree.
fs::path CorporaFolder() {
  std::error_code ignored;
  const fs::path binary = fs::read_symlink("/proc/self/exe", ignored);
  if (!binary.empty()) {
    const fs::path installed = binary.parent_path() / REDRIVE_CORPORA_INSTALL;
    if (fs::is_directory(installed, ignored)) return installed.lexically_normal();
  }
  return REDRIVE_CORPORA_SOURCE;
}

bool IsScenarioFolder(const std::string& folder) {
  return folder == "battwheels" || folder == "planted" || folder == "examples";
}

}  // namespace

Result<ScenarioFile> LoadScenarioFile(const std::string& name) {
  std::error_code ignored;
  fs::path path;
  if (fs::is_regular_file(name, ignored)) {
    path = name;
  } else if (name.find('.') == std::string::npos) {
    std::vector<std::string> matches;
    for (const std::string& shipped : ShippedScenarios()) {
      const bool whole = shipped == name;
      const bool stem = shipped.size() > name.size() && shipped.ends_with("/" + name);
      if (whole || stem) matches.push_back(shipped);
    }
    if (matches.size() == 1) path = CorporaFolder() / (matches.front() + ".json");
    if (matches.size() > 1) {
      return Error{ErrorCode::kInvalid, "scenario '" + name + "' is ambiguous: " + matches[0] +
                                            " or " + matches[1] + "?"};
    }
  }
  if (path.empty()) {
    std::string message = "no scenario '" + name + "': neither a file nor one of the shipped ones";
    std::vector<std::string> stems;
    for (const std::string& shipped : ShippedScenarios()) {
      stems.push_back(shipped.substr(shipped.find('/') + 1));
    }
    const std::string nearest = NearestOf(name, stems);
    if (!nearest.empty()) {
      message += "; did you mean " + nearest + "?";
    } else {
      message += " (";
      for (std::size_t i = 0; i < stems.size() && i < 8; ++i) {
        message += (i == 0 ? "" : ", ") + stems[i];
      }
      message += stems.size() > 8 ? ", …)" : ")";
    }
    return Error{ErrorCode::kInvalid, message};
  }
  Result<std::string> text = ReadWholeFile(path.string(), kScenarioBytesMax);
  if (text.has_error()) return text.error();
  return ScenarioFile{path.string(), std::move(*text)};
}

std::vector<std::string> ShippedScenarios() {
  std::vector<std::string> names;
  std::error_code ignored;
  const fs::path root = CorporaFolder();
  for (const auto& folder : fs::directory_iterator(root, ignored)) {
    if (!IsScenarioFolder(folder.path().filename().string())) continue;
    for (const auto& file : fs::directory_iterator(folder.path(), ignored)) {
      if (file.path().extension() != ".json") continue;
      names.push_back(folder.path().filename().string() + "/" + file.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> ReadWholeFile(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
  std::string text;
  char buffer[1 << 16];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (text.size() > bytes_max) {
      return Error{ErrorCode::kLimit,
                   path + ": larger than " + std::to_string(bytes_max >> 20) + " MiB"};
    }
  }
  if (file.bad()) return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
  return text;
}

}  // namespace redrive
