// Any bytes as a data file: an error that names file and line, or a table of whole rows that reads
// back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "recorder/data_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const redrive::DataLimits limits{.bytes_max = 1U << 20, .rows_max = 1'000, .columns_max = 100};
  const auto check = [](const redrive::Result<redrive::DataTable>& table) {
    if (!table) {
      REDRIVE_CHECK(table.error().message.starts_with("fuzz:"));
      return false;
    }
    REDRIVE_CHECK(table->rows() > 0);
    REDRIVE_CHECK(table->cells.size() == table->rows() * table->columns.size());
    return true;
  };
  const auto csv = redrive::ParseCsv(text, "fuzz", limits);
  if (check(csv)) {
    const auto again = redrive::ParseCsv(redrive::ToCsv(*csv), "fuzz", {});
    REDRIVE_CHECK(again.has_value());
    REDRIVE_CHECK(again->columns == csv->columns && again->cells.size() == csv->cells.size());
    for (std::size_t i = 0; i < csv->cells.size(); ++i) {
      REDRIVE_CHECK(again->cells[i].text == csv->cells[i].text);
    }
  }
  (void)check(redrive::ParseJsonRows(text, "fuzz", limits));
  return 0;
}
