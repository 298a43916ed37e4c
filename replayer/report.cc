#include "replayer/report.h"

#include <nlohmann/json.hpp>

namespace redrive {
namespace {

std::string Headline(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kPass:
      return "PASS     ";
    case VerdictKind::kViolation:
      return "VIOLATION";
    case VerdictKind::kUnknown:
      break;
  }
  return "UNKNOWN  ";
}

std::string Count(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string ViolationToText(const Violation& violation, std::size_t number) {
  std::string text = "  " + std::to_string(number) + ". [" +
                     std::string(NatureName(violation.nature)) + ", " + violation.shape + "] " +
                     violation.what + "\n     " + violation.why + "\n";
  if (!violation.window.empty()) text += "     data operations of the window:\n";
  for (const WindowStep& step : violation.window) {
    text += "       event " + std::to_string(step.sequence) + "  #" +
            std::to_string(step.operation) +
            (step.mode == Mode::kWrite ? "  writes " : "  reads  ") + step.resource + "  (" +
            step.label + ")\n";
  }
  if (violation.operations.size() > 2) {
    text += "     witnesses:";
    for (const std::uint64_t operation : violation.operations) {
      text += " #" + std::to_string(operation);
    }
    text += "\n";
  }
  return text;
}

nlohmann::ordered_json ToJson(const Violation& violation) {
  nlohmann::ordered_json window = nlohmann::ordered_json::array();
  for (const WindowStep& step : violation.window) {
    window.push_back({{"operation", step.operation},
                      {"sequence", step.sequence},
                      {"mode", step.mode == Mode::kWrite ? "write" : "read"},
                      {"resource", step.resource},
                      {"label", step.label}});
  }
  return {{"shape", violation.shape},
          {"key", violation.key},
          {"operations", violation.operations},
          {"nature", NatureName(violation.nature)},
          {"what", violation.what},
          {"why", violation.why},
          {"window", std::move(window)}};
}

nlohmann::ordered_json ToJson(const Verdict& verdict) {
  nlohmann::ordered_json violations = nlohmann::ordered_json::array();
  for (const Violation& violation : verdict.violations) violations.push_back(ToJson(violation));
  return {{"check", verdict.check},
          {"name", verdict.name},
          {"verdict", VerdictName(verdict.kind)},
          {"examined", verdict.examined},
          {"notes", verdict.notes},
          {"violations_total", verdict.violations_total},
          {"violations", std::move(violations)}};
}

}  // namespace

std::string ReportToText(const CheckReport& report) {
  std::string text;
  std::uint64_t counts[3] = {};
  for (const Verdict& verdict : report.verdicts) {
    ++counts[static_cast<int>(verdict.kind)];
    text += Headline(verdict.kind) + "  " + verdict.name;
    if (verdict.name != verdict.check) text += " (" + verdict.check + ")";
    if (verdict.kind == VerdictKind::kViolation) {
      text += ": " + Count(verdict.violations_total, "violation", "violations");
    }
    text += ", " + std::to_string(verdict.examined) + " examined\n";
    for (std::size_t i = 0; i < verdict.violations.size(); ++i) {
      text += ViolationToText(verdict.violations[i], i + 1);
    }
    const std::uint64_t hidden = verdict.violations_total - verdict.violations.size();
    if (hidden > 0) text += "  … and " + std::to_string(hidden) + " more\n";
    for (const std::string& note : verdict.notes) text += "  note: " + note + "\n";
  }
  for (const std::string& note : report.notes) text += "note: " + note + "\n";
  text += Count(report.verdicts.size(), "check", "checks") + ": " + std::to_string(counts[0]) +
          " pass, " + std::to_string(counts[1]) + " violation, " + std::to_string(counts[2]) +
          " unknown\n";
  if (report.overall() == VerdictKind::kViolation && !report.rerun_command.empty()) {
    text += "to re-run: " + report.rerun_command + "\n";
  }
  return text;
}

std::string ReportToJson(const CheckReport& report) {
  nlohmann::ordered_json verdicts = nlohmann::ordered_json::array();
  for (const Verdict& verdict : report.verdicts) verdicts.push_back(ToJson(verdict));
  const nlohmann::ordered_json document = {{"verdict", VerdictName(report.overall())},
                                           {"rerun", report.rerun_command},
                                           {"notes", report.notes},
                                           {"checks", std::move(verdicts)}};
  // Bodies may hold bytes that are not UTF-8; a report must not fail for that.
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int ExitCode(const CheckReport& report) {
  switch (report.overall()) {
    case VerdictKind::kPass:
      return 0;
    case VerdictKind::kViolation:
      return 1;
    case VerdictKind::kUnknown:
      break;
  }
  return 3;
}

}  // namespace redrive
