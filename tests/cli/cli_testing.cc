#include "tests/cli/cli_testing.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace redrive {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The test's own environment must not reach a scenario.
std::string ShellLine(const Folder& folder, const std::string& command) {
  std::string line = command;
  if (line.starts_with("redrive ")) line = std::string(REDRIVE_BINARY) + line.substr(7);
  return "cd '" + folder.path() + "' && unset TEST_EMAIL TEST_PASSWORD TARGET_HOST && " + line;
}

}  // namespace

Folder::Folder() {
  std::string pattern = testing::TempDir() + "redrive-cli-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  path_ = pattern;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::Write(const std::string& name, const std::string& bytes) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Folder::Read(const std::string& name) const { return ReadFile(path_ + "/" + name); }

Finished RunLine(const Folder& folder, const std::string& command) {
  const std::string out = folder.path() + "/.stdout";
  const std::string err = folder.path() + "/.stderr";
  const std::string line =
      "(" + ShellLine(folder, command) + ") </dev/null >'" + out + "' 2>'" + err + "'";
  const int status = std::system(line.c_str());
  Finished finished;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.out = ReadFile(out);
  finished.err = ReadFile(err);
  return finished;
}

std::string LineWith(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) return "";
  const std::size_t before = text.rfind('\n', at);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  return text.substr(start, text.find('\n', at) - start);
}

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

Background::Background(const Folder& folder, const std::string& command) {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const std::string line = ShellLine(folder, command);
    const std::size_t binary = line.find(REDRIVE_BINARY);
    const std::string exec = line.substr(0, binary) + "exec " + line.substr(binary);
    execl("/bin/sh", "sh", "-c", exec.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  out_ = ends[0];
  std::string text;
  char byte = 0;
  while (read(out_, &byte, 1) == 1) {
    text += byte;
    const std::size_t scheme = text.find("http");
    if (byte != '\n' || scheme == std::string::npos) continue;
    url_ = text.substr(scheme, text.find_first_of(" \n", scheme) - scheme);
    break;
  }
  if (url_.empty()) ADD_FAILURE() << command << " printed no URL: " << text;
}

Background::~Background() {
  if (pid_ > 0) Stop();
  if (out_ >= 0) close(out_);
}

int Background::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace redrive
