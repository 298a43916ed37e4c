#include "recorder/probe/prometheus_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace redrive {
namespace {

constexpr std::size_t kTextBytesMax = 16U << 20;
constexpr std::size_t kSamplesMax = 500'000;
constexpr std::size_t kLabelsMax = 200;

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool IsNameChar(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

// As Go's ParseFloat reads it: from_chars knows no '+'.
std::optional<double> Number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  if (word.empty() || word.front() == '+') return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  // Out of range is an infinity or a zero: rounded is better than refused.
  const bool good = read.ec == std::errc() || read.ec == std::errc::result_out_of_range;
  if (!good || read.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

// One line. Errors are what was expected, at `column()`.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {}

  [[nodiscard]] std::size_t column() const { return at_ + 1; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool AtEnd() {
    SkipBlanks();
    return at_ == line_.size();
  }

  bool TakeName(std::string* name) {
    SkipBlanks();
    const std::size_t start = at_;
    if (at_ >= line_.size() || !IsNameStart(line_[at_])) return Wrong("expected a metric's name");
    while (at_ < line_.size() && IsNameChar(line_[at_])) ++at_;
    *name = std::string(line_.substr(start, at_ - start));
    return true;
  }

  // Nothing, or {name="value",…}; a comma may stand before the brace.
  bool TakeLabels(PrometheusLabels* labels) {
    SkipBlanks();
    if (!Take('{')) return true;
    while (true) {
      SkipBlanks();
      if (Take('}')) return true;
      if (labels->size() >= kLabelsMax) return Wrong("expected at most 200 labels");
      auto& [name, value] = labels->emplace_back();
      if (!TakeName(&name)) return Wrong("expected a label's name or '}'");
      SkipBlanks();
      if (!Take('=')) return Wrong("expected '='");
      SkipBlanks();
      if (!TakeQuoted(&value)) return false;
      SkipBlanks();
      if (Take(',')) continue;
      if (!Take('}')) return Wrong("expected ',' or '}'");
      return true;
    }
  }

  bool TakeValue(double* value) {
    SkipBlanks();
    const std::size_t start = at_;
    const std::optional<double> number = Number(TakeWord());
    if (!number) {
      at_ = start;
      return Wrong("expected a number");
    }
    *value = *number;
    return true;
  }

  // Behind the value: nothing, a timestamp, an exemplar of OpenMetrics ("# {trace_id="…"} 0.5").
  bool TakeTail() {
    if (AtEnd() || line_[at_] == '#') return true;
    double timestamp = 0;
    if (!TakeValue(&timestamp)) return false;
    return AtEnd() || line_[at_] == '#' || Wrong("expected the end of the line");
  }

 private:
  bool Wrong(const char* expected) {
    if (error_.empty()) error_ = expected;
    return false;
  }
  void SkipBlanks() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }
  bool Take(char c) {
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view TakeWord() {
    const std::size_t start = at_;
    while (at_ < line_.size() && line_[at_] != ' ' && line_[at_] != '\t') ++at_;
    return line_.substr(start, at_ - start);
  }
  bool TakeQuoted(std::string* value) {
    if (!Take('"')) return Wrong("expected '\"'");
    while (at_ < line_.size() && line_[at_] != '"') {
      if (line_[at_] != '\\') {
        *value += line_[at_++];
        continue;
      }
      const char c = at_ + 1 < line_.size() ? line_[at_ + 1] : '\0';
      if (c != '\\' && c != '"' && c != 'n') return Wrong("expected \\\\, \\\" or \\n");
      *value += c == 'n' ? '\n' : c;
      at_ += 2;
    }
    return Take('"') || Wrong("expected '\"'");
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::string error_;
};

Error At(std::size_t line, const LineReader& reader) {
  return Error{ErrorCode::kInvalid, "metrics, line " + std::to_string(line) + ", column " +
                                        std::to_string(reader.column()) + ": " + reader.error()};
}

}  // namespace

Result<void> ParsePrometheus(std::string_view text,
                             const std::function<void(const PrometheusSample&)>& visit) {
  if (text.size() > kTextBytesMax) return Error{ErrorCode::kLimit, "metrics: over 16 MiB"};
  std::size_t samples = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    LineReader reader(line);
    if (reader.AtEnd() || line[reader.column() - 1] == '#') continue;
    PrometheusSample sample;
    const bool good = reader.TakeName(&sample.name) && reader.TakeLabels(&sample.labels) &&
                      reader.TakeValue(&sample.value) && reader.TakeTail();
    if (!good) return At(number, reader);
    if (++samples > kSamplesMax) {
      return Error{ErrorCode::kLimit, "metrics: over 500,000 samples"};
    }
    visit(sample);
  }
  return {};
}

bool PrometheusSelector::Selects(const PrometheusSample& sample) const {
  return sample.name == name &&
         std::all_of(labels.begin(), labels.end(), [&sample](const auto& label) {
           return std::find(sample.labels.begin(), sample.labels.end(), label) !=
                  sample.labels.end();
         });
}

Result<PrometheusSelector> ParsePrometheusSelector(std::string_view text) {
  PrometheusSelector selector;
  LineReader reader(text);
  const bool good = reader.TakeName(&selector.name) && reader.TakeLabels(&selector.labels);
  if (good && reader.AtEnd()) return selector;
  return Error{ErrorCode::kInvalid, "'" + std::string(text) + "', column " +
                                        std::to_string(reader.column()) + ": " +
                                        (good ? "expected the end" : reader.error()) +
                                        "; a metric is NAME or NAME{label=\"value\"}"};
}

}  // namespace redrive
