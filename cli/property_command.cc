// redrive property: random parallel plans of a model against the workshop, judged and shrunk.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/stop.h"
#include "core/hash.h"
#include "recorder/trace_file.h"
#include "replayer/property.h"
#include "replayer/property_models.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;
using par::Model;
using par::PropertyFailure;
using par::PropertyOptions;
using par::PropertyReport;
using Json = nlohmann::ordered_json;

struct PropertyFlags {
  std::string model;
  std::uint64_t seed = 42;
  std::uint64_t count = 200;
  std::uint64_t size = 6;
  std::uint64_t lanes = 2;
  std::uint64_t length = 2;
  std::uint64_t schedules = 20;
  std::string case_number;
  std::string only;
  std::string workshop = "as-is";
  std::string out;
  bool no_shrink = false;
  bool json = false;
  bool quiet = false;
};

void AddFlags(PropertyFlags& given, Flags& flags) {
  flags.AddText("MODEL", &given.model, "tickets, stock, journal or payments (default: all)");
  flags.AddNumber("--seed", &given.seed, "of all chance (default 42)");
  flags.AddNumber("--count", &given.count, "cases per model (default 200)", 1, 100'000'000);
  flags.AddNumber("--size", &given.size, "most requests before the lanes (default 6)", 0,
                  par::kPrefixMax);
  flags.AddNumber("--suffixes", &given.lanes, "lanes at once (default 2)", 1, par::kLanesMax);
  flags.AddNumber("--length", &given.length, "most requests of a lane (default 2)", 1,
                  par::kLengthMax);
  flags.AddNumber("--schedules", &given.schedules, "schedules per case (default 20)", 0, 1'000'000);
  flags.AddText("--case", &given.case_number, "only this case, by its number");
  flags.AddText("--only", &given.only, "only violations whose check and shape begin like this");
  flags.AddText("--workshop", &given.workshop,
                "as-is (default), fixed, or a comma list of planted bugs");
  flags.AddSwitch("--no-shrink", &given.no_shrink, "show what was found as it was found");
  flags.AddText("--out", &given.out, "a folder for case (JSON) and trace of each violation");
  flags.AddSwitch("--json", &given.json, "one JSON document instead of text");
  flags.AddSwitch("-q,--quiet", &given.quiet, "no progress");
}

Result<PropertyOptions> MakeOptions(const PropertyFlags& given) {
  PropertyOptions options;
  options.seed = given.seed;
  options.count = given.count;
  options.size.prefix = static_cast<std::uint32_t>(given.size);
  options.size.lanes = static_cast<std::uint32_t>(given.lanes);
  options.size.length = static_cast<std::uint32_t>(given.length);
  options.schedules = given.schedules;
  options.only = given.only;
  options.shrink = !given.no_shrink;
  options.workshop = given.workshop;
  options.stop = StopFlag();
  if (given.case_number.empty()) return options;
  const bool digits = given.case_number.size() <= 18 &&
                      given.case_number.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || given.model.empty()) {
    return Error{ErrorCode::kInvalid,
                 "--case " + given.case_number + ": expected the number of a case, with a MODEL"};
  }
  options.only_case = std::stoull(given.case_number);
  return options;
}

// The command that comes to this one failure again, with all that its case depends on.
std::string RerunLine(const PropertyFlags& given, const Model& model,
                      const PropertyFailure& failure) {
  const PropertyFlags defaults;
  Arguments line = {"property", model.name, "--seed=" + std::to_string(given.seed)};
  const auto add = [&line](const std::string& flag, std::uint64_t value, std::uint64_t usual) {
    if (value != usual) line.push_back(flag + "=" + std::to_string(value));
  };
  add("--size", given.size, defaults.size);
  add("--suffixes", given.lanes, defaults.lanes);
  add("--length", given.length, defaults.length);
  add("--schedules", given.schedules, defaults.schedules);
  if (given.workshop != defaults.workshop) line.push_back("--workshop=" + given.workshop);
  if (given.no_shrink) line.push_back("--no-shrink");
  line.push_back("--case=" + std::to_string(failure.case_number));
  line.push_back("--only=" + par::SignatureText(failure.signature));
  return ShellCommand(line);
}

