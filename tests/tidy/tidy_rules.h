// The rules of the house as functions over source text: layers, pinned third-party headers, bans
// with their replacement, lengths, spelling of header guards, words that must not be committed.
// Each takes a file and returns what it breaks, so that the rules themselves are tested on
// snippets.
#ifndef REDRIVE_TESTS_TIDY_TIDY_RULES_H_
#define REDRIVE_TESTS_TIDY_TIDY_RULES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redrive::tidy {

struct SourceFile {
  // `path` is relative to the repository.
  SourceFile(std::string path_in, std::string_view text);

  std::string path;
  std::vector<std::string> raw;   // the lines as they are
  std::vector<std::string> code;  // without comments, strings emptied; same line numbers
};

struct Finding {
  std::string path;
  std::size_t line = 0;  // from 1; 0 = the whole file
  std::string message;   // what is wrong and what to do instead

  std::string Text() const;
};

using Findings = std::vector<Finding>;

// core <- recorder <- replayer <- cli <- tests, and the parts of the recorder among themselves.
Findings CheckLayers(const SourceFile& file);

// Each third-party header, and each door to the outside world, is allowed in few places only.
Findings CheckPinnedHeaders(const SourceFile& file);

// Names that would let the machine, the compiler or the clock into a deterministic execution.
Findings CheckBans(const SourceFile& file);

// Files, functions and lines that have grown too long.
Findings CheckLengths(const SourceFile& file);

Findings CheckHeaderGuard(const SourceFile& file);

// Open ends and names that only mean something on one machine. For every text file.
Findings CheckWords(const SourceFile& file);

// Test programs mirror the tree: tests/X/y_test.cc needs a directory X.
Findings CheckTestPlace(const std::string& path, const std::vector<std::string>& directories);

// What may lie at the top of the repository.
Findings CheckTopLevel(const std::vector<std::string>& entries);

}  // namespace redrive::tidy

#endif  // REDRIVE_TESTS_TIDY_TIDY_RULES_H_
