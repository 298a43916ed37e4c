// Any bytes as a settings file of Locust: an error that names a line, or settings with names.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "recorder/locust_conf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using redrive::LocustConfKind;
  for (const LocustConfKind kind : {LocustConfKind::kConf, LocustConfKind::kPyproject}) {
    const auto settings = redrive::ParseLocustConf(text, "fuzz", kind);
    if (!settings) {
      REDRIVE_CHECK(settings.error().message.starts_with("fuzz:"));
      continue;
    }
    for (const redrive::LocustSetting& setting : *settings) REDRIVE_CHECK(!setting.name.empty());
  }
  return 0;
}
