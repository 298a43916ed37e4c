// Any bytes as an endpoint's metrics: an error that names the place, or samples whose names and
// labels a selector finds again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/probe/prometheus_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t samples = 0;
  const auto parsed = redrive::ParsePrometheus(text, [&](const redrive::PrometheusSample& sample) {
    ++samples;
    REDRIVE_CHECK(!sample.name.empty());
    const redrive::PrometheusSelector selector{sample.name, sample.labels};
    REDRIVE_CHECK(selector.Selects(sample));
    REDRIVE_CHECK((redrive::PrometheusSelector{sample.name, {}}).Selects(sample));
  });
  REDRIVE_CHECK(samples <= size);
  if (!parsed) REDRIVE_CHECK(parsed.error().message.starts_with("metrics, line "));
  const auto selector = redrive::ParsePrometheusSelector(text);
  if (selector) REDRIVE_CHECK(selector->Selects({selector->name, selector->labels, 0}));
  return 0;
}
