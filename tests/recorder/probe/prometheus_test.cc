// The exposition format as its specification has it, and an endpoint that gives it, or something
// else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "recorder/probe/probe_runner.h"
#include "recorder/probe/prometheus_probe.h"
#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<PrometheusSample> Samples(const std::string& text) {
  std::vector<PrometheusSample> samples;
  const Result<void> parsed = ParsePrometheus(
      text, [&samples](const PrometheusSample& sample) { samples.push_back(sample); });
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return samples;
}

std::string ErrorOf(const std::string& text) {
  const Result<void> parsed = ParsePrometheus(text, [](const PrometheusSample&) {});
  return parsed.has_error() ? parsed.error().message : "";
}

TEST(PrometheusTextTest, TheExampleOfItsDocumentation) {
  // Prometheus' own, with what it calls "weird"; also a seed of the fuzz target.
  std::ifstream file(REDRIVE_SOURCE_DIR "/corpora/fuzz/prometheus_fuzz/example");
  const std::string example((std::istreambuf_iterator<char>(file)), {});
  const auto samples = Samples(example);
  ASSERT_EQ(samples.size(), 8U);
  EXPECT_EQ(samples[0].name, "http_requests_total");
  EXPECT_EQ(samples[0].labels, (PrometheusLabels{{"method", "post"}, {"code", "200"}}));
  EXPECT_EQ(samples[0].value, 1027);
  EXPECT_EQ(samples[2].labels[0].second, "C:\\DIR\\FILE.TXT");
  EXPECT_EQ(samples[2].labels[1].second, "Cannot find file:\n\"FILE.TXT\"");
  EXPECT_EQ(samples[3].value, 12.47);
  EXPECT_EQ(samples[4].value, INFINITY);
  EXPECT_EQ(samples[5].labels, (PrometheusLabels{{"quantile", "0.01"}}));
  EXPECT_EQ(samples[6].value, 1.7560473e7);
  EXPECT_TRUE(std::isnan(samples[7].value));
  EXPECT_EQ(samples[7].labels, (PrometheusLabels{{"a", "1"}, {"b", "}"}}));
}

TEST(PrometheusTextTest, OpenMetricsToo) {
  const auto samples = Samples(
      "# TYPE a counter\r\na_total 17.0 1520879607.789 # {trace_id=\"x\"} 0.67\r\n"
      "b_bucket{le=\"0.1\"} 8 # {} 0.054\n# EOF\n");
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].value, 17);
  EXPECT_EQ(samples[1].value, 8);
}

TEST(PrometheusTextTest, ErrorsNameThePlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"a 1\n{x} 1", "line 2, column 1: expected a metric's name"},
      {"a{x=1} 1", "column 5: expected '\"'"},
      {"a{x=\"1} 1", "expected '\"'"},
      {"a{x=\"\\q\"} 1", "column 6: expected \\\\, \\\" or \\n"},
      {"a{x=\"1\" y=\"2\"} 1", "expected ',' or '}'"},
      {"a one", "column 3: expected a number"},
      {"a", "expected a number"},
      {"a 1 2 3", "expected the end of the line"},
      {"<html>", "line 1, column 1: expected a metric's name"}};
  for (const auto& [text, message] : cases) EXPECT_THAT(ErrorOf(text), HasSubstr(message)) << text;
  EXPECT_THAT(ErrorOf(std::string((16U << 20) + 1, '#')), HasSubstr("over 16 MiB"));
}

TEST(PrometheusSelectorTest, NameAndSomeLabels) {
  const auto selector = ParsePrometheusSelector("up{job=\"api\"}");
  ASSERT_TRUE(selector.has_value());
  EXPECT_TRUE(selector->Selects({"up", {{"instance", "1"}, {"job", "api"}}, 1}));
  EXPECT_FALSE(selector->Selects({"up", {{"job", "db"}}, 1}));
  EXPECT_FALSE(selector->Selects({"down", {{"job", "api"}}, 1}));
  for (const char* wrong : {"", "{a=\"b\"}", "a b", "a{"}) {
    EXPECT_TRUE(ParsePrometheusSelector(wrong).has_error()) << wrong;
  }
}

