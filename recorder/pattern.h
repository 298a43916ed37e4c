// Pattern: a regular expression in RE2's syntax. Matching takes time linear in the text, whatever
// the expression is, so that a scenario cannot make a run hang. The one place that knows RE2.
#ifndef REDRIVE_RECORDER_PATTERN_H_
#define REDRIVE_RECORDER_PATTERN_H_

#include <memory>
#include <string_view>

#include "core/result.h"

namespace redrive {

// Immutable; may be used by several threads at once.
class Pattern {
 public:
  // Errors (kInvalid): not an expression, longer than 4096 bytes, or one that compiles to more than
  // 1 MiB (large counted repetitions).
  [[nodiscard]] static Result<std::shared_ptr<const Pattern>> Compile(std::string_view expression);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  // Whether it matches anywhere in `text`; "^" and "$" anchor it. Bytes, not UTF-8 characters,
  // where the text is not UTF-8.
  [[nodiscard]] bool Matches(std::string_view text) const;

 private:
  struct Impl;
  explicit Pattern(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PATTERN_H_
