#include "recorder/pattern.h"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace redrive {
namespace {

constexpr std::size_t kExpressionBytesMax = 4096;
constexpr std::int64_t kProgramBytesMax = 1 << 20;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Pattern::Impl {
  Impl(std::string_view expression, const re2::RE2::Options& options)
      : compiled(Piece(expression), options) {}
  re2::RE2 compiled;
};

Pattern::Pattern(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::Compile(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) {
    return Error{ErrorCode::kInvalid, "a regular expression of more than 4096 bytes"};
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kProgramBytesMax);
  auto impl = std::make_unique<Impl>(expression, options);
  if (!impl->compiled.ok()) {
    return Error{ErrorCode::kInvalid,
                 "not a regular expression (RE2 syntax): " + std::string(impl->compiled.error())};
  }
  return std::shared_ptr<const Pattern>(new Pattern(std::move(impl)));
}

bool Pattern::Matches(std::string_view text) const {
  return re2::RE2::PartialMatch(Piece(text), impl_->compiled);
}

}  // namespace redrive
