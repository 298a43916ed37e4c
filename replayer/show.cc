#include "replayer/show.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "core/hash.h"

namespace redrive {
namespace {

constexpr std::size_t kLanesMax = 24;
constexpr std::size_t kBodyBytes = 90;

enum class LineKind : std::uint8_t { kInvoke, kStep, kReturn };

struct Line {
  std::uint64_t sequence = 0;
  std::int64_t at_ns = 0;
  LineKind kind = LineKind::kStep;
  std::uint64_t operation = 0;
  const StepRecord* step = nullptr;
};

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string Number(std::uint64_t number, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%*llu", width, static_cast<unsigned long long>(number));
  return text;
}

std::string Seconds(std::int64_t nanoseconds) {
  char text[48];
  std::snprintf(text, sizeof text, "%6lld.%06lld s",
                static_cast<long long>(nanoseconds / 1'000'000'000),
                static_cast<long long>(nanoseconds % 1'000'000'000 / 1000));
  return text;
}

// One line, control characters made visible, cut at a character boundary.
std::string OneLine(const std::string& text, std::size_t bytes_max) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= bytes_max && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      return line + "…";
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      line += escaped;
    }
  }
  return line;
}

class Timeline {
 public:
  Timeline(const Trace& trace, const ShowOptions& options) : trace_(trace), options_(options) {}

  std::string Render() {
    CollectLines();
    const auto [first, last] = Window();
    std::string text;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      // Lanes follow from the beginning, so that a window shows who was open when it began.
      const std::string lanes = Advance(lines_[i]);
      if (i >= first && i < last) text += RenderLine(lines_[i], lanes);
    }
    const std::size_t hidden = lines_.size() - (last - first);
    if (hidden != 0) {
      text += "(" + std::to_string(hidden) + " more events: --lines 0 shows all, --around N " +
              "a place)\n";
    }
    if (lines_.empty()) text += "(no request fits)\n";
    return text;
  }

 private:
  bool Wanted(const InvokeRecord& invoke) const {
    const auto& only = options_.operations;
    if (!only.empty() && std::find(only.begin(), only.end(), invoke.operation) == only.end()) {
      return false;
    }
    if (options_.user && invoke.user != *options_.user) return false;
    return options_.name.empty() || invoke.name.find(options_.name) != std::string::npos;
  }

  void CollectLines() {
    std::vector<bool> wanted(trace_.invokes.size() + 1, false);
    for (std::size_t i = 0; i < trace_.invokes.size(); ++i) {
      const InvokeRecord& invoke = trace_.invokes[i];
      if (!Wanted(invoke)) continue;
      wanted[i + 1] = true;
      lines_.push_back({invoke.sequence, invoke.sent_ns, LineKind::kInvoke, i + 1, nullptr});
      const auto& reply = trace_.returns[i];
      if (!reply) continue;
      lines_.push_back({reply->sequence, reply->done_ns, LineKind::kReturn, i + 1, nullptr});
    }
    for (const StepRecord& step : trace_.steps) {
      const bool known = step.operation < wanted.size() && wanted[step.operation];
      if (!options_.steps || !known) continue;
      lines_.push_back({step.sequence, step.at_ns, LineKind::kStep, step.operation, &step});
    }
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const Line& a, const Line& b) { return a.sequence < b.sequence; });
  }

  std::pair<std::size_t, std::size_t> Window() const {
    std::size_t centre = lines_.size();
    for (std::size_t i = 0; i < lines_.size() && centre == lines_.size(); ++i) {
      const bool operation =
          options_.around_operation && lines_[i].operation == *options_.around_operation;
      const bool event = options_.around_event && lines_[i].sequence >= *options_.around_event;
      if (operation || event) centre = i;
    }
    if (centre < lines_.size()) {
      const std::size_t first = centre > options_.context ? centre - options_.context : 0;
      return {first, std::min(lines_.size(), centre + options_.context + 1)};
    }
    if (options_.lines_max == 0) return {0, lines_.size()};
    return {0, std::min(lines_.size(), options_.lines_max)};
  }

  // Moves the lanes by one event and draws them.
  std::string Advance(const Line& line) {
    if (line.kind == LineKind::kInvoke) {
      std::size_t lane = 0;
      while (lane < lanes_.size() && lanes_[lane] != 0) ++lane;
      if (lane == lanes_.size()) lanes_.push_back(0);
      lanes_[lane] = line.operation;
    }
    std::string drawn;
    for (std::size_t lane = 0; lane < std::min(lanes_.size(), kLanesMax); ++lane) {
      const char* mark = "│";
      if (lanes_[lane] == 0) {
        mark = " ";
      } else if (lanes_[lane] == line.operation) {
        mark = line.kind == LineKind::kInvoke ? "┌" : line.kind == LineKind::kReturn ? "└" : "●";
      }
      drawn += mark;
      drawn += ' ';
    }
    drawn_width_ = std::max(drawn_width_, std::min(lanes_.size(), kLanesMax));
    drawn.append(2 * (drawn_width_ - std::min(lanes_.size(), kLanesMax)), ' ');
    if (lanes_.size() > kLanesMax) drawn += "+ ";
    if (line.kind == LineKind::kReturn) {
      std::replace(lanes_.begin(), lanes_.end(), line.operation, std::uint64_t{0});
      while (!lanes_.empty() && lanes_.back() == 0) lanes_.pop_back();
    }
    return drawn;
  }

  std::string RenderLine(const Line& line, const std::string& lanes) const {
    const InvokeRecord& invoke = trace_.invokes[line.operation - 1];
    std::string text = Seconds(line.at_ns) + " " + Number(line.sequence, 8) + "  " + lanes + " " +
                       Padded("#" + std::to_string(line.operation), 6) + " ";
    const std::size_t body_max = options_.bodies ? ~std::size_t{0} : kBodyBytes;
    if (line.kind == LineKind::kInvoke) {
      text += Padded(WhoOf(invoke), 10) + " " + invoke.name;
      if (options_.bodies) text += RequestDetails(invoke);
    } else if (line.kind == LineKind::kStep) {
      text += Padded("", 10) + " " + Padded(line.step->label, 34);
      if (!line.step->resource.empty()) {
        text += line.step->mode == Mode::kWrite ? " write " : " read  ";
        text += line.step->resource;
      }
    } else {
      const ReturnRecord& reply = *trace_.returns[line.operation - 1];
      text += Padded(OutcomeName(reply.outcome), 10) + " ";
      text += reply.error == SendError::kNone ? std::to_string(reply.response.status) + " "
                                              : reply.message + " ";
      text += OneLine(reply.response.body, body_max);
      if (!reply.failure.empty()) text += "  (" + OneLine(reply.failure, kBodyBytes) + ")";
    }
    while (text.ends_with(' ')) text.pop_back();
    return text + "\n";
  }

  static std::string WhoOf(const InvokeRecord& invoke) {
    switch (invoke.phase) {
      case Phase::kSetup:
        return "setup";
      case Phase::kAudit:
        return "audit";
      case Phase::kRun:
        break;
    }
    return "user " + std::to_string(invoke.user);
  }

  static std::string OutcomeName(Outcome outcome) {
    switch (outcome) {
      case Outcome::kOk:
        return "ok";
      case Outcome::kFail:
        return "fail";
      case Outcome::kInfo:
        return "info";
    }
    return "";
  }

  static std::string RequestDetails(const InvokeRecord& invoke) {
    std::string text = "  " + invoke.request.method + " " + invoke.request.target;
    for (const Header& header : invoke.request.headers) {
      text += "  " + header.name + ": " + OneLine(header.value, ~std::size_t{0});
    }
    if (!invoke.request.body.empty()) {
      text += "  " + OneLine(invoke.request.body, ~std::size_t{0});
    }
    return text;
  }

  const Trace& trace_;
  const ShowOptions& options_;
  std::vector<Line> lines_;
  std::vector<std::uint64_t> lanes_;  // the open request in each lane; 0 is free
  std::size_t drawn_width_ = 0;
};

}  // namespace

