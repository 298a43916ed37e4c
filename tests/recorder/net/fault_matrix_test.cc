// Faults in the middle of a run, plain and TLS: users go on with the next request, every request is
// accounted for, and the statistics say exactly what the server did. Each user of each run sends
// /good, /bad, /good in turn; only /bad meets the fault.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/recorder/net/fault_run.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/net/tls_testing.h"

namespace redrive {
namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\n";

struct Expected {
  SendError error = SendError::kNone;
  std::string message;  // a part of it
  Outcome outcome = Outcome::kInfo;
};

void ExpectOnlyBadFails(const Ran& ran, const Expected& expected) {
  ExpectExact(ran);
  const RunCounts& counts = ran.outcome.run.counts;
  EXPECT_EQ(counts.started, 3 * kEach);
  EXPECT_EQ(counts.ok, (expected.outcome == Outcome::kOk ? 3 : 2) * kEach);
  EXPECT_EQ(counts.info, expected.outcome == Outcome::kInfo ? kEach : 0);
  EXPECT_EQ(counts.fail, expected.outcome == Outcome::kFail ? kEach : 0);
  for (std::size_t i = 0; i < ran.trace.invokes.size(); ++i) {
    const ReturnRecord& record = *ran.trace.returns[i];
    if (ran.trace.invokes[i].name != "/bad") {
      EXPECT_EQ(record.message, "");
      EXPECT_EQ(record.response.body, "good");
      continue;
    }
    EXPECT_EQ(record.error, expected.error);
    EXPECT_NE(record.message.find(expected.message), std::string::npos) << record.message;
    EXPECT_EQ(record.outcome, expected.outcome);
  }
}

struct Case {
  std::string name;
  Fault fault;
  Expected expected;
  bool reopens = true;  // the fault costs the connection
};

// Says so and hangs up.
Fault Say(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.Send(bytes);
    return false;
  };
}

// Says so and goes on.
Fault Answer(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) { return peer.Send(bytes); };
}

Fault FloodHeader(std::string piece, int times) {
  return [piece = std::move(piece), times](Peer& peer) {
    peer.Send(kHead);
    for (int i = 0; i < times && peer.Send(piece); ++i) continue;
    return peer.Send("Content-Length: 0\r\n\r\n");
  };
}

