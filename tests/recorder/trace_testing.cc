#include "tests/recorder/trace_testing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/rng.h"

namespace redrive::testing_support {
namespace {

// rapidcheck takes a random seed unless told otherwise; ours are fixed, so that a red test stays
// red.
[[maybe_unused]] const int kFixedSeed = ::setenv("RC_PARAMS", "seed=20260105", 0);

InvokeRecord Invoke(std::uint64_t operation, std::uint32_t user, std::uint64_t sequence,
                    std::int64_t sent_ns) {
  InvokeRecord record;
  record.operation = operation;
  record.sequence = sequence;
  record.task = user + 1;
  record.user = user;
  record.user_class = "PortalUser";
  record.action = "create ticket";
  record.name = "POST /api/portal/tickets";
  record.intended_ns = sent_ns;
  record.sent_ns = sent_ns;
  record.request = Request{.method = "POST",
                           .target = "/api/portal/tickets",
                           .headers = {{"Content-Type", "application/json"}},
                           .body = R"({"subject":"No range","priority":"high"})"};
  return record;
}

ReturnRecord Return(std::uint64_t operation, std::uint64_t sequence, std::int64_t done_ns,
                    const std::string& body) {
  ReturnRecord record;
  record.operation = operation;
  record.sequence = sequence;
  record.done_ns = done_ns;
  record.outcome = Outcome::kOk;
  record.accepted = true;
  record.response =
      Response{.status = 201, .headers = {{"Content-Type", "application/json"}}, .body = body};
  return record;
}

StepRecord Step(std::uint64_t sequence, std::int64_t at_ns, std::uint32_t task,
                std::uint64_t operation, const std::string& label, Mode mode) {
  StepRecord record;
  record.sequence = sequence;
  record.at_ns = at_ns;
  record.task = task;
  record.operation = operation;
  record.label = label;
  record.resource = "tickets/*";
  record.mode = mode;
  return record;
}

std::string RandomText(Rng* rng) {
  const std::uint64_t sizes[] = {0, 1, 7, 60, 5'000};
  std::string text(sizes[rng->Below(5)], ' ');
  for (char& c : text) c = static_cast<char>(rng->Below(256));
  return text;
}

std::vector<Header> RandomHeaders(Rng* rng) {
  std::vector<Header> headers(rng->Below(4));
  for (Header& header : headers) {
    header.name = RandomText(rng);
    header.value = RandomText(rng);
  }
  return headers;
}

TraceHeader RandomHeader(Rng* rng) {
  TraceHeader header;
  header.redrive_version = RandomText(rng);
  header.target_kind = static_cast<TargetKind>(rng->Below(3));
  header.target = RandomText(rng);
  RunSpec& spec = header.spec;
  spec.scenario_name = RandomText(rng);
  spec.scenario_json = RandomText(rng);
  spec.seed = rng->Next();
  spec.users = static_cast<std::uint32_t>(rng->Next());
  spec.spawn_rate_milli = rng->Next();
  spec.run_time_ns = static_cast<std::int64_t>(rng->Next());
  spec.pacing = RandomText(rng);
  spec.workshop = RandomText(rng);
  spec.strategy = RandomText(rng);
  spec.epoch_seconds = static_cast<std::int64_t>(rng->Next());
  for (auto* list : {&spec.user_classes, &spec.tags, &spec.exclude_tags}) {
    list->resize(rng->Below(3));
    for (std::string& item : *list) item = RandomText(rng);
  }
  spec.settings.resize(rng->Below(3));
  for (auto& [name, value] : spec.settings) {
    name = RandomText(rng);
    value = RandomText(rng);
  }
  header.plan_digest = rng->Next();
  header.started_unix_ns = static_cast<std::int64_t>(rng->Next());
  return header;
}

InvokeRecord RandomInvoke(Rng* rng, std::uint64_t operation, std::uint64_t sequence) {
  InvokeRecord record = Invoke(operation, 0, sequence, 0);
  record.phase = static_cast<Phase>(rng->Below(3));
  record.task = static_cast<std::uint32_t>(rng->Next());
  record.user = static_cast<std::uint32_t>(rng->Next());
  record.iteration = static_cast<std::uint32_t>(rng->Next());
  record.step = static_cast<std::uint32_t>(rng->Next());
  record.user_class = RandomText(rng);
  record.action = RandomText(rng);
  record.name = RandomText(rng);
  record.intended_ns = static_cast<std::int64_t>(rng->Next());
  record.sent_ns = static_cast<std::int64_t>(rng->Next());
  record.request.method = RandomText(rng);
  record.request.target = RandomText(rng);
  record.request.headers = RandomHeaders(rng);
  record.request.body = RandomText(rng);
  return record;
}

ReturnRecord RandomReturn(Rng* rng, std::uint64_t operation, std::uint64_t sequence) {
  ReturnRecord record = Return(operation, sequence, static_cast<std::int64_t>(rng->Next()), "");
  record.error = static_cast<SendError>(rng->Below(7));
  record.message = RandomText(rng);
  record.outcome = static_cast<Outcome>(rng->Below(3));
  record.accepted = rng->Below(2) == 1;
  record.failure = RandomText(rng);
  record.response.status = static_cast<int>(rng->Below(600));
  record.response.headers = RandomHeaders(rng);
  record.response.body = RandomText(rng);
  return record;
}

void ExpectEqualSpec(const RunSpec& a, const RunSpec& b) {
  EXPECT_EQ(a.scenario_name, b.scenario_name);
  EXPECT_EQ(a.scenario_json, b.scenario_json);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.users, b.users);
  EXPECT_EQ(a.spawn_rate_milli, b.spawn_rate_milli);
  EXPECT_EQ(a.run_time_ns, b.run_time_ns);
  EXPECT_EQ(a.pacing, b.pacing);
  EXPECT_EQ(a.workshop, b.workshop);
  EXPECT_EQ(a.strategy, b.strategy);
  EXPECT_EQ(a.epoch_seconds, b.epoch_seconds);
  EXPECT_EQ(a.user_classes, b.user_classes);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.exclude_tags, b.exclude_tags);
  EXPECT_EQ(a.settings, b.settings);
}

void ExpectEqualInvoke(const InvokeRecord& a, const InvokeRecord& b) {
  EXPECT_EQ(a.operation, b.operation);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.phase, b.phase);
  EXPECT_EQ(a.task, b.task);
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.iteration, b.iteration);
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.user_class, b.user_class);
  EXPECT_EQ(a.action, b.action);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.intended_ns, b.intended_ns);
  EXPECT_EQ(a.sent_ns, b.sent_ns);
  EXPECT_EQ(a.request, b.request);
}

