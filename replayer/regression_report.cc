#include "replayer/regression_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "replayer/wrap_text.h"

namespace redrive {
namespace {

bool Good(const CorpusEntry& entry) {
  return entry.accepted || entry.result.status == RegressionStatus::kAsExpected;
}

bool Failed(const CorpusEntry& entry) {
  return !entry.accepted && (entry.result.status == RegressionStatus::kViolates ||
                             entry.result.status == RegressionStatus::kGone);
}

std::string Expected(const CorpusEntry& entry) {
  return entry.regression.expect == Expectation::kPass ? "pass" : "violation";
}

// As XML 1.0 wants it: characters that it cannot hold become '?'.
std::string XmlText(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      default:
        xml += byte < 0x20 ? (c == '\n' || c == '\t' ? ' ' : '?') : c;
    }
  }
  return xml;
}

}  // namespace

std::string CorpusToText(const std::vector<CorpusEntry>& entries) {
  std::string text;
  std::size_t good = 0;
  std::size_t failed = 0;
  for (const CorpusEntry& entry : entries) {
    good += Good(entry) ? 1 : 0;
    failed += Failed(entry) ? 1 : 0;
    const char* mark = Good(entry) ? "ok    " : Failed(entry) ? "FAIL  " : "?     ";
    text += WrapText(entry.file + ": " + entry.result.text, mark, "        ");
    if (!Good(entry) && !entry.result.what.empty()) {
      text += WrapText(entry.result.what, "        ", "        ");
    }
    if (entry.accepted) text += "        accepted: the file now expects \"pass\"\n";
  }
  return text + std::to_string(entries.size()) + (entries.size() == 1 ? " case: " : " cases: ") +
         std::to_string(good) + " as expected, " + std::to_string(failed) + " not, " +
         std::to_string(entries.size() - good - failed) + " inconclusive or broken\n";
}

std::string CorpusToJson(const std::vector<CorpusEntry>& entries) {
  using Json = nlohmann::ordered_json;
  Json cases = Json::array();
  for (const CorpusEntry& entry : entries) {
    cases.push_back({{"file", entry.file},
                     {"name", entry.regression.name},
                     {"check", entry.regression.identity.check},
                     {"shape", entry.regression.identity.shape},
                     {"expect", Expected(entry)},
                     {"status", RegressionStatusName(entry.result.status)},
                     {"text", entry.result.text},
                     {"what", entry.result.what},
                     {"executions", entry.result.executions},
                     {"schedule_fits", entry.result.schedule_fits},
                     {"same_outcome", entry.result.same_outcome},
                     {"accepted", entry.accepted}});
  }
  const Json document = {{"exit_code", CorpusExitCode(entries)}, {"cases", std::move(cases)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string CorpusToJUnit(const std::vector<CorpusEntry>& entries) {
  const auto count = [&](auto which) {
    return std::to_string(std::count_if(entries.begin(), entries.end(), which));
  };
  const auto broken = [](const CorpusEntry& e) { return !Good(e) && !Failed(e); };
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite "
      "name=\"redrive corpus\" tests=\"" +
      std::to_string(entries.size()) + "\" failures=\"" + count(Failed) + "\" errors=\"" +
      count(broken) + "\">\n";
  for (const CorpusEntry& entry : entries) {
    xml += "    <testcase classname=\"redrive.corpus\" name=\"" + XmlText(entry.file) + "\"";
    if (Good(entry)) {
      xml += "/>\n";
      continue;
    }
    const std::string element = Failed(entry) ? "failure" : "error";
    xml += ">\n      <" + element + " message=\"" + XmlText(entry.result.text) + "\">" +
           XmlText(entry.result.what) + "</" + element + ">\n    </testcase>\n";
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

int CorpusExitCode(const std::vector<CorpusEntry>& entries) {
  int code = 0;
  for (const CorpusEntry& entry : entries) {
    if (Good(entry)) continue;
    if (Failed(entry)) return 1;
    const bool broken = entry.result.status == RegressionStatus::kCannotRun;
    if (code != 2) code = broken ? 2 : 3;
  }
  return code;
}

}  // namespace redrive
