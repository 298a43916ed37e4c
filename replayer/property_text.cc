// What a property run says to people.
#include <algorithm>

#include "replayer/property.h"
#include "replayer/report.h"

namespace redrive::par {
namespace {

// Columns as a reader counts them: bytes that continue a UTF-8 character take none.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string Padded(const std::string& text, std::size_t width) {
  return text + std::string(width > Width(text) ? width - Width(text) : 0, ' ');
}

std::string Right(std::uint64_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

// The lanes side by side, each command in a row of its own.
std::string LanesToText(const Model& model, const Plan& plan) {
  std::vector<std::vector<std::string>> columns;
  std::size_t rows = 0;
  for (std::size_t lane = 0; lane < plan.lanes.size(); ++lane) {
    std::vector<std::string>& column = columns.emplace_back();
    column.push_back(std::string(1, static_cast<char>('A' + lane)));
    for (const Command& command : plan.lanes[lane]) {
      column.push_back(CommandToText(model, plan, command));
    }
    rows = std::max(rows, column.size());
  }
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line = "   ";
    for (const std::vector<std::string>& column : columns) {
      std::size_t width = 0;
      for (const std::string& cell : column) width = std::max(width, Width(cell));
      line += " " + Padded(row < column.size() ? column[row] : "", width) + " |";
    }
    line.resize(line.size() - 2);
    while (line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

// "0/2 x 12, 1/2, then 0": beyond the last other choice everyone goes on.
std::string ChoicesToText(const redrive::Schedule& schedule) {
  std::size_t end = schedule.size();
  while (end > 0 && schedule[end - 1].value == 0) --end;
  std::string text;
  for (std::size_t at = 0; at < end;) {
    const redrive::Schedule one(1, schedule[at]);
    const std::string choice = ScheduleToText(one);
    std::size_t times = 0;
    while (at < end && ScheduleToText({schedule[at]}) == choice) ++at, ++times;
    text += choice + (times > 1 ? " x " + std::to_string(times) : "") + ", ";
  }
  return text.empty() ? "always 0" : text + "then 0";
}

}  // namespace

std::string ReportToText(const PropertyReport& report) {
  const auto text = [](std::uint64_t number) { return std::to_string(number); };
  std::string out = text(report.cases) + " cases, " + text(report.distinct) + " distinct; " +
                    text(report.executions) + " executions, " + text(report.judged) +
                    " distinct outcomes judged\n";
  std::size_t width = 4;
  for (const KindCount& kind : report.kinds) width = std::max(width, Width(kind.name));
  out += "  " + Padded("kind", width) + "  in cases    sent   taken  refused\n";
  for (const KindCount& kind : report.kinds) {
    out += "  " + Padded(kind.name, width) + "  " + Right(kind.cases, 8) + Right(kind.sent, 8) +
           Right(kind.taken, 8) + Right(kind.refused, 9) + "\n";
  }
  for (const std::string& note : report.notes) out += "  " + note + "\n";
  if (report.unknown != 0) {
    out += "  " + text(report.unknown) + " outcomes could not be told\n";
  }
  return out;
}

std::string FailureToText(const Model& model, const PropertyFailure& failure,
                          const std::string& rerun) {
  std::string out = "violation: " + SignatureText(failure.signature) + " (" +
                    std::string(NatureName(failure.nature)) + "), found in case " +
                    std::to_string(failure.case_number) + "\n";
  if (!failure.plan.prefix.empty()) out += "  before\n";
  for (const Command& command : failure.plan.prefix) {
    out += "    " + CommandToText(model, failure.plan, command) + "\n";
  }
  out += failure.plan.lanes.size() > 1 ? "  at once\n" : "  then\n";
  out += LanesToText(model, failure.plan);
  out += "  schedule: " + ChoicesToText(failure.schedule) + "\n";
  out += "  preemptions: " + std::to_string(failure.preemptions);
  if (failure.least_preemptions) {
    out += failure.preemptions == 0 ? "" : ", the least: every schedule with fewer was tried";
  }
  out += "\n  " + failure.violation.what + "\n  " + failure.violation.why + "\n";
  out += "  shrunk from " + std::to_string(failure.commands_before) + " to " +
         std::to_string(CountCommands(failure.plan)) + " requests\n";
  if (!rerun.empty()) out += "  to re-run: " + rerun + "\n";
  return out;
}

}  // namespace redrive::par
