// Runs the redrive binary as a user would, in a folder of its own.
#ifndef REDRIVE_TESTS_CLI_CLI_TESTING_H_
#define REDRIVE_TESTS_CLI_CLI_TESTING_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace redrive {

struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// A temporary folder, removed with all that is in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string Write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] std::string Read(const std::string& name) const;

 private:
  std::string path_;
};

// `command` is a shell line in which the word redrive at the start stands for the built binary.
Finished RunLine(const Folder& folder, const std::string& command);

// The first line of `text` that contains `part`, without its end; "" when there is none.
std::string LineWith(const std::string& text, const std::string& part);
std::size_t CountOf(const std::string& text, const std::string& part);

// A redrive command in the background that prints a line with a URL once it listens.
class Background {
 public:
  Background(const Folder& folder, const std::string& command);
  ~Background();  // SIGTERM, then waits
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }
  int Stop();  // the exit code

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string url_;
};

}  // namespace redrive

#endif  // REDRIVE_TESTS_CLI_CLI_TESTING_H_