// Serves `body` with a status, as often as it is asked; `n` in it becomes the number of the answer.
class Endpoint {
 public:
  explicit Endpoint(std::function<std::string(int)> answer)
      : server_([answer = std::move(answer), this](int socket, int) {
          if (ReadRequest(socket).empty()) return;
          SendAll(socket, answer(++asked_));
        }) {}
  [[nodiscard]] std::string url() const { return server_.url() + "/metrics"; }

 private:
  std::atomic<int> asked_ = 0;
  RawServer server_;
};

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

ProbeReport Watch(const std::string& url, int milliseconds, std::vector<std::string>* told) {
  ProbeRunner runner([told](const std::string& problem) { told->push_back(problem); });
  auto probe = PrometheusProbe::Open(url);
  EXPECT_TRUE(probe.has_value()) << probe.error().message;
  runner.Add(std::move(*probe));
  runner.Start();
  usleep(static_cast<useconds_t>(milliseconds) * 1000);
  return runner.Stop().at(0);
}

TEST(PrometheusProbeTest, MemoryOfAllWorkers) {
  const Endpoint endpoint([](int) {
    return Ok(
        "# HELP x\nprocess_resident_memory_bytes{worker=\"1\"} 1e8\n"
        "process_resident_memory_bytes{worker=\"2\"} 2.5e+07\nother 7\n");
  });
  std::vector<std::string> told;
  const ProbeReport report = Watch(endpoint.url(), 50, &told);
  EXPECT_EQ(report.problem, "");
  ASSERT_NE(report.Find("server_memory"), nullptr);
  EXPECT_EQ(report.Find("server_memory")->last().value, 125'000'000);
  EXPECT_THAT(report.notes, Contains(HasSubstr("2 samples of process_resident_memory_bytes")));
  const ProbeReport one =
      Watch(endpoint.url() + "#process_resident_memory_bytes{worker=\"2\"}", 50, &told);
  EXPECT_EQ(one.Find("server_memory")->last().value, 25'000'000);
  EXPECT_TRUE(told.empty());
}

TEST(PrometheusProbeTest, AnotherMetricByItsName) {
  const Endpoint endpoint([](int n) { return Ok("jobs_total " + std::to_string(n * 10) + "\n"); });
  std::vector<std::string> told;
  const ProbeReport report = Watch(endpoint.url() + "#jobs_total", 50, &told);
  const ProbeSeries* const series = report.Find("prometheus", "jobs_total");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(report.Find("server_memory"), nullptr);
  EXPECT_GT(series->last().value, series->points().front().value);
}

TEST(PrometheusProbeTest, WhatIsNoAnswerIsNoFigure) {
  const std::pair<std::string, const char*> cases[] = {
      {Ok("other 7\n"), "no sample of process_resident_memory_bytes"},
      {Ok("process_resident_memory_bytes NaN\n"), "no finite number"},
      {Ok("process_resident_memory_bytes +Inf\n"), "no finite number"},
      {Ok("<html>"), "line 1, column 1"},
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "status 403"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP"},
      {"", "closed"}};
  for (const auto& [answer, message] : cases) {
    const Endpoint endpoint([&answer = answer](int) { return answer; });
    std::vector<std::string> told;
    const ProbeReport report = Watch(endpoint.url(), 0, &told);
    EXPECT_THAT(report.problem, HasSubstr(message));
    EXPECT_TRUE(report.series.empty()) << answer;
    EXPECT_EQ(told.size(), 1U);
  }
}

TEST(PrometheusProbeTest, UrlsThatAreNone) {
  for (const char* url :
       {"", "metrics", "ftp://h/", "http://h/m#", "http://h/m#a b", "http://u:hunter2@h:99999/m"}) {
    const auto probe = PrometheusProbe::Open(url);
    ASSERT_TRUE(probe.has_error()) << url;
    EXPECT_THAT(probe.error().message, Not(HasSubstr("hunter2")));
  }
  const auto good = PrometheusProbe::Open("http://u:hunter2@h:9/m?x=1#a");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ((*good)->source(), "http://u@h:9/m?x=1#a");
}

}  // namespace
}  // namespace redrive
