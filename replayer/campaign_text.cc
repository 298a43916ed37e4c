// Campaign reports as text for people and as JSON for files.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/schedule.h"
#include "replayer/campaign.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kEndings[] = {"violation", "clean", "clean within bounds",
                                         "inconclusive"};

std::string Count(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Json ToJson(const StrategyReport& strategy) {
  return {{"name", strategy.name},           {"executions", strategy.executions},
          {"redundant", strategy.redundant}, {"preemptions", strategy.preemptions},
          {"bounded", strategy.bounded},     {"reduced", strategy.reduced},
          {"complete", strategy.complete},   {"note", strategy.note}};
}

Json ToJson(const ExploreFinding& finding) {
  return {{"oracle", finding.oracle},
          {"shape", finding.shape},
          {"what", finding.what},
          {"why", finding.why},
          {"differences", finding.differences},
          {"schedule", ScheduleToText(finding.schedule)},
          {"strategy", finding.strategy},
          {"execution", finding.execution},
          {"executions", finding.executions},
          {"preemptions", finding.preemptions},
          {"outcome", finding.outcome},
          {"seen", finding.seen}};
}

Json ToJson(const CampaignCase& one) {
  const ExploreReport& report = one.report;
  Json json = {{"case", one.number},
               {"title", one.title},
               {"conflict", one.conflict},
               {"operations", one.operations},
               {"ending", kEndings[static_cast<int>(report.ending)]},
               {"text", report.text},
               {"serial_orders", report.serial_orders},
               {"serial_outcomes", report.serial_outcomes},
               {"outcomes", report.outcomes},
               {"executions", report.executions},
               {"audited", report.audited},
               {"estimate", report.estimate},
               {"notes", report.notes}};
  json["strategies"] = Json::array();
  for (const StrategyReport& strategy : report.strategies) {
    json["strategies"].push_back(ToJson(strategy));
  }
  json["findings"] = Json::array();
  for (const ExploreFinding& finding : report.findings) json["findings"].push_back(ToJson(finding));
  return json;
}

// A whole number that fits: nlohmann would convert any number, however large.
template <typename Integer>
Integer Whole(const Json& json, const char* key) {
  if (!json.is_number_unsigned() ||
      json.get<std::uint64_t>() > std::numeric_limits<Integer>::max()) {
    throw std::invalid_argument("\"" + std::string(key) + "\": expected a whole number");
  }
  return static_cast<Integer>(json.get<std::uint64_t>());
}

template <typename Integer>
void Take(const Json& json, const char* key, Integer* number) {
  *number = Whole<Integer>(json.at(key), key);
}

template <typename Integer>
void TakeList(const Json& json, const char* key, std::vector<Integer>* numbers) {
  for (const Json& item : json.at(key)) numbers->push_back(Whole<Integer>(item, key));
}

// nlohmann throws on a missing member or another type; CampaignFromJson turns that into an error.
StrategyReport StrategyFromJson(const Json& json) {
  StrategyReport strategy;
  json.at("name").get_to(strategy.name);
  Take(json, "executions", &strategy.executions);
  Take(json, "redundant", &strategy.redundant);
  Take(json, "preemptions", &strategy.preemptions);
  json.at("bounded").get_to(strategy.bounded);
  json.at("reduced").get_to(strategy.reduced);
  json.at("complete").get_to(strategy.complete);
  json.at("note").get_to(strategy.note);
  return strategy;
}

ExploreFinding FindingFromJson(const Json& json) {
  ExploreFinding finding;
  json.at("oracle").get_to(finding.oracle);
  json.at("shape").get_to(finding.shape);
  json.at("what").get_to(finding.what);
  json.at("why").get_to(finding.why);
  json.at("differences").get_to(finding.differences);
  auto schedule = ScheduleFromText(json.at("schedule").get<std::string>());
  if (schedule.has_error()) throw std::invalid_argument(schedule.error().message);
  finding.schedule = std::move(*schedule);
  json.at("strategy").get_to(finding.strategy);
  Take(json, "execution", &finding.execution);
  Take(json, "executions", &finding.executions);
  Take(json, "preemptions", &finding.preemptions);
  Take(json, "outcome", &finding.outcome);
  Take(json, "seen", &finding.seen);
  return finding;
}

CampaignCase CaseFromJson(const Json& json) {
  CampaignCase one;
  ExploreReport& report = one.report;
  Take(json, "case", &one.number);
  json.at("title").get_to(one.title);
  json.at("conflict").get_to(one.conflict);
  TakeList(json, "operations", &one.operations);
  const std::string ending = json.at("ending").get<std::string>();
  const auto known = std::find(std::begin(kEndings), std::end(kEndings), ending);
  if (known == std::end(kEndings)) throw std::invalid_argument("unknown ending '" + ending + "'");
  report.ending = static_cast<ExploreEnding>(known - std::begin(kEndings));
  json.at("text").get_to(report.text);
  Take(json, "serial_orders", &report.serial_orders);
  Take(json, "serial_outcomes", &report.serial_outcomes);
  Take(json, "outcomes", &report.outcomes);
  Take(json, "executions", &report.executions);
  Take(json, "audited", &report.audited);
  json.at("estimate").get_to(report.estimate);
  json.at("notes").get_to(report.notes);
  for (const Json& item : json.at("strategies")) {
    report.strategies.push_back(StrategyFromJson(item));
  }
  for (const Json& item : json.at("findings")) report.findings.push_back(FindingFromJson(item));
  return one;
}

std::string FindingToText(const ExploreFinding& finding) {
  std::string text = "  " + finding.oracle + " (" + finding.shape + "), " + finding.strategy +
                     " execution " + std::to_string(finding.execution + 1) + ", " +
                     Count(finding.preemptions, "preemption", "preemptions") + "\n";
  text += "    what: " + finding.what + "\n    why: " + finding.why + "\n";
  for (const std::string& difference : finding.differences) text += "      " + difference + "\n";
  return text;
}

}  // namespace

