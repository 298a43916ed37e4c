// Any bytes as a regression case: an error or a case, which then reads back as itself and runs
// within small limits; never a crash, never without end.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "replayer/regression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto regression = redrive::RegressionFromJson(text, "fuzz");
  if (!regression) {
    REDRIVE_CHECK(!regression.error().message.empty());
    return 0;
  }
  const std::string written = redrive::RegressionToJson(*regression);
  const auto again = redrive::RegressionFromJson(written, "fuzz");
  REDRIVE_CHECK(again.has_value());
  REDRIVE_CHECK(redrive::RegressionToJson(*again) == written);
  redrive::RegressionOptions options;
  options.executions_max = 3;
  options.runner.limits = {.steps_max = 2'000, .virtual_time_max = std::chrono::seconds(10)};
  REDRIVE_CHECK(!redrive::RunRegression(*regression, options).text.empty());
  return 0;
}
