#include <nlohmann/json.hpp>
#include <utility>

#include "core/hash.h"
#include "replayer/checklist.h"
#include "replayer/probe_text.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

std::string_view StateName(BoxState state) {
  switch (state) {
    case BoxState::kTicked:
      return "ticked";
    case BoxState::kFailed:
      return "failed";
    case BoxState::kNotMeasured:
      break;
  }
  return "not measured";
}

std::string_view Mark(BoxState state) {
  switch (state) {
    case BoxState::kTicked:
      return "[x]";
    case BoxState::kFailed:
      return "[!]";
    case BoxState::kNotMeasured:
      break;
  }
  return "[ ]";
}

std::string Joined(const std::vector<std::string>& lines, const char* between) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : between) + line;
  return text;
}

// How many bytes of well-formed UTF-8 begin `text`: 1 to 4, or 0 when it is none that XML may hold.
std::size_t CharacterBytes(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\n' || first == '\t' ? 1 : 0;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return overlong || surrogate || code > 0x10FFFF || code == 0xFFFE || code == 0xFFFF ? 0 : size;
}

// Text for XML 1.0. What XML cannot hold becomes '?'.
std::string Xml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const std::size_t size = CharacterBytes(text);
    const char c = text.front();
    if (size == 0) {
      escaped += '?';
    } else if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\n') {
      escaped += "&#10;";  // an attribute would turn it into a space
    } else {
      escaped += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return escaped;
}

// GitHub's escapes of workflow commands; a property has two more than a message.
std::string Github(const std::string& text, bool property) {
  std::string escaped;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    if (!special) {
      escaped += c;
      continue;
    }
    constexpr const char* kHex = "0123456789ABCDEF";
    escaped += '%';
    escaped += kHex[static_cast<unsigned char>(c) >> 4U];
    escaped += kHex[static_cast<unsigned char>(c) & 15U];
  }
  return escaped;
}

// Millionths as a JSON number: exact to six decimals.
Json Decimal(std::int64_t millionths) { return static_cast<double>(millionths) / 1e6; }

Json ToJson(const ScenarioFigures& figures) {
  const double percent = figures.requests == 0 ? 0
                                               : 100.0 * static_cast<double>(figures.failures) /
                                                     static_cast<double>(figures.requests);
  return {{"scenario", figures.scenario},
          {"plan_digest", ToHex(figures.plan_digest)},
          {"users", figures.users},
          {"run_time_s", Decimal(figures.run_time_ns / 1000)},
          {"requests", figures.requests},
          {"requests_per_s", Decimal(figures.requests_per_second)},
          {"failures", figures.failures},
          {"failure_percent", percent},
          {"status_429", figures.limited},
          {"p50_ms", Decimal(figures.p50_ns)},
          {"p95_ms", Decimal(figures.p95_ns)},
          {"p99_ms", Decimal(figures.p99_ns)},
          {"max_ms", Decimal(figures.max_ns)},
          {"tickets_per_s", Decimal(figures.tickets_per_second)}};
}

Json WithHead(const std::vector<std::pair<std::string, std::string>>& head) {
  Json document = Json::object();
  for (const auto& [key, value] : head) document[key] = value;
  return document;
}

Json ListOf(const std::vector<ScenarioFigures>& figures) {
  Json list = Json::array();
  for (const ScenarioFigures& scenario : figures) list.push_back(ToJson(scenario));
  return list;
}

std::string Dump(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

struct BoxCounts {
  std::size_t ticked = 0;
  std::size_t failed = 0;
  std::size_t open = 0;
};

BoxCounts Count(const std::vector<ChecklistBox>& boxes) {
  BoxCounts counts;
  for (const ChecklistBox& box : boxes) {
    counts.ticked += box.state == BoxState::kTicked ? 1 : 0;
    counts.failed += box.state == BoxState::kFailed ? 1 : 0;
    counts.open += box.state == BoxState::kNotMeasured ? 1 : 0;
  }
  return counts;
}

}  // namespace