std::string CampaignToJson(const CampaignReport& report) {
  Json json = {{"redrive_campaign", 1},
               {"command", report.command},
               {"shards", report.shards},
               {"parts", report.parts},
               {"all", report.all}};
  json["cases"] = Json::array();
  for (const CampaignCase& one : report.cases) json["cases"].push_back(ToJson(one));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<CampaignReport> CampaignFromJson(std::string_view text, const std::string& where) {
  try {
    const Json json = Json::parse(text);
    if (json.at("redrive_campaign") != 1) {
      return Error{ErrorCode::kUnsupported, where + ": a campaign report of another version"};
    }
    CampaignReport report;
    json.at("command").get_to(report.command);
    Take(json, "shards", &report.shards);
    TakeList(json, "parts", &report.parts);
    if (report.shards == 0 || report.shards > 1'000'000) {
      throw std::invalid_argument("\"shards\": expected 1 to 1,000,000");
    }
    json.at("all").get_to(report.all);
    for (const Json& one : json.at("cases")) report.cases.push_back(CaseFromJson(one));
    return report;
  } catch (const std::exception& error) {  // nlohmann's own, and our checks above
    return Error{ErrorCode::kInvalid,
                 where + ": not a campaign report (redrive explore --report): " + error.what()};
  }
}

std::string ExploreToText(const ExploreReport& report) {
  std::string text = report.text + "\n";
  text += "  " + Count(report.serial_orders, "serial order", "serial orders") + " with " +
          Count(report.serial_outcomes, "outcome", "different outcomes") + "; " +
          Count(report.outcomes, "outcome", "outcomes") + " met in " +
          Count(report.executions, "execution", "executions") + "\n";
  for (const StrategyReport& strategy : report.strategies) {
    text += "  " + strategy.name + ": " +
            Count(strategy.executions, strategy.reduced ? "class" : "schedule",
                  strategy.reduced ? "classes" : "schedules");
    if (strategy.redundant != 0) {
      text += ", " + std::to_string(strategy.redundant) + " abandoned as redundant";
    }
    if (strategy.complete) text += ", complete";
    if (!strategy.note.empty()) text += ", " + strategy.note;
    text += "\n";
  }
  if (report.audited != 0) {
    text += "  commutation audit: " + std::to_string(report.audited) +
            " swaps of independent neighbours changed nothing\n";
  }
  for (const ExploreFinding& finding : report.findings) text += FindingToText(finding);
  for (const std::string& note : report.notes) text += "  note: " + note + "\n";
  return text;
}

std::string CampaignToText(const CampaignReport& report) {
  std::string text;
  std::uint64_t counts[4] = {};
  std::uint64_t executions = 0;
  for (const CampaignCase& one : report.cases) {
    ++counts[static_cast<int>(one.report.ending)];
    executions += one.report.executions;
    text += "case " + std::to_string(one.number + 1) + ": " + one.title;
    if (!one.conflict.empty()) text += " on " + one.conflict;
    text += "\n  " + ExploreToText(one.report) + "\n";
  }
  text += Count(report.cases.size(), "case", "cases") + ", " +
          Count(executions, "execution", "executions") + ": " + std::to_string(counts[0]) +
          " violation, " + std::to_string(counts[1]) + " clean, " + std::to_string(counts[2]) +
          " clean within bounds, " + std::to_string(counts[3]) + " inconclusive\n";
  const std::string missing = MissingParts(report);
  if (!missing.empty())
    text += "parts of the campaign that are not in this report: " + missing + "\n";
  return text;
}

}  // namespace redrive