void ExpectEqualReturn(const ReturnRecord& a, const ReturnRecord& b) {
  EXPECT_EQ(a.operation, b.operation);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.done_ns, b.done_ns);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.accepted, b.accepted);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.response, b.response);
}

void ExpectEqualEnd(const EndRecord& a, const EndRecord& b) {
  EXPECT_EQ(a.ending, b.ending);
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(a.unseed, b.unseed);
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.started, b.started);
  EXPECT_EQ(a.ok, b.ok);
  EXPECT_EQ(a.fail, b.fail);
  EXPECT_EQ(a.info, b.info);
  EXPECT_EQ(a.dropped, b.dropped);
  EXPECT_EQ(a.duration_ns, b.duration_ns);
}

}  // namespace

Trace SmallTrace() {
  TraceCollector collector;
  TraceHeader header;
  header.redrive_version = "0.1.0";
  header.target = "workshop";
  header.spec.scenario_name = "two_tickets";
  header.spec.scenario_json = R"({"name":"two_tickets"})";
  header.plan_digest = 0x0123456789abcdef;
  collector.OnHeader(header);
  collector.OnInvoke(Invoke(1, 0, 3, 1'000'000));
  collector.OnInvoke(Invoke(2, 1, 4, 1'200'000));
  collector.OnStep(Step(5, 1'300'000, 1, 1, "tickets.count_documents", Mode::kRead));
  collector.OnStep(Step(6, 1'400'000, 2, 2, "tickets.count_documents", Mode::kRead));
  collector.OnStep(Step(7, 1'500'000, 1, 1, "tickets.insert_one", Mode::kWrite));
  collector.OnReturn(Return(1, 8, 1'600'000, R"({"ticket_id":"TKT-000001"})"));
  collector.OnStep(Step(9, 1'700'000, 2, 2, "tickets.insert_one", Mode::kWrite));
  collector.OnReturn(Return(2, 10, 1'800'000, R"({"ticket_id":"TKT-000001"})"));
  collector.OnInvoke(Invoke(3, 0, 11, 2'500'000));
  EndRecord end;
  end.digest = 0xfedcba9876543210;
  end.events = 11;
  end.started = 3;
  end.ok = 2;
  end.info = 1;
  end.duration_ns = 3'000'000;
  collector.OnEnd({{.value = 1, .bound = 2, .fingerprint = 77, .kind = DecisionKind::kTask},
                   {.value = 4, .bound = 9, .fingerprint = 5, .kind = DecisionKind::kDraw}},
                  end);
  return collector.trace;
}