std::string ChecklistToText(const std::vector<ChecklistBox>& boxes) {
  std::string text = "Before Beta Launch — Checklist\n\n";
  for (const ChecklistBox& box : boxes) {
    text += std::string(Mark(box.state)) + " " + box.text + "\n";
    for (const std::string& reason : box.reasons) text += "      failed: " + reason + "\n";
    for (const std::string& reason : box.open) text += "      not measured: " + reason + "\n";
    for (const std::string& figure : box.figures) text += "      " + figure + "\n";
    for (const std::string& command : box.rerun) text += "      to re-run: " + command + "\n";
  }
  const BoxCounts counts = Count(boxes);
  return text + "\n" + std::to_string(counts.ticked) + " ticked, " + std::to_string(counts.failed) +
         " failed, " + std::to_string(counts.open) + " not measured\n";
}

std::string ChecklistToJson(const std::vector<std::pair<std::string, std::string>>& head,
                            const std::vector<ChecklistBox>& boxes,
                            const std::vector<ScenarioFigures>& figures) {
  Json document = WithHead(head);
  document["exit_code"] = ExitCodeOf(boxes);
  Json list = Json::array();
  for (const ChecklistBox& box : boxes) {
    list.push_back({{"text", box.text},
                    {"state", StateName(box.state)},
                    {"failed", box.reasons},
                    {"not_measured", box.open},
                    {"figures", box.figures},
                    {"rerun", box.rerun}});
  }
  document["boxes"] = std::move(list);
  document["scenarios"] = ListOf(figures);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (figures[i].probes.empty()) continue;
    document["scenarios"][i]["probes"] = Json::parse(ProbesToJson(figures[i].probes));
  }
  return Dump(document);
}

std::string ChecklistToJunit(const std::vector<ChecklistBox>& boxes) {
  const BoxCounts counts = Count(boxes);
  const std::string numbers = "tests=\"" + std::to_string(boxes.size()) + "\" failures=\"" +
                              std::to_string(counts.failed) + "\" errors=\"0\" skipped=\"" +
                              std::to_string(counts.open) + "\"";
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + numbers +
                    ">\n  <testsuite name=\"Before Beta Launch\" " + numbers + ">\n";
  for (const ChecklistBox& box : boxes) {
    xml += "    <testcase classname=\"redrive.checklist\" name=\"" + Xml(box.text) + "\">\n";
    const std::string reason = box.reasons.empty() ? "" : box.reasons.front();
    if (box.state == BoxState::kFailed) {
      const std::string commands =
          box.rerun.empty() ? "" : "\nto re-run: " + Joined(box.rerun, "\nto re-run: ");
      xml += std::string("      <failure type=\"") + (box.violated ? "violation" : "threshold") +
             "\" message=\"" + Xml(reason) + "\">" + Xml(Joined(box.reasons, "\n") + commands) +
             "</failure>\n";
    } else if (box.state == BoxState::kNotMeasured) {
      xml += "      <skipped message=\"" + Xml(Joined(box.open, "; ")) + "\"/>\n";
    }
    if (!box.figures.empty()) {
      xml += "      <system-out>" + Xml(Joined(box.figures, "\n")) + "</system-out>\n";
    }
    xml += "    </testcase>\n";
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

std::string ChecklistToGithub(const std::vector<ChecklistBox>& boxes) {
  std::string text;
  for (const ChecklistBox& box : boxes) {
    if (box.state == BoxState::kTicked) continue;
    const bool failed = box.state == BoxState::kFailed;
    text += std::string("::") + (failed ? "error" : "warning") +
            " title=" + Github(box.text, true) +
            "::" + Github(Joined(failed ? box.reasons : box.open, "\n"), false) + "\n";
  }
  return text;
}

std::string BaselineToJson(const std::vector<std::pair<std::string, std::string>>& head,
                           const std::vector<ScenarioFigures>& figures) {
  Json document = WithHead(head);
  document["scenarios"] = ListOf(figures);
  return Dump(document);
}

}  // namespace redrive
