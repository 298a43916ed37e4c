#include "recorder/virtual_user.h"

#include <algorithm>
#include <utility>

#include "core/hash.h"
#include "recorder/judge.h"

namespace redrive {
namespace {

void AddHeaders(const std::vector<Header>& headers, Digest* digest) {
  digest->Add(headers.size());
  for (const Header& header : headers) {
    digest->Add(HashBytes(header.name));
    digest->Add(HashBytes(header.value));
  }
}

std::uint64_t HashOf(const Request& request) {
  Digest digest;
  digest.Add(HashBytes(request.method));
  digest.Add(HashBytes(request.target));
  AddHeaders(request.headers, &digest);
  digest.Add(HashBytes(request.body));
  return digest.value();
}

std::uint64_t HashOf(const Reply& reply) {
  Digest digest;
  digest.Add(static_cast<std::uint64_t>(reply.error) << 32 |
             static_cast<std::uint32_t>(reply.response.status));
  AddHeaders(reply.response.headers, &digest);
  digest.Add(HashBytes(reply.response.body));
  return digest.value();
}

}  // namespace

Task<SendResult> RequestSender::Send(const PlannedRequest& planned, const RequestPlace& place,
                                     std::string* failure) {
  const RequestStep& step = *planned.step;
  ForgetExtracts(step, &variables_);
  const VariableScope scope{variables_, log_.variables, log_.lists};
  if (!FillRequest(planned, scope, &invoke_.request, &missing_)) {
    log_.Skip(step.name.text(), missing_);
    if (failure != nullptr) *failure = "not sent: no value for " + missing_;
    co_return SendResult::kSkipped;
  }
  operation_ = log_.NextOperation();
  env_.set_operation(operation_);
  const VirtualTime sent = env_.Now();
  const std::uint64_t asked = env_.observed() ? HashOf(invoke_.request) : 0;
  const std::uint64_t invoked = env_.Emit(EventKind::kInvoke, step.name.label(), asked);
  RecordInvoke(step, place, invoked, sent);

  Reply reply = co_await transport_.Send(env_, invoke_.request);

  const std::uint64_t told = env_.observed() ? HashOf(reply) : 0;
  const std::uint64_t returned = env_.Emit(EventKind::kReturn, step.name.label(), told);
  env_.set_operation(0);
  std::string why = JudgeReply(step, reply);
  if (why.empty()) why = TakeExtracts(step, reply.response, &variables_, &log_.lists);
  if (why.empty()) why = JudgeTime(step, env_.Now() - std::max(sent, reply.sent));
  if (failure != nullptr) *failure = why;
  const bool accepted = why.empty();
  RecordReturn(step, place, reply, returned, sent, std::move(why));
  co_return accepted ? SendResult::kAccepted : SendResult::kNotAccepted;
}

void RequestSender::RecordInvoke(const RequestStep& step, const RequestPlace& place,
                                 std::uint64_t sequence, VirtualTime sent) {
  ++log_.counts.started;
  ++log_.counts.in_flight;
  if (log_.options.lateness != nullptr && place.phase == Phase::kRun && place.step == 0) {
    // A user that still waits for an answer is the target's delay, not the generator's.
    const std::int64_t due = std::max<std::int64_t>(place.intended.count(), ended_ns_);
    log_.options.lateness->Add(sent.count() - due);
  }
  if (log_.options.sink == nullptr) return;
  const bool redact = !log_.options.keep_secrets && log_.redactor.PerhapsSecret(invoke_.request);
  InvokeRecord& record = redact ? redacted_ : invoke_;
  record.operation = operation_;
  record.sequence = sequence;
  record.phase = place.phase;
  record.task = env_.id();
  record.user = place.user;
  record.iteration = place.iteration;
  record.step = place.step;
  record.user_class = *place.user_class;
  record.action = *place.action;
  record.name = step.name.text();
  record.intended_ns = place.intended.count();
  record.sent_ns = sent.count();
  if (redact) {
    record.request = invoke_.request;
    log_.redactor.Redact(&record.request);
  }
  log_.options.sink->OnInvoke(record);
}

void RequestSender::RecordReturn(const RequestStep& step, const RequestPlace& place, Reply& reply,
                                 std::uint64_t sequence, VirtualTime sent, std::string failure) {
  const VirtualTime done = env_.Now();
  ended_ns_ = done.count();
  const Outcome outcome = OutcomeOf(reply);
  RunCounts& counts = log_.counts;
  --counts.in_flight;
  ++(outcome == Outcome::kOk ? counts.ok : outcome == Outcome::kFail ? counts.fail : counts.info);
  const bool accepted = failure.empty();
  ++(accepted ? counts.accepted : log_.failures);
  Sample sample;
  sample.intended_ns = place.intended.count();
  sample.sent_ns = std::max(sent, reply.sent).count();
  sample.done_ns = done.count();
  sample.bytes = reply.response.body.size();
  sample.accepted = accepted;
  sample.failure = failure;
  log_.Row(step).Add(sample);
  if (!accepted) log_.statistics.AddFailure(step.method, step.name.text(), failure);
  if (log_.options.sink != nullptr) {
    ReturnRecord& record = return_;
    record.operation = operation_;
    record.sequence = sequence;
    record.done_ns = done.count();
    record.error = reply.error;
    record.message = reply.message;
    record.outcome = outcome;
    record.accepted = accepted;
    record.failure = std::move(failure);
    record.body_bytes = sample.bytes;
    record.response = std::move(reply.response);
    if (!log_.options.keep_secrets) log_.redactor.Redact(&record.response);
    log_.options.sink->OnReturn(record);
  }
  log_.ReportProgress(done);
}

RequestStatistics& RunLog::Row(const RequestStep& step) {
  // The steps of a run are few, and most requests repeat the last one's.
  for (const auto& [known, row] : rows_) {
    if (known == &step) return *row;
  }
  RequestStatistics& row = statistics.Row(step.method, step.name.text());
  if (rows_.size() == kRowsRemembered) rows_.erase(rows_.begin());
  rows_.emplace_back(&step, &row);
  return row;
}

void RunLog::ReportProgress(VirtualTime now) {
  if (!options.on_progress || now - last_progress < options.progress_every) return;
  last_progress = now;
  Progress progress;
  progress.now = now;
  progress.run_time = run_time;
  progress.phase = phase;
  progress.users = users_running;
  progress.started = counts.started;
  progress.failures = failures;
  progress.dropped = counts.dropped;
  if (crew != nullptr) ShareProgress(&progress);
  if (options.shard == 0) options.on_progress(progress);
}

// Tells the other threads, and adds what they told.
void RunLog::ShareProgress(Progress* progress) const {
  Crew::Shard& mine = crew->shards[options.shard];
  mine.users.store(progress->users, std::memory_order_relaxed);
  mine.started.store(progress->started, std::memory_order_relaxed);
  mine.failures.store(progress->failures, std::memory_order_relaxed);
  mine.dropped.store(progress->dropped, std::memory_order_relaxed);
  if (options.shard != 0) return;
  for (std::size_t i = 1; i < crew->shards.size(); ++i) {
    progress->users += crew->shards[i].users.load(std::memory_order_relaxed);
    progress->started += crew->shards[i].started.load(std::memory_order_relaxed);
    progress->failures += crew->shards[i].failures.load(std::memory_order_relaxed);
    progress->dropped += crew->shards[i].dropped.load(std::memory_order_relaxed);
  }
}

namespace {

// Sleeps until `at`, but not through a stop.
Task<void> SleepUnlessStopped(RunLog& log, Env& env, VirtualTime at) {
  const VirtualTime poll = log.options.stop_poll;
  while (poll.count() > 0 && !log.stopped() && env.Now() + poll < at) {
    co_await env.Sleep(poll);
  }
  if (!log.stopped()) co_await env.SleepUntil(at);
}

Task<void> RunAction(RunLog& log, Env& env, RequestSender& sender, const PlannedAction& action,
                     RequestPlace place) {
  place.iteration = action.iteration;
  place.action = action.name;
  for (place.step = 0; place.step < action.requests.size(); ++place.step) {
    if (place.step > 0) {
      place.intended = env.Now();  // it could not have been sent before the answer to the last one
      if (log.stopped()) co_return;
    }
    co_await sender.Send(action.requests[place.step], place, nullptr);
  }
}

}  // namespace

Task<void> RunVirtualUser(RunLog& log, Env& env, const Plan& plan, std::uint32_t number,
                          VirtualTime origin, Transport& transport) {
  const PlannedUser& user = plan.users()[number];
  Variables variables;
  RequestSender sender(log, env, transport, variables);
  UserPlan user_plan(plan, number);
  RequestPlace place;
  place.user = number;
  place.user_class = &user.user_class->name;
  const bool closed = plan.pacing() == Pacing::kClosed;
  const VirtualTime stop =
      user.stop == VirtualTime::max() ? VirtualTime::max() : origin + user.stop;
  VirtualTime next = origin + user.start;
  while (!log.stopped()) {
    const std::optional<PlannedAction> action = user_plan.Next();
    if (!action) break;
    place.intended = closed ? next : origin + action->intended;
    if (place.intended >= stop) break;
    co_await SleepUnlessStopped(log, env, place.intended);
    const VirtualTime started = env.Now();
    if (started >= stop || log.stopped()) break;
    co_await RunAction(log, env, sender, *action, place);
    const VirtualTime ended = env.Now();
    next = action->pacing ? std::max(ended, started + action->wait) : ended + action->wait;
  }
  const std::optional<PlannedAction> on_stop = user_plan.OnStop();
  if (!on_stop) co_return;
  place.intended = env.Now();
  co_await RunAction(log, env, sender, *on_stop, place);
}

}  // namespace redrive
