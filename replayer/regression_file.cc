// Regression cases as JSON.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/hash.h"
#include "core/nearest.h"
#include "replayer/regression.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBytesMax = 4U << 20;
constexpr std::size_t kDecisionsMax = 100'000;
constexpr std::uint64_t kPreemptionsMax = 64;
constexpr std::uint64_t kVersion = 1;
constexpr std::int64_t kEpochMax = 99'999'999'999;  // as --epoch

constexpr std::array<const char*, 11> kKeys = {
    "redrive_regression", "name",     "check",   "shape",       "expect",  "seed",
    "epoch_seconds",      "schedule", "outcome", "preemptions", "scenario"};

// Reads members; the first error wins.
class Reader {
 public:
  Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::string Text(const char* key) {
    const Json* value = Find(key);
    if (value != nullptr && !value->is_string()) Fail(key, "expected a text");
    return error_ || value == nullptr ? "" : value->get<std::string>();
  }
  std::uint64_t Whole(const char* key, std::uint64_t max) {
    const Json* value = Find(key);
    const bool good =
        value != nullptr && value->is_number_unsigned() && value->get<std::uint64_t>() <= max;
    if (value != nullptr && !good) {
      Fail(key, "expected a whole number from 0 to " + std::to_string(max));
    }
    return good ? value->get<std::uint64_t>() : 0;
  }
  const Json* Object(const char* key) {
    const Json* value = Find(key);
    if (value != nullptr && !value->is_object()) Fail(key, "expected an object");
    return error_ ? nullptr : value;
  }
  void CheckKeys() {
    for (const auto& member : object_.items()) {
      const auto same = [&](const char* known) { return member.key() == known; };
      if (std::any_of(kKeys.begin(), kKeys.end(), same)) continue;
      const std::string nearest =
          NearestOf(member.key(), std::vector<std::string>(kKeys.begin(), kKeys.end()));
      Fail(member.key().substr(0, 100).c_str(),
           nearest.empty() ? "unknown key" : "unknown key; did you mean \"" + nearest + "\"?");
    }
  }
  void Fail(const char* key, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::kInvalid, where_ + ": /" + key + ": " + what};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const Json* Find(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) Fail(key, "missing");
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& object_;
  std::string where_;
  std::optional<Error> error_;
};

}  // namespace

std::string RegressionToJson(const RegressionCase& regression) {
  const Json document = {
      {"redrive_regression", kVersion},
      {"name", regression.name},
      {"check", regression.identity.check},
      {"shape", regression.identity.shape},
      {"expect", regression.expect == Expectation::kViolation ? "violation" : "pass"},
      {"seed", regression.seed},
      {"epoch_seconds", regression.epoch_seconds},
      {"preemptions", regression.preemptions},
      {"schedule", ScheduleToText(regression.schedule)},
      {"outcome", ToHex(regression.outcome)},
      {"scenario", Json::parse(regression.scenario_json, nullptr, /*allow_exceptions=*/false,
                               /*ignore_comments=*/true)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<RegressionCase> RegressionFromJson(std::string_view text, std::string_view where) {
  const std::string place(where);
  if (text.size() > kBytesMax) {
    return Error{ErrorCode::kLimit, place + ": a regression case has at most 4 MiB"};
  }
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false,
                                    /*ignore_comments=*/true);
  if (!document.is_object()) {
    return Error{ErrorCode::kInvalid,
                 place +
                     ": not a regression case: expected a JSON object as written by "
                     "redrive shrink --regression"};
  }
  Reader reader(document, place);
  const std::uint64_t version = reader.Whole("redrive_regression", 1'000);
  if (!reader.error() && version != kVersion) {
    reader.Fail("redrive_regression", "version " + std::to_string(version) +
                                          " is not known to this build, which reads version 1");
  }
  RegressionCase regression;
  regression.name = reader.Text("name");
  regression.identity = {reader.Text("check"), reader.Text("shape")};
  const std::string expect = reader.Text("expect");
  if (!reader.error() && expect != "violation" && expect != "pass") {
    reader.Fail("expect", "expected \"violation\" or \"pass\"");
  }
  regression.expect = expect == "pass" ? Expectation::kPass : Expectation::kViolation;
  regression.seed = reader.Whole("seed", ~std::uint64_t{0});
  regression.epoch_seconds = static_cast<std::int64_t>(reader.Whole("epoch_seconds", kEpochMax));
  regression.preemptions = reader.Whole("preemptions", kPreemptionsMax);
  const std::string schedule = reader.Text("schedule");
  const std::string outcome = reader.Text("outcome");
  const Json* scenario = reader.Object("scenario");
  reader.CheckKeys();
  const Result<Schedule> decisions = ScheduleFromText(schedule, kDecisionsMax);
  if (decisions.has_error()) reader.Fail("schedule", decisions.error().message);
  if (!FromHex(outcome, &regression.outcome)) {
    reader.Fail("outcome", "expected sixteen hexadecimal digits");
  }
  if (reader.error()) return *reader.error();
  regression.schedule = *decisions;
  regression.scenario_json = scenario->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return regression;
}

}  // namespace redrive
