// Any bytes as an answer of a database and as a query: MongoDB's documents are read or refused, and
// of a query nothing but its shape is left, in 200 bytes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/probe/mask_query.h"
#include "recorder/probe/mongo_answers.h"

namespace {

constexpr std::string_view kSecret = "Zq7Zq7";

void CheckQuery(const std::string& text) {
  const std::string masked = redrive::MaskSql(text);
  REDRIVE_CHECK(masked.size() <= 200);
  // A literal never shows, whatever stands before it: text is closed first, so that it is one.
  const bool open = text.find_first_of("'\"$\\/-") != std::string::npos;
  if (open) return;
  const std::string with = redrive::MaskSql(text + " '" + std::string(kSecret) + "'");
  REDRIVE_CHECK(text.find(kSecret) != std::string::npos || with.find(kSecret) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto status = redrive::ReadMongoStatus(text);
  if (status && status->deadlocks) REDRIVE_CHECK(*status->deadlocks >= 0);
  for (const auto& operations :
       {redrive::ReadMongoCurrent(text), redrive::ReadMongoProfile(text)}) {
    if (!operations) continue;
    REDRIVE_CHECK(operations->size() <= 1'000);
    for (const redrive::MongoOperation& operation : *operations) {
      REDRIVE_CHECK(operation.shape.size() <= 300 && operation.milliseconds >= 0);
    }
  }
  (void)redrive::ReadMongoProfiler(text);
  CheckQuery(text);
  const std::string uri = "postgresql://u:" + std::string(kSecret) + "@h/" + text;
  const bool own = text.find(kSecret) != std::string::npos;
  REDRIVE_CHECK(own || redrive::WithoutPassword(uri).find(kSecret) == std::string::npos);
  if (!text.empty()) (void)redrive::Scrub(text, uri);
  return 0;
}
