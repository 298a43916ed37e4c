#include "cli/probe_flags.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include "recorder/probe/log_probe.h"
#include "recorder/probe/mongo_probe.h"
#include "recorder/probe/postgres_probe.h"
#include "recorder/probe/process_probe.h"
#include "recorder/probe/prometheus_probe.h"
#include "replayer/probe_text.h"

namespace redrive {
namespace {

constexpr std::size_t kProbesMax = 100;

// Adds what `opened` holds, or says which flag was wrong.
template <typename Opened>
Result<void> AddOpened(const char* flag, Opened opened, ProbeRunner* runner) {
  if (opened.has_error()) {
    return Error{ErrorCode::kInvalid, std::string(flag) + ": " + opened.error().message};
  }
  runner->Add(std::move(*opened));
  return {};
}

}  // namespace

void ProbeFlags::AddTo(Flags& flags) {
  flags.AddNumber("--probe-pid", &pid_,
                  "sample the memory of this process of the target and its children (same machine)",
                  1, 1U << 30);
  flags.AddList("--probe-prometheus", &prometheus_,
                "sample URL's process_resident_memory_bytes, or another metric: URL#METRIC; may be "
                "repeated");
  flags.AddList("--probe-postgres", &postgres_,
                "count deadlocks, slow queries, lock waits of this database: "
                "postgresql://user:password@host/database; reads only (docs/PROBES.md)");
  flags.AddList("--probe-mongodb", &mongodb_,
                "the same for MongoDB: mongodb://user:password@host/database");
  flags.AddNumber("--probe-slow-ms", &slow_ms_, "queries are slow beyond this (default 100)", 1,
                  3'600'000);
  flags.AddText("--server-log", &log_path_,
                "count tracebacks and 5xx in what the target writes to this file during the run");
}

void ProbeFlags::AddFileTo(Flags& flags) {
  flags.AddText("--probes-json", &json_path_, "write all samples of the probes to this file");
}

Result<void> ProbeFlags::Open(bool simulated) {
  const char* given = nullptr;
  if (!mongodb_.empty()) given = "--probe-mongodb";
  if (!postgres_.empty()) given = "--probe-postgres";
  if (!prometheus_.empty()) given = "--probe-prometheus";
  if (!log_path_.empty()) given = "--server-log";
  if (pid_ != 0) given = "--probe-pid";
  if (given == nullptr && json_path_.empty()) return {};
  if (given == nullptr) {
    return Error{ErrorCode::kInvalid, "--probes-json: there is no probe; see --probe-…"};
  }
  if (simulated) {
    return Error{
        ErrorCode::kInvalid,
        std::string(given) + ": the embedded workshop is no process of its own; give --host URL"};
  }
  if (prometheus_.size() + postgres_.size() + mongodb_.size() > kProbesMax) {
    return Error{ErrorCode::kInvalid, "more than " + std::to_string(kProbesMax) + " probes"};
  }
  runner_ = std::make_unique<ProbeRunner>([](const std::string& problem) {
    std::fprintf(stderr, "probe not measured: %s\n", problem.c_str());
  });
  Result<void> added;
  if (pid_ != 0) added = AddOpened("--probe-pid", ProcessProbe::Open(pid_), runner_.get());
  if (added.has_value() && !log_path_.empty()) {
    added = AddOpened("--server-log", LogProbe::Open(log_path_), runner_.get());
  }
  for (const std::string& url : prometheus_) {
    if (added.has_error()) return added;
    added = AddOpened("--probe-prometheus", PrometheusProbe::Open(url), runner_.get());
  }
  return added.has_error() ? added : OpenDatabases();
}

Result<void> ProbeFlags::OpenDatabases() {
  const std::chrono::milliseconds slow(slow_ms_);
  Result<void> added;
  for (const std::string& uri : postgres_) {
    if (added.has_error()) return added;
    added = AddOpened("--probe-postgres", PostgresProbe::Open(uri, slow), runner_.get());
  }
  for (const std::string& uri : mongodb_) {
    if (added.has_error()) return added;
    added = AddOpened("--probe-mongodb", MongoProbe::Open(uri, slow), runner_.get());
  }
  return added;
}

std::unique_ptr<Probing> ProbeFlags::Watch() {
  return runner_ == nullptr ? nullptr : std::make_unique<Probing>(*this);
}

Result<void> ProbeFlags::WriteJson() const {
  if (json_path_.empty() || runner_ == nullptr) return {};
  std::ofstream file(json_path_, std::ios::binary | std::ios::trunc);
  file << ProbeFileJson(runner_->started_unix_ns(), reports_);
  file.close();
  if (file) return {};
  return Error{ErrorCode::kIo, "--probes-json: " + json_path_ + ": " + std::strerror(errno)};
}

Probing::Probing(ProbeFlags& probes) : probes_(probes) { probes_.runner_->Start(); }

Probing::~Probing() { probes_.reports_ = probes_.runner_->Stop(); }

}  // namespace redrive
