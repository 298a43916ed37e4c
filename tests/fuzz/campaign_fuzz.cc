// Any bytes as a campaign's report: an error, or a report that is written as it was read and merges
// with itself to an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "replayer/campaign.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto report = redrive::CampaignFromJson(text, "fuzz");
  if (!report) {
    REDRIVE_CHECK(!report.error().message.empty());
    return 0;
  }
  const std::string json = redrive::CampaignToJson(*report);
  const auto again = redrive::CampaignFromJson(json, "fuzz");
  REDRIVE_CHECK(again.has_value() && redrive::CampaignToJson(*again) == json);
  (void)redrive::CampaignToText(*report);
  (void)redrive::ExitCode(*report);
  const auto merged = redrive::MergeCampaigns({*report, *report});
  REDRIVE_CHECK(merged.has_error() || report->parts.empty());
  return 0;
}
