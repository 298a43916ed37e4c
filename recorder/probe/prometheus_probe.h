// PrometheusProbe: one metric of an endpoint in Prometheus' text format, once a second.
#ifndef REDRIVE_RECORDER_PROBE_PROMETHEUS_PROBE_H_
#define REDRIVE_RECORDER_PROBE_PROMETHEUS_PROBE_H_

#include <memory>
#include <string>

#include "recorder/net/fetch.h"
#include "recorder/probe/probe.h"
#include "recorder/probe/prometheus_text.h"

namespace redrive {

// "http://127.0.0.1:8001/metrics" reads process_resident_memory_bytes, which becomes
// server_memory; "…/metrics#NAME" or "…#NAME{label="value"}" another metric, which becomes
// prometheus{name:NAME}. Where several samples are meant (one for each worker), they are added.
class PrometheusProbe final : public Probe {
 public:
  // Error (kInvalid): the URL or the metric behind '#' is wrong. Connects to nothing.
  [[nodiscard]] static Result<std::unique_ptr<PrometheusProbe>> Open(const std::string& url);

  [[nodiscard]] std::string source() const override { return source_; }
  [[nodiscard]] std::string flag() const override { return "--probe-prometheus"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] Result<void> Begin(ProbeReport* report) override;
  [[nodiscard]] Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override;
  [[nodiscard]] Result<void> End(std::int64_t at_ns, ProbeReport* report) override;

 private:
  PrometheusProbe() = default;
  // Millionths of the metric's unit.
  [[nodiscard]] Result<std::int64_t> Read(ProbeReport* report);

  std::string source_;
  std::string written_;  // the selector as the user wrote it
  std::string url_;
  FetchTarget target_;
  PrometheusSelector selector_;
  bool memory_ = true;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROMETHEUS_PROBE_H_
