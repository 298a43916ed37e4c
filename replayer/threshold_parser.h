// ThresholdParser: the grammar of docs/THRESHOLDS.md, by hand. For replayer/threshold_*.cc only:
// everyone else has ParseThreshold.
#ifndef REDRIVE_REPLAYER_THRESHOLD_PARSER_H_
#define REDRIVE_REPLAYER_THRESHOLD_PARSER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "replayer/threshold.h"

namespace redrive {

class ThresholdParser {
 public:
  explicit ThresholdParser(std::string_view text) : text_(text) {}

  Result<Threshold> Parse();

 private:
  Error Failure() const { return Error{ErrorCode::kInvalid, error_}; }
  Error Fail(const std::string& expected) {
    if (error_.empty()) {
      error_ = "threshold '" + std::string(text_) + "', column " + std::to_string(at_ + 1) + ": " +
               expected;
    }
    return Failure();
  }
  bool Wrong(const std::string& expected) {
    (void)Fail(expected);
    return false;
  }

  static bool IsLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  void SkipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view TakeWord() {
    SkipSpace();
    const std::size_t start = at_;
    while (at_ < text_.size() && IsLetter(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  bool TakeSelector();
  bool TakeTags();
  bool TakeTag(std::string_view key, const std::string& value);
  bool TakeTagValue(std::string* value);
  bool TakeExpression();
  bool TakeArguments();
  bool TakeWindow();
  bool TakeDurationArgument(VirtualTime* time);
  bool TakeDecimal(std::int64_t* millionths);
  bool TakeBound();
  bool TakeAbort();
  bool TakeSize();
  bool CheckCombination();
  bool CheckProbe();

  std::string_view text_;
  std::size_t at_ = 0;
  bool metric_given_ = false;
  std::string error_;
  Threshold threshold_;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_THRESHOLD_PARSER_H_