std::vector<Case> WrongAnswers() {
  std::string interim;
  for (int i = 0; i < 1000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string filler = "X-Filler: " + std::string(1012, 'x') + "\r\n";
  std::vector<Case> cases;
  cases.push_back({"closes without a word", Say(""), {SendError::kClosed}});
  cases.push_back({"too short", Say(kHead + "Content-Length: 9\r\n\r\nabc"), {SendError::kClosed}});
  cases.push_back({"chunk too short",
                   Say(kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
                   {SendError::kClosed, "bytes of the answer"}});
  cases.push_back({"too long",  // the surplus must not become the next answer
                   Answer(Whole("answer") + Whole("surplus")),
                   {SendError::kNone, "", Outcome::kOk}});
  cases.push_back(
      {"garbage", Say("\x16\x03\x01 garbage\r\n\r\n"), {SendError::kGarbage, "not HTTP"}});
  cases.push_back({"half a status line", Say("HTTP/1."), {SendError::kClosed}});
  cases.push_back({"header of 1 MiB",
                   FloodHeader(filler, 1024),
                   {SendError::kTooLarge, "header larger than 64 KiB"}});
  cases.push_back({"one header of 1 MiB",
                   FloodHeader("X-Filler: " + std::string(1 << 20, 'x') + "\r\n", 1),
                   {SendError::kTooLarge, "header larger than 64 KiB"}});
  cases.push_back({"1xx flood", Answer(interim + Whole("x")), {SendError::kGarbage, "interim"}});
  return cases;
}

std::vector<Case> OddAnswers() {
  std::vector<Case> cases;
  cases.push_back({"HTTP/1.0 to the end",
                   Say("HTTP/1.0 200 OK\r\n\r\nto the end"),
                   {SendError::kNone, "", Outcome::kOk}});
  cases.push_back({"5xx and close",
                   Say("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
                   {SendError::kNone, "", Outcome::kInfo}});
  cases.push_back(
      {"broken gzip",
       Answer(kHead + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n" + "\x1f\x8b\x08\x1f"),
       {SendError::kGarbage, "gzip coding"},
       false});
  cases.push_back({"redirect to nowhere",
                   Answer("HTTP/1.1 302 Found\r\nLocation: http://shop.example/\r\n"
                          "Content-Length: 0\r\n\r\n"),
                   {SendError::kRedirect, "another host, shop.example"},
                   false});
  return cases;
}

std::vector<Case> SlowAnswers() {
  const auto silent_after = [](std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) {
      peer.Send(bytes);
      peer.Hang();
      return false;
    };
  };
  const auto dripping = [](Peer& peer) {
    peer.Send(kHead + "Content-Length: 1000\r\n\r\n");
    while (peer.Send(".")) ::usleep(20'000);
    return false;
  };
  std::vector<Case> cases;
  cases.push_back(
      {"silence", silent_after(""), {SendError::kTimeout, "waiting for the first byte"}});
  cases.push_back({"silence in the body",
                   silent_after(kHead + "Content-Length: 9\r\n\r\nabc"),
                   {SendError::kTimeout, "without another byte"}});
  cases.push_back({"slow loris", dripping, {SendError::kTimeout, "of reading the answer"}});
  return cases;
}

std::vector<Case> Cases() {
  std::vector<Case> cases = WrongAnswers();
  for (const auto& more : {OddAnswers(), SlowAnswers()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

void RunCase(const Case& fault, FaultServerOptions server_options, const std::string& ca_file) {
  SCOPED_TRACE(fault.name);
  FaultServer server(Serving(fault.fault), std::move(server_options));
  HttpOptions options = Impatient(server.url());
  options.ca_file = ca_file;
  const Ran ran = ExecuteFaults(options);
  ExpectOnlyBadFails(ran, fault.expected);
  const ConnectionCounts& counts = ran.outcome.connections;
  EXPECT_EQ(counts.opened, static_cast<std::uint64_t>(server.connections()));
  EXPECT_EQ(counts.opened, kUsers + counts.reopened);
  EXPECT_EQ(counts.reopened, fault.reopens ? kEach : 0);
  EXPECT_EQ(counts.resent, 0U);
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_EQ(counts.handshakes, ca_file.empty() ? 0 : counts.opened);
}

TEST(FaultMatrixTest, Plain) {
  for (const Case& fault : Cases()) RunCase(fault, {}, "");
}

TEST(FaultMatrixTest, Tls) {
  TestAuthority authority;
  for (Case fault : Cases()) {
    // Without the end of the stream an answer "to the end" is not whole: it may have been cut.
    if (fault.name == "HTTP/1.0 to the end") fault.expected = {SendError::kClosed, "end of TLS"};
    if (fault.name.find("too short") != std::string::npos || fault.name == "half a status line" ||
        fault.name == "closes without a word") {
      fault.expected.message = "connection cut without the end of TLS";
    }
    FaultServerOptions options;
    options.tls = authority.Sign({});
    RunCase(fault, options, authority.ca_file());
  }
}

TEST(FaultMatrixTest, ResetInMidBody) {
  const Fault fault = [](Peer& peer) {
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    ::usleep(30'000);  // else the reset overtakes the bytes
    peer.Reset();
    return false;
  };
  RunCase({"reset", fault, {SendError::kClosed, "Connection reset by peer after "}}, {}, "");
  TestAuthority authority;
  FaultServerOptions options;
  options.tls = authority.Sign({});
  RunCase({"reset", fault, {SendError::kClosed, "Connection reset by peer after "}}, options,
          authority.ca_file());
}

TEST(FaultMatrixTest, TlsRecordCutAndSpoilt) {
  TestAuthority authority;
  const auto cut = [](bool reset) {
    return [reset](Peer& peer) {
      peer.SendCut(Whole(std::string(2000, 'x')), 1000);
      ::usleep(30'000);
      if (reset) peer.Reset();
      return false;
    };
  };
  FaultServerOptions options;
  options.tls = authority.Sign({});
  RunCase({"cut", cut(false), {SendError::kClosed, "cut without the end of TLS after 0 bytes"}},
          options, authority.ca_file());
  RunCase({"reset", cut(true), {SendError::kClosed, "Connection reset by peer after "}}, options,
          authority.ca_file());
  const Fault spoilt = [](Peer& peer) {
    peer.SendRaw(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    return false;
  };
  RunCase({"spoilt", spoilt, {SendError::kClosed, "bad record mac after 0 bytes"}}, options,
          authority.ca_file());
}

}  // namespace
}  // namespace redrive
