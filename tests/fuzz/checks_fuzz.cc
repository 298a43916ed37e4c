// Any bytes as the checks of a scenario: an error that says something, or checks, which then judge
// a small history with overlaps, refusals, lost answers and data operations; never a crash.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/check.h"
#include "replayer/checker.h"
#include "replayer/report.h"
#include "tests/replayer/history_file.h"

namespace {

constexpr std::string_view kHistory = R"({"checks": [], "history": [
  {"send": 0, "request": "GET /x/1", "name": "first", "phase": "setup"},
  {"answer": 0, "body": {"n": 3, "v": "a", "id": "x1"}},
  {"send": 1, "request": "POST /x/1?who=a", "name": "write", "body": {"n": 1, "v": "a", "w": "b"}},
  {"step": 1, "reads": "x/1"},
  {"send": 2, "request": "POST /x/1?who=b", "name": "write", "body": {"n": 2, "v": "b", "w": "a"}},
  {"step": 2, "reads": "x/*"},
  {"step": 1, "writes": "x/1"}, {"step": 2, "writes": "x/1"},
  {"answer": 2, "body": {"n": 4, "v": "b", "id": "x2", "list": [{"id": "x1", "n": 1}]}},
  {"send": 3, "request": "POST /x/2", "name": "write", "body": {"n": -0.5, "v": 7}},
  {"lost": 3},
  {"send": 4, "request": "GET /x/1", "name": "read", "user": 1},
  {"answer": 1, "body": {"n": 5, "v": "a", "id": "x1"}},
  {"answer": 4, "body": {"n": 5, "v": "b", "list": [{"id": "x1", "n": 1}, {"id": "x2", "n": 2.5}]}},
  {"send": 5, "request": "POST /x/1", "name": "write", "body": {"n": 9}},
  {"answer": 5, "status": 409, "body": {"detail": "no"}},
  {"send": 6, "request": "GET /x/1", "name": "read"},
  {"send": 7, "request": "GET /x/2", "name": "read", "phase": "audit"},
  {"answer": 7, "status": 404},
  {"answer": 6, "body": "not json"}
]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const redrive::HistoryFile file = redrive::ReadHistory(nlohmann::json::parse(kHistory));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto checks = redrive::ParseScenarioChecks(text, "fuzz");
  if (!checks) {
    REDRIVE_CHECK(!checks.error().message.empty());
    return 0;
  }
  const redrive::CheckReport report = redrive::CheckAll(file.trace, *checks, {});
  REDRIVE_CHECK(report.verdicts.size() == checks->size());
  REDRIVE_CHECK(!redrive::ReportToJson(report).empty());
  return 0;
}
