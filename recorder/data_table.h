// DataTable: rows of values for requests, from a CSV or JSON file or from the scenario itself.
// Pure data: the text of a file is read elsewhere and handed in.
#ifndef REDRIVE_RECORDER_DATA_TABLE_H_
#define REDRIVE_RECORDER_DATA_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

// Which row an action uses.
enum class DataPick : std::uint8_t {
  kUser,       // the user's number, modulo the rows
  kIteration,  // the number of the user's action, modulo the rows
  kRandom,     // drawn for each action; the same row for all columns
  kUnique,     // the user's number; more users than rows are an error
};

struct DataValue {
  std::string text;
  bool raw_json = false;  // a number, true, false or null as written
};

struct DataTable {
  std::string name;
  DataPick pick = DataPick::kUser;
  std::vector<std::string> columns;  // one named "" when the rows are scalars
  std::vector<DataValue> cells;      // row after row; all rows have all columns

  [[nodiscard]] std::size_t rows() const {
    return columns.empty() ? 0 : cells.size() / columns.size();
  }
  [[nodiscard]] const DataValue& At(std::size_t row, std::size_t column) const {
    return cells[row * columns.size() + column];
  }
};

struct DataLimits {
  std::size_t bytes_max = 8U << 20;
  std::size_t rows_max = 1'000'000;
  std::size_t columns_max = 1'000;
};

// RFC 4180 with a header line: quotes, CRLF or LF, line breaks within quotes, an optional byte
// order mark. Lines with nothing in them are left out. Errors (kInvalid, kLimit) begin with
// "file:line: ".
[[nodiscard]] Result<DataTable> ParseCsv(std::string_view text, std::string_view file,
                                         const DataLimits& limits = {});

// A list of objects with the same members, or of scalars. Errors begin with "file:line: ".
[[nodiscard]] Result<DataTable> ParseJsonRows(std::string_view text, std::string_view file,
                                              const DataLimits& limits = {});

// Adds one element of such a list; the first one names the columns. Returns what is wrong, or "".
[[nodiscard]] std::string AddJsonRow(const nlohmann::ordered_json& element, DataTable* table);

// The other way: what ParseCsv reads as the same table.
[[nodiscard]] std::string ToCsv(const DataTable& table);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_DATA_TABLE_H_