std::function<void(const par::PropertyProgress&)> ProgressPrinter(const PropertyFlags& given) {
  if (given.quiet || isatty(STDERR_FILENO) == 0) return {};
  return [](const par::PropertyProgress& progress) {
    std::fprintf(stderr, "\r%s: case %llu/%llu, %llu executions, %llu ways to fail\033[K",
                 progress.model.c_str(), static_cast<unsigned long long>(progress.cases),
                 static_cast<unsigned long long>(progress.cases_total),
                 static_cast<unsigned long long>(progress.executions),
                 static_cast<unsigned long long>(progress.failures));
  };
}

// "tickets-42-17-1": model, seed, case, and which of its failures.
std::string Stem(const PropertyFlags& given, const PropertyReport& report, std::size_t index) {
  const PropertyFailure& failure = report.failures[index];
  const auto same = std::count_if(
      report.failures.begin(), report.failures.begin() + static_cast<std::ptrdiff_t>(index),
      [&](const PropertyFailure& other) { return other.case_number == failure.case_number; });
  return report.model + "-" + std::to_string(given.seed) + "-" +
         std::to_string(failure.case_number) + "-" + std::to_string(same + 1);
}

// The records in the order of their events, as they were when it was executed.
void WriteAll(const Trace& trace, TraceWriter& writer) {
  TraceHeader header = trace.header;
  header.redrive_version = VersionText();
  writer.OnHeader(header);
  std::map<std::uint64_t, std::function<void()>> records;
  for (const InvokeRecord& record : trace.invokes) {
    records[record.sequence] = [&writer, &record] { writer.OnInvoke(record); };
  }
  for (const std::optional<ReturnRecord>& record : trace.returns) {
    if (record) records[record->sequence] = [&writer, &record] { writer.OnReturn(*record); };
  }
  for (const StepRecord& record : trace.steps) {
    records[record.sequence] = [&writer, &record] { writer.OnStep(record); };
  }
  for (const auto& [sequence, write] : records) write();
  if (trace.end) writer.OnEnd(trace.schedule, *trace.end);
}

Result<void> WriteFiles(const std::string& stem, const PropertyFailure& failure) {
  const std::string scenario = CaseToScenario(failure.source);
  std::ofstream file(stem + ".json", std::ios::binary);
  file << scenario;
  file.close();
  if (!file) return Error{ErrorCode::kIo, stem + ".json: cannot write"};
  auto writer = TraceWriter::Open(stem + ".redrive");
  if (writer.has_error()) return writer.error();
  WriteAll(failure.trace, **writer);
  if ((*writer)->dropped() == 0) return {};
  return Error{ErrorCode::kIo, stem + ".redrive: " + (*writer)->error()};
}

Json FailureToJson(const Model& model, const PropertyFailure& failure, const std::string& rerun) {
  Json prefix = Json::array();
  for (const par::Command& command : failure.plan.prefix) {
    prefix.push_back(par::CommandToText(model, failure.plan, command));
  }
  Json lanes = Json::array();
  for (const auto& commands : failure.plan.lanes) {
    Json lane = Json::array();
    for (const par::Command& command : commands) {
      lane.push_back(par::CommandToText(model, failure.plan, command));
    }
    lanes.push_back(std::move(lane));
  }
  return {{"check", failure.signature.check},
          {"shape", failure.signature.shape},
          {"nature", std::string(NatureName(failure.nature))},
          {"case", failure.case_number},
          {"prefix", std::move(prefix)},
          {"lanes", std::move(lanes)},
          {"schedule", ScheduleToText(failure.schedule)},
          {"preemptions", failure.preemptions},
          {"least_preemptions", failure.least_preemptions},
          {"what", failure.violation.what},
          {"why", failure.violation.why},
          {"requests_before", failure.commands_before},
          {"requests", par::CountCommands(failure.plan)},
          {"rerun", rerun}};
}