std::string ShowHeader(const Trace& trace) {
  const TraceHeader& header = trace.header;
  const RunSpec& spec = header.spec;
  std::string text = "scenario     " + spec.scenario_name + ", seed " + std::to_string(spec.seed) +
                     ", " + spec.pacing + " pacing\n";
  text += "target       " + header.target;
  if (header.target_kind == TargetKind::kWorkshop) {
    text += " " + (spec.workshop.empty() ? "as the scenario says" : spec.workshop) + ", strategy " +
            spec.strategy;
  }
  text += "\nrecorded by  " + header.redrive_version + "\n";
  text += "plan digest  " + ToHex(header.plan_digest) + "\n";
  if (!trace.end) {
    return text + "ending       " + trace.note + "\n";
  }
  const EndRecord& end = *trace.end;
  if (header.target_kind == TargetKind::kWorkshop) {
    text += "digest       " + ToHex(end.digest) + ", unseed " + ToHex(end.unseed) + "\n";
  }
  text += "ending       " + std::string(EndingName(end.ending)) + " after " +
          Seconds(end.duration_ns).substr(Seconds(end.duration_ns).find_first_not_of(' ')) + "\n";
  text += "requests     " + std::to_string(end.started) + ": " + std::to_string(end.ok) + " ok, " +
          std::to_string(end.fail) + " fail, " + std::to_string(end.info) + " info\n";
  if (!trace.steps.empty()) {
    text += "schedule     " + std::to_string(trace.schedule.size()) + " decisions over " +
            std::to_string(trace.steps.size()) + " data operations\n";
  }
  return text;
}

std::string ShowTimeline(const Trace& trace, const ShowOptions& options) {
  return Timeline(trace, options).Render();
}

std::string ShowSummary(const Trace& trace) {
  struct Counts {
    std::uint64_t all = 0;
    std::uint64_t ok = 0;
    std::uint64_t fail = 0;
    std::uint64_t info = 0;
  };
  std::map<std::string, Counts> names;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    Counts& counts = names[trace.invokes[i].name];
    ++counts.all;
    const auto& reply = trace.returns[i];
    const Outcome outcome = reply ? reply->outcome : Outcome::kInfo;
    ++(outcome == Outcome::kOk ? counts.ok : outcome == Outcome::kFail ? counts.fail : counts.info);
  }
  std::string text = Padded("request", 44) + "   count      ok    fail    info\n";
  for (const auto& [name, counts] : names) {
    text += Padded(name, 44) + Number(counts.all, 8) + Number(counts.ok, 8) +
            Number(counts.fail, 8) + Number(counts.info, 8) + "\n";
  }
  return text;
}

}  // namespace redrive
