// Virtual user: runs one user's plan over Env and Transport. Fills in what only responses could
// tell, sends, judges, extracts and records. The same code in virtual and in real time.
#ifndef REDRIVE_RECORDER_VIRTUAL_USER_H_
#define REDRIVE_RECORDER_VIRTUAL_USER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/env.h"
#include "core/task.h"
#include "recorder/conductor.h"
#include "recorder/plan.h"
#include "recorder/redact.h"
#include "recorder/statistics.h"
#include "recorder/trace_records.h"
#include "recorder/transport.h"
#include "recorder/variables.h"

namespace redrive {

// What all users of one thread of a run share. Not thread-safe.
class RunLog {
 public:
  RunLog(const Plan& plan, const ConductorOptions& options)
      : crew(options.crew), options(options), redactor(plan.seed()), run_time(plan.run_time()) {}

  [[nodiscard]] bool stopped() const {
    return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
  }
  void Skip(const std::string& name, const std::string& missing) {
    ++counts.skipped;
    ++skipped[name + ": no value for " + missing];
  }
  void ReportProgress(VirtualTime now);
  // Of all threads of a run together, from 1.
  [[nodiscard]] std::uint64_t NextOperation() {
    return crew == nullptr ? ++operations_
                           : crew->operations.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  // The statistics row of this step.
  [[nodiscard]] RequestStatistics& Row(const RequestStep& step);

  Crew* const crew;  // what the threads of a run share; null: there is one thread
  const ConductorOptions& options;
  Redactor redactor;
  VirtualTime run_time;
  RunCounts counts;
  Statistics statistics;
  std::map<std::string, std::uint64_t> skipped;
  Variables variables;  // made in setup
  VariableLists lists;  // made in setup
  Phase phase = Phase::kSetup;
  std::uint32_t users_running = 0;
  std::uint64_t failures = 0;
  VirtualTime last_progress{0};

 private:
  static constexpr std::size_t kRowsRemembered = 64;

  void ShareProgress(Progress* progress) const;

  std::uint64_t operations_ = 0;
  std::vector<std::pair<const RequestStep*, RequestStatistics*>> rows_;
};

// Which part of the plan a request is.
struct RequestPlace {
  Phase phase = Phase::kRun;
  std::uint32_t user = 0;
  std::uint32_t iteration = 0;
  std::uint32_t step = 0;
  const std::string* user_class = nullptr;
  const std::string* action = nullptr;
  VirtualTime intended{0};  // since the start of the execution
};

enum class SendResult : std::uint8_t { kAccepted, kNotAccepted, kSkipped };

// Sends the requests of one user, one at a time, and keeps its variables.
class RequestSender {
 public:
  // All arguments must outlive it. `variables` receives what is extracted.
  RequestSender(RunLog& log, Env& env, Transport& transport, Variables& variables)
      : log_(log), env_(env), transport_(transport), variables_(variables) {}

  // `failure` receives why a request was not accepted or what it lacked; may be null.
  // REQUIRES: `planned` and `place` outlive the task.
  Task<SendResult> Send(const PlannedRequest& planned, const RequestPlace& place,
                        std::string* failure);

 private:
  void RecordInvoke(const RequestStep& step, const RequestPlace& place, std::uint64_t sequence,
                    VirtualTime sent);
  void RecordReturn(const RequestStep& step, const RequestPlace& place, Reply& reply,
                    std::uint64_t sequence, VirtualTime sent, std::string failure);

  RunLog& log_;
  Env& env_;
  Transport& transport_;
  Variables& variables_;
  std::uint64_t operation_ = 0;
  std::int64_t ended_ns_ = 0;  // when the last request of the user did
  // Kept for their memory: a user sends one request at a time.
  InvokeRecord invoke_;    // holds the request as it is sent
  InvokeRecord redacted_;  // and as it is recorded, where that is not the same
  ReturnRecord return_;
  std::string missing_;
};

// Runs user `number` from its start to its end. `origin` is when the users' time began.
// REQUIRES: log, env, plan and transport outlive the task.
Task<void> RunVirtualUser(RunLog& log, Env& env, const Plan& plan, std::uint32_t number,
                          VirtualTime origin, Transport& transport);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_VIRTUAL_USER_H_
