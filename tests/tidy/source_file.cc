// Splits a source text into lines and removes what is not code: comments, and what strings hold.
#include <algorithm>

#include "tests/tidy/tidy_rules.h"

namespace redrive::tidy {
namespace {

class Stripper {
 public:
  explicit Stripper(std::string_view text) : text_(text) {}

  std::string Strip() {
    while (at_ < text_.size()) {
      if (Next("//")) {
        SkipUntil("\n", Keep::kEnd);
      } else if (Next("/*")) {
        SkipUntil("*/", Keep::kNothing);
      } else if (Next("R\"") && !PreviousIsWord()) {
        RawString();
      } else if (text_[at_] == '"') {
        Quoted('"');
      } else if (text_[at_] == '\'' && !PreviousIsWord()) {  // 1'000 is a number
        Quoted('\'');
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  enum class Keep { kNothing, kEnd };

  bool Next(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  bool PreviousIsWord() const {
    if (at_ == 0) return false;
    const unsigned char c = static_cast<unsigned char>(text_[at_ - 1]);
    return std::isalnum(c) != 0 || c == '_';
  }

  // Drops everything up to `end`, except line breaks, which keep the line numbers true.
  void SkipUntil(std::string_view end, Keep keep) {
    const std::size_t found = std::min(text_.find(end, at_), text_.size());
    for (; at_ < found; ++at_) {
      if (text_[at_] == '\n') out_ += '\n';
    }
    if (keep == Keep::kNothing) at_ = std::min(at_ + end.size(), text_.size());
  }

  void RawString() {
    const std::size_t open = std::min(text_.find('(', at_), text_.size());
    const std::string end = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    out_ += "\"\"";
    SkipUntil(end, Keep::kNothing);
  }

  void Quoted(char quote) {
    out_ += quote;
    for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ < text_.size() && text_[at_] == quote) ++at_;
    out_ += quote;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

SourceFile::SourceFile(std::string path_in, std::string_view text)
    : path(std::move(path_in)), raw(Lines(text)), code(Lines(Stripper(text).Strip())) {}

std::string Finding::Text() const { return path + ":" + std::to_string(line) + ": " + message; }

}  // namespace redrive::tidy
