// ScenarioReader: checked access to the members of a scenario's JSON. The first error is kept and
// everything after it reads as a default, so that the schema below reads from the top.
#ifndef REDRIVE_RECORDER_SCENARIO_READER_H_
#define REDRIVE_RECORDER_SCENARIO_READER_H_

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/located_json.h"
#include "recorder/scenario.h"

namespace redrive {

inline constexpr std::uint64_t kScenarioCountMax = 1'000'000;  // users, weights, runs

// A value in the document. `json` is null for a member that is not given.
struct JsonPlace {
  const nlohmann::ordered_json* json = nullptr;
  std::string path;
  explicit operator bool() const { return json != nullptr; }
};

class ScenarioReader {
 public:
  ScenarioReader(std::string_view file, const LineMap& lines, const EnvLookup& env,
                 std::vector<std::pair<std::string, std::string>>* env_used)
      : file_(file), lines_(lines), env_(env), env_used_(env_used) {}

  // Keeps the first error, with its line and path.
  void Fail(const JsonPlace& place, const std::string& message);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] const Error& error() const { return *error_; }
  [[nodiscard]] std::uint32_t LineOf(std::string_view path) const;

  // False, with an error, unless `place` is an object with no other keys than these.
  bool Object(const JsonPlace& place, std::initializer_list<const char*> keys);
  [[nodiscard]] JsonPlace Member(const JsonPlace& object, std::string_view key);
  [[nodiscard]] std::vector<JsonPlace> Elements(const JsonPlace& array);
  // In order of appearance; the key is the last token of the path, undone.
  [[nodiscard]] std::vector<std::pair<std::string, JsonPlace>> Members(const JsonPlace& object);

  std::string Text(const JsonPlace& place, std::string_view otherwise = {});
  std::string RequiredText(const JsonPlace& object, std::string_view key);
  bool Flag(const JsonPlace& place, bool otherwise);
  std::uint64_t Whole(const JsonPlace& place, std::uint64_t first, std::uint64_t last,
                      std::uint64_t otherwise);
  // A number with up to three decimals, in thousandths.
  std::uint64_t Milli(const JsonPlace& place, std::uint64_t otherwise);
  // Seconds as a number, or "5m", "1h20m", "250ms". Whole microseconds.
  VirtualTime Duration(const JsonPlace& place, VirtualTime otherwise);
  std::vector<std::string> Texts(const JsonPlace& place);

  // The tables that "${table.column}" may name from now on. `data` must outlive this.
  void set_data(const std::vector<DataTable>* data) { data_ = data; }
  // The text of a file beside the scenario; kept like a value of the environment.
  [[nodiscard]] std::optional<std::string> File(const std::string& name);

  // A text with "${…}". `site` labels its draws.
  Template TextTemplate(const JsonPlace& place, Quoting quoting, std::uint64_t site,
                        bool status_known = false);
  // Any JSON value; "${…}" in its strings. A string that is one "${…}" becomes the value itself.
  Template JsonTemplate(const JsonPlace& place, std::uint64_t site);

 private:
  void AppendJson(const JsonPlace& place, std::uint64_t site, Template* out);
  Template ParseAt(const JsonPlace& place, std::string_view text, Quoting quoting,
                   std::uint64_t site, bool status_known);

  std::string file_;
  const LineMap& lines_;
  const EnvLookup& env_;
  std::vector<std::pair<std::string, std::string>>* env_used_;
  const std::vector<DataTable>* data_ = nullptr;
  std::optional<Error> error_;
};

// Reads the members of one request. `headers` is what scenario and class give; `site` names it for
// the draws. `extra_keys` are those that only this section knows.
RequestStep ReadRequest(ScenarioReader& reader, const JsonPlace& place,
                        const std::vector<HeaderTemplate>& headers, const std::string& site,
                        std::initializer_list<const char*> extra_keys = {});

// "accept": statuses, "2xx" and "200-204". "expect": what the response must show.
void ReadAccept(ScenarioReader& reader, const JsonPlace& place, RequestStep* step);
void ReadExpect(ScenarioReader& reader, const JsonPlace& place, RequestStep* step);
void CheckPointer(ScenarioReader& reader, const JsonPlace& place, const std::string& pointer);
// RFC 9110, 5.6.2: the characters of a token.
[[nodiscard]] bool IsHeaderName(std::string_view text);
// Letters, digits and '_', no digit first.
[[nodiscard]] bool IsVariableName(std::string_view text);

// One element of "users". `common_start` is the scenario's own "on_start".
UserClass ReadClass(ScenarioReader& reader, const JsonPlace& place,
                    const std::vector<HeaderTemplate>& scenario_headers,
                    const JsonPlace& common_start);

// "defaults", "stages", "shape" and "arrivals" of the root.
void ReadLoad(ScenarioReader& reader, const JsonPlace& root, Scenario* scenario);

// "data"; in order of name.
void ReadData(ScenarioReader& reader, const JsonPlace& place, std::vector<DataTable>* tables);

// `base` with the headers of `place` added, replaced, or removed by null.
std::vector<HeaderTemplate> ReadHeaders(ScenarioReader& reader, const JsonPlace& place,
                                        const std::vector<HeaderTemplate>& base,
                                        const std::string& site);

// Refuses variables and lists that no request extracts.
[[nodiscard]] Result<void> CheckVariables(const Scenario& scenario, std::string_view file);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SCENARIO_READER_H_
