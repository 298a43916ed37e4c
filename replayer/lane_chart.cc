#include "replayer/lane_chart.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "replayer/wrap_text.h"

namespace redrive {
namespace {

constexpr std::size_t kGutter = 11;     // "    12  ┌  "
constexpr std::size_t kColumnMin = 26;  // narrower columns say too little
constexpr std::size_t kRowsMax = 36;    // above, runs of steps outside the window are counted only

struct Row {
  std::uint64_t sequence = 0;
  std::uint32_t user = 0;
  std::string text;
  bool step = false;    // may be folded
  bool marked = false;  // belongs to the window
};

// A whole word: "TKT-1" is not in "TKT-10".
bool HasWord(const std::string& text, const std::string& word) {
  const auto part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !part(text[at - 1]);
    const bool ends = end == text.size() || !part(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

// With the name of the data operation where that fits.
std::string StepText(const StepRecord& step, std::size_t columns) {
  const std::size_t dot = step.label.rfind('.');
  const std::string what = dot == std::string::npos ? step.label : step.label.substr(dot + 1);
  if (step.resource.empty()) return what;
  const std::string text = (step.mode == Mode::kWrite ? "writes " : "reads  ") + step.resource;
  return ColumnsOf(text) + 2 + what.size() <= columns ? text + "  " + what : text;
}

std::string AnswerText(const ReturnRecord& reply, const std::string& what) {
  if (reply.error != SendError::kNone) return "← " + reply.message;
  std::string text = "← " + std::to_string(reply.response.status) + " ";
  const std::vector<std::string> values = ValuesThatMatter(reply.response.body, what);
  if (values.empty()) return text + reply.response.body;
  for (const std::string& value : values) {  // the column has room for the last name only
    text += (&value == values.data() ? "" : ", ") +
            value.substr(value.rfind('/', value.find(" = ")) + 1);
  }
  return text;
}

class Chart {
 public:
  Chart(const Trace& trace, const std::vector<WindowStep>& window, const std::string& what)
      : trace_(trace), window_(window), what_(what) {}

  std::string Draw() {
    for (const InvokeRecord& invoke : trace_.invokes) {
      if (invoke.phase == Phase::kRun) users_.try_emplace(invoke.user, users_.size());
    }
    const std::size_t lanes = std::max<std::size_t>(users_.size(), 1);
    side_by_side_ = kGutter + lanes * kColumnMin <= kTextColumns;
    column_ = side_by_side_ ? (kTextColumns - kGutter) / lanes : kTextColumns - kGutter;
    Collect();
    if (rows_.size() > kRowsMax) Fold();
    std::string text = Heads();
    for (const Row& row : rows_) text += Line(row);
    return text;
  }

 private:
  void Collect() {
    for (std::size_t i = 0; i < trace_.invokes.size(); ++i) {
      const InvokeRecord& invoke = trace_.invokes[i];
      if (invoke.phase != Phase::kRun) continue;
      rows_.push_back({invoke.sequence, invoke.user,
                       "→ #" + std::to_string(invoke.operation) + " " + invoke.request.method +
                           " " + invoke.request.target,
                       false, false});
      const auto& reply = trace_.returns[i];
      if (!reply) continue;
      rows_.push_back({reply->sequence, invoke.user, AnswerText(*reply, what_), false, false});
    }
    for (const StepRecord& step : trace_.steps) {
      if (step.operation == 0 || step.operation > trace_.invokes.size()) continue;
      const InvokeRecord& invoke = trace_.invokes[step.operation - 1];
      // Admission touches nothing; the send before it says as much.
      if (invoke.phase != Phase::kRun || step.resource.empty()) continue;
      const bool marked = std::any_of(window_.begin(), window_.end(), [&](const WindowStep& in) {
        return in.sequence == step.sequence;
      });
      rows_.push_back({step.sequence, invoke.user, StepText(step, column_ - 2), true, marked});
    }
    std::sort(rows_.begin(), rows_.end(),
              [](const Row& a, const Row& b) { return a.sequence < b.sequence; });
  }

  void Fold() {
    std::vector<Row> folded;
    for (std::size_t i = 0; i < rows_.size();) {
      std::size_t end = i;
      while (end < rows_.size() && rows_[end].step && !rows_[end].marked &&
             rows_[end].user == rows_[i].user) {
        ++end;
      }
      if (end - i < 3) {
        folded.push_back(rows_[i++]);
        continue;
      }
      Row row = rows_[i];
      row.text = "… " + std::to_string(end - i) + " data operations";
      folded.push_back(std::move(row));
      i = end;
    }
    rows_ = std::move(folded);
  }

  std::string Heads() const {
    if (!side_by_side_ || users_.empty()) return "";
    std::string names(kGutter, ' ');
    std::string rule(kGutter, ' ');
    for (const auto& [user, lane] : users_) {
      names += Cell(LaneLetter(user), column_);
      for (std::size_t i = 0; i + 2 < column_; ++i) rule += "─";
      rule += "  ";
    }
    return Trimmed(names) + Trimmed(rule);
  }

  std::string Line(const Row& row) const {
    const bool any = !window_.empty();
    const std::uint64_t first = any ? window_.front().sequence : 0;
    const std::uint64_t last = any ? window_.back().sequence : 0;
    std::string bracket = " ";
    if (any && row.sequence == first) {
      bracket = "┌";
    } else if (any && row.sequence == last) {
      bracket = "└";
    } else if (any && row.sequence > first && row.sequence < last) {
      bracket = row.marked ? "├" : "│";
    }
    const std::string number = std::to_string(row.sequence);
    std::string line(number.size() < 6 ? 6 - number.size() : 0, ' ');
    line += number + "  " + bracket + (row.marked ? "─ " : "  ");
    if (!side_by_side_)
      return Trimmed(line + OneLine(LaneLetter(row.user) + "  " + row.text, column_));
    line += std::string(users_.at(row.user) * column_, ' ');
    return Trimmed(line + OneLine(row.text, column_ - 2));
  }

  static std::string Trimmed(std::string line) {
    while (line.ends_with(' ')) line.pop_back();
    return line + "\n";
  }

  const Trace& trace_;
  const std::vector<WindowStep>& window_;
  const std::string& what_;
  std::vector<Row> rows_;
  std::map<std::uint32_t, std::size_t> users_;  // their column
  std::size_t column_ = 0;
  bool side_by_side_ = true;
};

}  // namespace

std::string LaneLetter(std::uint32_t user) {
  const std::string letter(1, static_cast<char>('A' + user % 26));
  return user < 26 ? letter : letter + std::to_string(user / 26);
}

std::vector<std::string> ValuesThatMatter(const std::string& body, const std::string& what) {
  constexpr std::size_t kValuesMax = 4;
  std::vector<std::string> values;
  const auto json = nlohmann::ordered_json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_structured()) return values;
  const nlohmann::ordered_json flat = json.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    const bool telling = value.is_string() ? text.size() > 1 : value.is_number();
    if (!telling || !HasWord(what, text)) continue;
    if (values.size() < kValuesMax) values.push_back(pointer + " = " + text);
  }
  return values;
}

std::string LaneChart(const Trace& trace, const std::vector<WindowStep>& window,
                      const std::string& what) {
  return Chart(trace, window, what).Draw();
}

}  // namespace redrive