Json ReportToJson(const PropertyFlags& given, const Model& model, const PropertyReport& report) {
  Json kinds = Json::array();
  for (const par::KindCount& kind : report.kinds) {
    kinds.push_back({{"kind", kind.name},
                     {"cases", kind.cases},
                     {"sent", kind.sent},
                     {"taken", kind.taken},
                     {"refused", kind.refused}});
  }
  Json checks = Json::array();
  for (const par::CheckCount& check : report.checks) {
    checks.push_back({{"check", check.name}, {"examined", check.examined}});
  }
  Json failures = Json::array();
  for (const PropertyFailure& failure : report.failures) {
    failures.push_back(FailureToJson(model, failure, RerunLine(given, model, failure)));
  }
  return {{"model", report.model},
          {"verdict", std::string(VerdictName(report.verdict()))},
          {"cases", report.cases},
          {"distinct", report.distinct},
          {"executions", report.executions},
          {"judged", report.judged},
          {"unknown", report.unknown},
          {"digest", ToHex(report.digest)},
          {"stopped", report.stopped},
          {"kinds", std::move(kinds)},
          {"checks", std::move(checks)},
          {"violations", std::move(failures)},
          {"notes", report.notes}};
}

void PrintReport(const PropertyFlags& given, const Model& model, const PropertyReport& report) {
  std::printf("%s: %s\n%s", model.name.c_str(), std::string(VerdictName(report.verdict())).c_str(),
              par::ReportToText(report).c_str());
  for (std::size_t i = 0; i < report.failures.size(); ++i) {
    const PropertyFailure& failure = report.failures[i];
    const std::string rerun = RerunLine(given, model, failure);
    std::printf("\n%s", par::FailureToText(model, failure, rerun).c_str());
    if (given.out.empty()) continue;
    const std::string stem = (fs::path(given.out) / Stem(given, report, i)).string();
    std::printf("  case: %s.json\n  trace: redrive replay %s.redrive\n", stem.c_str(),
                stem.c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

int CodeOf(const PropertyReport& report) {
  switch (report.verdict()) {
    case VerdictKind::kPass:
      return kExitPass;
    case VerdictKind::kViolation:
      return kExitViolation;
    case VerdictKind::kUnknown:
      return kExitInconclusive;
  }
  return kExitBug;
}

// A violation is told before what could not be told.
int Worse(int a, int b) {
  if (a == kExitViolation || b == kExitViolation) return kExitViolation;
  return std::max(a, b);
}

int RunModels(const PropertyFlags& given, const std::vector<Model>& models,
              const PropertyOptions& options) {
  int code = kExitPass;
  Json all = Json::array();
  for (const Model& model : models) {
    const Result<PropertyReport> report = par::RunProperty(model, options);
    if (isatty(STDERR_FILENO) != 0 && !given.quiet) std::fputs("\r\033[K", stderr);
    if (report.has_error()) return Fail(report.error());
    for (std::size_t i = 0; i < report->failures.size() && !given.out.empty(); ++i) {
      const std::string stem = (fs::path(given.out) / Stem(given, *report, i)).string();
      const Result<void> written = WriteFiles(stem, report->failures[i]);
      if (written.has_error()) return Fail(written.error());
    }
    code = Worse(code, CodeOf(*report));
    if (given.json) {
      all.push_back(ReportToJson(given, model, *report));
    } else {
      PrintReport(given, model, *report);
    }
    if (report->stopped) break;
  }
  if (given.json) {
    const Json document = {{"seed", given.seed}, {"workshop", given.workshop}, {"models", all}};
    std::printf("%s\n", document.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  }
  return code;
}

}  // namespace

int PropertyCommand(const Arguments& arguments) {
  PropertyFlags given;
  Flags flags("property",
              "Draws parallel requests of a model, runs them under many schedules in the workshop, "
              "judges every outcome and shrinks each way to fail to the smallest plan.",
              "redrive property tickets --seed 42 --count 1000");
  AddFlags(given, flags);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  Result<PropertyOptions> options = MakeOptions(given);
  if (options.has_error()) return Fail(options.error());
  options->on_progress = ProgressPrinter(given);
  std::vector<Model> models = par::ShippedModels();
  if (!given.model.empty()) {
    const Result<Model> model = par::FindModel(given.model);
    if (model.has_error()) return Fail(model.error());
    models = {*model};
  }
  if (!given.out.empty()) {
    std::error_code error;
    fs::create_directories(given.out, error);
    if (error) return Fail(Error{ErrorCode::kIo, "--out " + given.out + ": " + error.message()});
  }
  if (!given.json) {
    std::printf("seed %llu, workshop %s\n\n", static_cast<unsigned long long>(given.seed),
                given.workshop.c_str());
    std::fflush(stdout);
  }
  CatchStopSignals();
  return RunModels(given, models, *options);
}

}  // namespace redrive
