// How many users there are and when: "defaults", "stages", "shape" and "arrivals" of a scenario.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "recorder/load_shape.h"
#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

constexpr VirtualTime kTimeMax = std::chrono::hours(24 * 7);

std::uint32_t Users(ScenarioReader& reader, const JsonPlace& object, std::string_view key,
                    std::uint32_t first, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(
      reader.Whole(reader.Member(object, key), first, kScenarioCountMax, otherwise));
}

void ReadDefaults(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  if (!place || !reader.Object(place, {"users", "spawn_rate", "run_time", "iterations"})) return;
  scenario->users = Users(reader, place, "users", 1, scenario->users);
  scenario->spawn_rate_milli =
      reader.Milli(reader.Member(place, "spawn_rate"), scenario->spawn_rate_milli);
  scenario->run_time = reader.Duration(reader.Member(place, "run_time"), scenario->run_time);
  scenario->iterations =
      reader.Whole(reader.Member(place, "iterations"), 1, kIterationsMax, scenario->iterations);
}

void ReadStages(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  for (const JsonPlace& element : reader.Elements(place)) {
    if (!reader.Object(element, {"duration", "users", "spawn_rate"})) return;
    Stage stage;
    stage.duration = reader.Duration(reader.Member(element, "duration"), VirtualTime{0});
    if (stage.duration.count() == 0) reader.Fail(element, "expected a \"duration\" above zero");
    if (!reader.Member(element, "users"))
      reader.Fail(element, "expected \"users\", a whole number");
    stage.users = Users(reader, element, "users", 0, 0);
    stage.spawn_rate_milli = reader.Milli(reader.Member(element, "spawn_rate"), 1'000'000'000);
    scenario->stages.push_back(stage);
  }
}

// A time that must be above zero.
VirtualTime Span(ScenarioReader& reader, const JsonPlace& object, std::string_view key,
                 VirtualTime otherwise) {
  const JsonPlace place = reader.Member(object, key);
  const VirtualTime span = reader.Duration(place, otherwise);
  if (span.count() <= 0) {
    reader.Fail(place ? place : object, "expected \"" + std::string(key) + "\", a time above zero");
  }
  return std::max<VirtualTime>(span, std::chrono::microseconds(1));
}

// The stock shapes of Locust's examples, with their names and defaults; and a spike.
std::vector<Stage> ReadShape(ScenarioReader& reader, const JsonPlace& place) {
  const auto members = reader.Members(place);
  if (reader.failed()) return {};
  if (members.size() != 1) {
    reader.Fail(place, "expected one of spike, double_wave and step");
    return {};
  }
  const auto& [kind, shape] = members[0];
  const std::chrono::minutes ten(10);
  Result<std::vector<Stage>> stages = std::vector<Stage>();
  if (kind == "spike") {
    if (!reader.Object(
            shape, {"users", "peak_users", "spike_at", "spike_time", "spawn_rate", "time_limit"})) {
      return {};
    }
    SpikeShape spike;
    spike.users = Users(reader, shape, "users", 1, 10);
    spike.peak_users = Users(reader, shape, "peak_users", 1, 100);
    spike.spike_at = Span(reader, shape, "spike_at", std::chrono::minutes(1));
    spike.spike_time = Span(reader, shape, "spike_time", std::chrono::seconds(30));
    spike.spawn_rate_milli = reader.Milli(reader.Member(shape, "spawn_rate"), 100'000);
    spike.time_limit = Span(reader, shape, "time_limit", std::chrono::minutes(3));
    stages = StagesOfShape(spike);
  } else if (kind == "double_wave") {
    if (!reader.Object(shape, {"min_users", "peak_one_users", "peak_two_users", "time_limit"})) {
      return {};
    }
    DoubleWaveShape wave;
    wave.min_users = Users(reader, shape, "min_users", 0, 20);
    wave.peak_one_users = Users(reader, shape, "peak_one_users", 0, 60);
    wave.peak_two_users = Users(reader, shape, "peak_two_users", 0, 40);
    wave.time_limit = Span(reader, shape, "time_limit", ten);
    stages = StagesOfShape(wave);
  } else if (kind == "step") {
    if (!reader.Object(shape, {"step_time", "step_load", "spawn_rate", "time_limit"})) return {};
    StepShape step;
    step.step_time = Span(reader, shape, "step_time", std::chrono::seconds(30));
    step.step_load = Users(reader, shape, "step_load", 1, 10);
    step.spawn_rate_milli = reader.Milli(reader.Member(shape, "spawn_rate"), 10'000);
    step.time_limit = Span(reader, shape, "time_limit", ten);
    stages = StagesOfShape(step);
  } else {
    reader.Object(place, {"spike", "double_wave", "step"});  // says what is known
    return {};
  }
  if (stages.has_value()) return std::move(*stages);
  reader.Fail(shape, stages.error().message);
  return {};
}

std::uint64_t Rate(ScenarioReader& reader, const JsonPlace& place, std::uint64_t otherwise) {
  // Nothing arrives at rate 0, which is where a ramp may begin or end.
  if (place && place.json->is_number_unsigned() && *place.json == 0) return 0;
  return reader.Milli(place, otherwise);
}

void ReadArrivals(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  if (!place ||
      !reader.Object(place, {"rate", "per", "duration", "stages", "max_users", "distribution"})) {
    return;
  }
  Arrivals& arrivals = scenario->arrivals;
  const JsonPlace rate = reader.Member(place, "rate");
  const JsonPlace stages = reader.Member(place, "stages");
  const JsonPlace duration = reader.Member(place, "duration");
  if (!stages && (!rate || !duration)) {
    reader.Fail(place, "expected \"rate\" and \"duration\", or \"stages\"");
  }
  if (stages && duration) reader.Fail(duration, "expected one of \"duration\" and \"stages\"");
  arrivals.rate_milli = Rate(reader, rate, 0);
  arrivals.per = Span(reader, place, "per", std::chrono::seconds(1));
  arrivals.max_users = Users(reader, place, "max_users", 1, 0);
  if (arrivals.max_users == 0) {
    reader.Fail(place, "expected \"max_users\": how many arrivals are carried at once at most");
  }
  const JsonPlace distribution = reader.Member(place, "distribution");
  const std::string kind = reader.Text(distribution, "constant");
  if (kind != "constant" && kind != "poisson") {
    reader.Fail(distribution, "expected \"constant\" or \"poisson\"");
  }
  arrivals.poisson = kind == "poisson";
  arrivals.constant = !stages;
  if (!stages) {
    if (rate && arrivals.rate_milli == 0) reader.Fail(rate, "expected a rate above zero");
    arrivals.stages.push_back(
        {Span(reader, place, "duration", VirtualTime{0}), arrivals.rate_milli});
    return;
  }
  VirtualTime total{0};
  for (const JsonPlace& element : reader.Elements(stages)) {
    if (!reader.Object(element, {"duration", "rate"})) return;
    const JsonPlace end = reader.Member(element, "rate");
    if (!end) reader.Fail(element, "expected \"rate\": what it has become at the end");
    arrivals.stages.push_back(
        {Span(reader, element, "duration", VirtualTime{0}), Rate(reader, end, 0)});
    total += arrivals.stages.back().duration;
    if (total > kTimeMax) reader.Fail(stages, "expected seven days at most");
    if (reader.failed()) return;
  }
  if (arrivals.stages.empty()) reader.Fail(stages, "expected one stage at least");
}

}  // namespace

void ReadLoad(ScenarioReader& reader, const JsonPlace& root, Scenario* scenario) {
  ReadDefaults(reader, reader.Member(root, "defaults"), scenario);
  const JsonPlace stages = reader.Member(root, "stages");
  const JsonPlace shape = reader.Member(root, "shape");
  const JsonPlace arrivals = reader.Member(root, "arrivals");
  if ((stages ? 1 : 0) + (shape ? 1 : 0) + (arrivals ? 1 : 0) > 1) {
    reader.Fail(arrivals ? arrivals : shape,
                "expected one of \"stages\", \"shape\" and \"arrivals\"");
  }
  for (const char* key : {"users", "spawn_rate", "run_time"}) {
    const JsonPlace place = reader.Member(reader.Member(root, "defaults"), key);
    if (arrivals && place) reader.Fail(place, "has no meaning beside \"arrivals\"");
  }
  ReadStages(reader, stages, scenario);
  if (shape) scenario->stages = ReadShape(reader, shape);
  ReadArrivals(reader, arrivals, scenario);
}

}  // namespace redrive
