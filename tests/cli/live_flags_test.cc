#include "cli/live_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/text.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

// What a command line makes of the options; an error's text is in `problem`.
struct Parsed {
  HttpOptions http;
  std::string problem;
};

Parsed Parse(std::vector<std::string> words, const std::string& host = "http://127.0.0.1:1") {
  words.push_back("--host=" + host);
  LiveFlags live;
  Flags flags("run", "", "");
  live.AddTo(flags);
  Parsed parsed;
  const Result<bool> go_on = flags.Parse(words);
  if (go_on.has_error()) {
    parsed.problem = go_on.error().message;
    return parsed;
  }
  const Result<void> allowed = live.CheckTarget();
  if (allowed.has_error()) parsed.problem = allowed.error().message;
  parsed.http = live.MakeOptions().http;
  return parsed;
}

TEST(LiveFlagsTest, EachLimitHasItsFlag) {
  const Timeouts all = Parse({"--timeout=5s"}).http.timeouts;
  EXPECT_EQ(all.total, 5s);
  EXPECT_EQ(all.body, 5s);
  EXPECT_EQ(all.idle, 5s);
  EXPECT_EQ(all.first_byte, 5s);
  EXPECT_EQ(all.send, 5s);
  EXPECT_EQ(all.connect, 5s);
  EXPECT_EQ(Parse({"--timeout=1m"}).http.timeouts.connect, 10s);
  const Timeouts each = Parse({"--timeout=1m", "--connect-timeout=1s", "--send-timeout=2s",
                               "--first-byte-timeout=3s", "--idle-timeout=4s", "--body-timeout=5s"})
                            .http.timeouts;
  EXPECT_EQ(each.connect, 1s);
  EXPECT_EQ(each.send, 2s);
  EXPECT_EQ(each.first_byte, 3s);
  EXPECT_EQ(each.idle, 4s);
  EXPECT_EQ(each.body, 5s);
  EXPECT_EQ(each.total, 60s);
}

TEST(LiveFlagsTest, Sessions) {
  const HttpOptions usual = Parse({}).http;
  EXPECT_EQ(usual.redirects_max, 30U);
  EXPECT_EQ(usual.accept_encoding, "gzip, deflate");
  EXPECT_EQ(usual.cookies, Cookies::kKeep);
  const HttpOptions plain =
      Parse({"--no-redirects", "--no-cookies", "--no-compression", "--max-redirects=5"}).http;
  EXPECT_EQ(plain.redirects_max, 0U);
  EXPECT_EQ(plain.accept_encoding, "");
  EXPECT_EQ(plain.cookies, Cookies::kIgnore);
  EXPECT_EQ(Parse({"--max-redirects=5"}).http.redirects_max, 5U);
  EXPECT_THAT(Parse({"--max-redirects=101"}).problem, testing::HasSubstr("--max-redirects"));
}

TEST(LiveFlagsTest, OtherMachinesNeedPermissionAlsoBehindRedirects) {
  EXPECT_EQ(Parse({"--redirect-host=localhost", "--redirect-host=127.0.0.2"}).problem, "");
  EXPECT_THAT(Parse({"--redirect-host=shop.example"}).problem,
              testing::HasSubstr("--redirect-host shop.example is not this machine"));
  const Parsed allowed = Parse({"--redirect-host=shop.example", "--allow-host"});
  EXPECT_EQ(allowed.problem, "");
  EXPECT_THAT(allowed.http.redirect_hosts, testing::ElementsAre("shop.example"));
  EXPECT_THAT(Parse({}, "http://shop.example").problem, testing::HasSubstr("--allow-host"));
}

TEST(ConnectionsTextTest, SaysWhatHappened) {
  ConnectionCounts counts;
  counts.opened = 50;
  EXPECT_EQ(ConnectionsText(counts), "connections: 50 opened");
  counts.reopened = 3;
  counts.failed = 2;
  counts.backoff = 50ms;
  counts.handshakes = 50;
  counts.resumed = 49;
  counts.resent = 1;
  counts.redirects = 12;
  EXPECT_EQ(ConnectionsText(counts),
            "connections: 50 opened, 3 of them again; 2 failed; users waited 50 ms in all before "
            "trying again; TLS sessions resumed 49/50; 1 requests sent again; 12 redirects "
            "followed");
}

}  // namespace
}  // namespace redrive