Trace LongTrace(std::uint64_t operations) {
  TraceCollector collector;
  collector.OnHeader(SmallTrace().header);
  Rng rng(11);
  for (std::uint64_t i = 1; i <= operations; ++i) {
    collector.OnInvoke(Invoke(i, static_cast<std::uint32_t>(i % 7), 2 * i - 1,
                              static_cast<std::int64_t>(i) * 1'000));
    const std::string body = "{\"id\":\"" + ToHex(rng.Next()) + ToHex(rng.Next()) + "\"}";
    collector.OnReturn(Return(i, 2 * i, static_cast<std::int64_t>(i) * 1'000 + 500, body));
  }
  EndRecord end;
  end.started = operations;
  end.ok = operations;
  collector.OnEnd({}, end);
  return collector.trace;
}

Trace RandomTrace(std::uint64_t seed) {
  Rng rng(seed);
  TraceCollector collector;
  collector.OnHeader(RandomHeader(&rng));
  const std::uint64_t operations = rng.Below(6);
  std::uint64_t sequence = 0;
  for (std::uint64_t i = 1; i <= operations; ++i) {
    sequence += 1 + rng.Below(3);
    collector.OnInvoke(RandomInvoke(&rng, i, sequence));
    for (std::uint64_t steps = rng.Below(3); steps > 0; --steps) {
      StepRecord step =
          Step(++sequence, static_cast<std::int64_t>(rng.Next()), 3, i, "", Mode::kRead);
      step.label = RandomText(&rng);
      step.resource = RandomText(&rng);
      step.mode = static_cast<Mode>(rng.Below(2));
      collector.OnStep(step);
    }
    if (rng.Below(4) == 0) continue;
    sequence += 1 + rng.Below(3);
    collector.OnReturn(RandomReturn(&rng, i, sequence));
  }
  if (rng.Below(5) == 0) return collector.trace;
  Schedule schedule(rng.Below(3) == 0 ? 40'000 : rng.Below(5));
  for (Decision& decision : schedule) {
    decision.bound = static_cast<std::uint32_t>(1 + rng.Below(0xffffffff));
    decision.value = static_cast<std::uint32_t>(rng.Below(decision.bound));
    decision.fingerprint = static_cast<std::uint32_t>(rng.Next());
    decision.kind = static_cast<DecisionKind>(rng.Below(2));
  }
  EndRecord end;
  end.ending = static_cast<Ending>(rng.Below(7));
  for (auto* field : {&end.digest, &end.unseed, &end.events, &end.started, &end.ok, &end.fail,
                      &end.info, &end.dropped}) {
    *field = rng.Next();
  }
  end.duration_ns = static_cast<std::int64_t>(rng.Next());
  collector.OnEnd(schedule, end);
  return collector.trace;
}

void Feed(const Trace& trace, TraceSink* sink) {
  sink->OnHeader(trace.header);
  std::vector<ReturnRecord> returns;
  for (const auto& record : trace.returns) {
    if (record) returns.push_back(*record);
  }
  std::sort(returns.begin(), returns.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  std::size_t invoke = 0;
  std::size_t step = 0;
  std::size_t back = 0;
  constexpr std::uint64_t kNever = ~std::uint64_t{0};
  while (true) {
    const std::uint64_t i = invoke < trace.invokes.size() ? trace.invokes[invoke].sequence : kNever;
    const std::uint64_t s = step < trace.steps.size() ? trace.steps[step].sequence : kNever;
    const std::uint64_t r = back < returns.size() ? returns[back].sequence : kNever;
    if (i == kNever && s == kNever && r == kNever) break;
    if (i < s && i < r) {
      sink->OnInvoke(trace.invokes[invoke++]);
    } else if (s < r) {
      sink->OnStep(trace.steps[step++]);
    } else {
      sink->OnReturn(returns[back++]);
    }
  }
  if (trace.end) sink->OnEnd(trace.schedule, *trace.end);
}

void ExpectEqual(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.header.redrive_version, b.header.redrive_version);
  EXPECT_EQ(a.header.target_kind, b.header.target_kind);
  EXPECT_EQ(a.header.target, b.header.target);
  ExpectEqualSpec(a.header.spec, b.header.spec);
  EXPECT_EQ(a.header.plan_digest, b.header.plan_digest);
  EXPECT_EQ(a.header.started_unix_ns, b.header.started_unix_ns);
  ASSERT_EQ(a.invokes.size(), b.invokes.size());
  ASSERT_EQ(a.returns.size(), b.returns.size());
  for (std::size_t i = 0; i < a.invokes.size(); ++i) {
    ExpectEqualInvoke(a.invokes[i], b.invokes[i]);
    ASSERT_EQ(a.returns[i].has_value(), b.returns[i].has_value());
    if (a.returns[i]) ExpectEqualReturn(*a.returns[i], *b.returns[i]);
  }
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    EXPECT_EQ(a.steps[i].sequence, b.steps[i].sequence);
    EXPECT_EQ(a.steps[i].at_ns, b.steps[i].at_ns);
    EXPECT_EQ(a.steps[i].task, b.steps[i].task);
    EXPECT_EQ(a.steps[i].operation, b.steps[i].operation);
    EXPECT_EQ(a.steps[i].label, b.steps[i].label);
    EXPECT_EQ(a.steps[i].resource, b.steps[i].resource);
    EXPECT_EQ(a.steps[i].mode, b.steps[i].mode);
  }
  EXPECT_EQ(a.schedule, b.schedule);
  ASSERT_EQ(a.end.has_value(), b.end.has_value());
  if (a.end) ExpectEqualEnd(*a.end, *b.end);
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  EXPECT_TRUE(file.good()) << path;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "redrive_test_XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Encode(const Trace& trace, TraceWriterOptions options) {
  const TempDir dir;
  const std::string path = dir.Path("trace.redrive");
  {
    auto writer = TraceWriter::Open(path, std::move(options));
    EXPECT_TRUE(writer.has_value());
    Feed(trace, writer->get());
  }
  return ReadBytes(path);
}

}  // namespace redrive::testing_support
