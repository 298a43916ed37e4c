// Any bytes as a threshold: an error that names the place, or a threshold that judges a small trace
// without a crash and reads the same a second time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "replayer/thresholds.h"

namespace {

redrive::Trace SmallTrace() {
  redrive::Trace trace;
  for (std::uint64_t i = 0; i < 8; ++i) {
    redrive::InvokeRecord invoke;
    invoke.operation = i + 1;
    invoke.request.method = i % 2 == 0 ? "GET" : "POST";
    invoke.name = i % 2 == 0 ? "tickets" : "a";
    invoke.intended_ns = static_cast<std::int64_t>(i) * 40'000'000;
    invoke.sent_ns = invoke.intended_ns + 1'000;
    redrive::ReturnRecord reply;
    reply.operation = i + 1;
    reply.done_ns = invoke.sent_ns + static_cast<std::int64_t>(i * i) * 9'000'000;
    reply.accepted = i != 3;
    reply.response.status = i == 3 ? 500 : i == 5 ? 429 : 200;
    trace.invokes.push_back(std::move(invoke));
    trace.returns.emplace_back(std::move(reply));
  }
  return trace;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const redrive::Trace trace = SmallTrace();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto threshold = redrive::ParseThreshold(text);
  if (!threshold) {
    REDRIVE_CHECK(threshold.error().message.starts_with("threshold '"));
    return 0;
  }
  const auto results = redrive::EvaluateThresholds({*threshold}, trace, {});
  REDRIVE_CHECK(results.size() == 1);
  const auto again = redrive::ParseThreshold(threshold->text);
  REDRIVE_CHECK(again.has_value());
  const auto same = redrive::EvaluateThresholds({*again}, trace, {});
  REDRIVE_CHECK(redrive::ThresholdsToText(results) == redrive::ThresholdsToText(same));
  REDRIVE_CHECK(!redrive::ThresholdsToJson(results).empty());
  return 0;
}
