// Reads a history of corpora/histories: one JSON file with checks and the events that they judge.
// docs/CHECKS.md describes the format.
#ifndef REDRIVE_TESTS_REPLAYER_HISTORY_FILE_H_
#define REDRIVE_TESTS_REPLAYER_HISTORY_FILE_H_

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "recorder/trace_records.h"

namespace redrive {

struct HistoryFile {
  nlohmann::json checks;
  std::vector<std::string> shapes;  // of the violations that must be found, in order
  Trace trace;
};

inline std::vector<Header> HeadersFrom(const nlohmann::json& event) {
  std::vector<Header> headers;
  if (!event.contains("headers")) return headers;
  for (const auto& [name, value] : event["headers"].items()) {
    headers.push_back({name, value.get<std::string>()});
  }
  return headers;
}

// Text bodies stay as they are; others are written as JSON.
inline std::string BodyFrom(const nlohmann::json& event) {
  if (!event.contains("body")) return "";
  return event["body"].is_string() ? event["body"].get<std::string>() : event["body"].dump();
}

inline Phase PhaseFrom(const std::string& text) {
  if (text == "setup") return Phase::kSetup;
  return text == "audit" ? Phase::kAudit : Phase::kRun;
}

// Operations are called by any name in the file and numbered in order of their "send".
class HistoryReader {
 public:
  explicit HistoryReader(Trace& trace) : trace_(trace) {}

  void Add(const nlohmann::json& event) {
    ++sequence_;
    at_ns_ = event.contains("at_ms") ? event["at_ms"].get<std::int64_t>() * 1'000'000
                                     : at_ns_ + 1'000'000;
    if (event.contains("send"))
      Send(event);
    else if (event.contains("answer"))
      Answer(event);
    else if (event.contains("lost"))
      Lost(event);
    else if (event.contains("step"))
      Step(event);
    else
      throw std::runtime_error("send, answer, lost or step expected: " + event.dump());
  }

 private:
  void Send(const nlohmann::json& event) {
    const std::string request = event.at("request");
    const std::size_t space = request.find(' ');
    InvokeRecord record;
    record.operation = trace_.invokes.size() + 1;
    record.sequence = sequence_;
    record.sent_ns = record.intended_ns = at_ns_;
    record.user = event.value("user", 0U);
    record.phase = PhaseFrom(event.value("phase", "run"));
    record.name = event.value("name", request);
    record.request.method = request.substr(0, space);
    record.request.target = request.substr(space + 1);
    record.request.headers = HeadersFrom(event);
    record.request.body = BodyFrom(event);
    numbers_[event["send"].dump()] = record.operation;
    trace_.invokes.push_back(std::move(record));
    trace_.returns.emplace_back();
  }

  ReturnRecord& Return(const nlohmann::json& who) {
    const std::uint64_t operation = numbers_.at(who.dump());
    ReturnRecord record;
    record.operation = operation;
    record.sequence = sequence_;
    record.done_ns = at_ns_;
    return trace_.returns[operation - 1].emplace(std::move(record));
  }

  void Answer(const nlohmann::json& event) {
    ReturnRecord& record = Return(event["answer"]);
    Reply reply;
    reply.response.status = event.value("status", 200);
    record.outcome = OutcomeOf(reply);
    record.accepted = record.outcome == Outcome::kOk;
    record.response.status = reply.response.status;
    record.response.headers = HeadersFrom(event);
    record.response.body = BodyFrom(event);
  }

  void Lost(const nlohmann::json& event) {
    ReturnRecord& record = Return(event["lost"]);
    record.error = SendError::kTimeout;
    record.message = "timeout";
    record.outcome = Outcome::kInfo;
  }

  void Step(const nlohmann::json& event) {
    StepRecord record;
    record.sequence = sequence_;
    record.at_ns = at_ns_;
    record.operation = numbers_.at(event["step"].dump());
    record.mode = event.contains("writes") ? Mode::kWrite : Mode::kRead;
    record.resource = event.contains("writes") ? event["writes"] : event.at("reads");
    record.label = event.value("label", "");
    trace_.steps.push_back(std::move(record));
  }

  Trace& trace_;
  std::map<std::string, std::uint64_t> numbers_;
  std::uint64_t sequence_ = 0;
  std::int64_t at_ns_ = 0;
};

// Throws on a malformed file: it is part of the test.
inline HistoryFile ReadHistory(const nlohmann::json& document) {
  HistoryFile file;
  file.checks = document.at("checks");
  file.shapes = document.value("shapes", std::vector<std::string>());
  HistoryReader reader(file.trace);
  for (const nlohmann::json& event : document.at("history")) reader.Add(event);
  EndRecord end;
  end.started = file.trace.invokes.size();
  if (!document.value("cut", false)) file.trace.end = end;
  return file;
}

inline HistoryFile ReadHistoryFile(const std::string& path) {
  std::ifstream input(path);
  if (!input) throw std::runtime_error("cannot read " + path);
  return ReadHistory(nlohmann::json::parse(input, nullptr, true, /*ignore_comments=*/true));
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_HISTORY_FILE_H_
