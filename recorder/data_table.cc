#include "recorder/data_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "recorder/located_json.h"

namespace redrive {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string At(std::string_view file, std::size_t line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

// Takes CSV apart, record by record.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, std::string_view file) : text_(text), file_(file) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  [[nodiscard]] bool AtEnd() const { return at_ >= text_.size(); }
  // Where the record that Next read last began.
  [[nodiscard]] std::size_t line() const { return record_line_; }

  // That there was nothing on its line.
  [[nodiscard]] bool blank() const { return blank_; }

  // The fields of the next record. REQUIRES: !AtEnd().
  Result<std::vector<std::string>> Next() {
    std::vector<std::string> fields;
    record_line_ = line_;
    blank_ = text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
    while (true) {
      std::string field;
      if (at_ < text_.size() && text_[at_] == '"') {
        const Result<void> read = ReadQuoted(&field);
        if (read.has_error()) return read.error();
      } else {
        const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
        field = std::string(text_.substr(at_, end - at_));
        at_ = end;
        if (at_ < text_.size() && text_[at_] == '"') {
          return Wrong(
              "a quote inside a field: put the whole field in quotes and write \"\" for "
              "each of its own");
        }
      }
      fields.push_back(std::move(field));
      if (at_ >= text_.size()) return fields;
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (text_[at_] == '\r' && text_.substr(at_, 2) != "\r\n") {
        return Wrong("a carriage return without a line feed");
      }
      at_ += text_[at_] == '\r' ? 2 : 1;
      ++line_;
      return fields;
    }
  }

 private:
  Result<void> ReadQuoted(std::string* field) {
    const std::size_t begun = line_;
    ++at_;
    while (true) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        line_ = begun;
        return Wrong("a quote that is never closed").error();
      }
      const std::string_view part = text_.substr(at_, quote - at_);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      field->append(part);
      at_ = quote + 1;
      if (at_ >= text_.size() || text_[at_] != '"') break;
      field->push_back('"');
      ++at_;
    }
    if (at_ >= text_.size() || text_[at_] == ',' || text_[at_] == '\r' || text_[at_] == '\n') {
      return {};
    }
    return Wrong("expected ',' or the end of the line behind the closing quote").error();
  }

  Result<std::vector<std::string>> Wrong(const std::string& what) const {
    return Error{ErrorCode::kInvalid, At(file_, line_) + what};
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t record_line_ = 1;
  bool blank_ = false;
};

Result<void> CheckColumns(const std::vector<std::string>& columns, const std::string& place,
                          const DataLimits& limits) {
  if (columns.size() > limits.columns_max) {
    return Error{ErrorCode::kLimit,
                 place + "more than " + std::to_string(limits.columns_max) + " columns"};
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].empty()) {
      return Error{ErrorCode::kInvalid, place + "column " + std::to_string(i + 1) + " has no name"};
    }
    if (std::count(columns.begin(), columns.end(), columns[i]) > 1) {
      return Error{ErrorCode::kInvalid, place + "two columns are named \"" + columns[i] + "\""};
    }
  }
  return {};
}

Error TooLarge(std::string_view file, const DataLimits& limits) {
  return Error{ErrorCode::kLimit, At(file, 1) + "more than " +
                                      std::to_string(limits.bytes_max >> 20) +
                                      " MiB: split the file, or leave out columns"};
}

Error TooManyRows(std::string_view file, std::size_t line, const DataLimits& limits) {
  return Error{ErrorCode::kLimit,
               At(file, line) + "more than " + std::to_string(limits.rows_max) + " rows"};
}

DataValue ValueOf(const nlohmann::ordered_json& json) {
  if (json.is_string()) return {json.get<std::string>(), false};
  return {json.dump(), true};
}

}  // namespace

Result<DataTable> ParseCsv(std::string_view text, std::string_view file, const DataLimits& limits) {
  if (text.size() > limits.bytes_max) return TooLarge(file, limits);
  DataTable table;
  CsvScanner scanner(text, file);
  std::size_t rows = 0;
  while (!scanner.AtEnd()) {
    auto fields = scanner.Next();
    if (fields.has_error()) return fields.error();
    if (scanner.blank()) continue;
    if (table.columns.empty()) {
      const auto checked = CheckColumns(*fields, At(file, scanner.line()), limits);
      if (checked.has_error()) return checked.error();
      table.columns = std::move(*fields);
      continue;
    }
    if (fields->size() != table.columns.size()) {
      return Error{ErrorCode::kInvalid, At(file, scanner.line()) + std::to_string(fields->size()) +
                                            " fields, where the header line has " +
                                            std::to_string(table.columns.size())};
    }
    if (++rows > limits.rows_max) return TooManyRows(file, scanner.line(), limits);
    for (std::string& field : *fields) table.cells.push_back({std::move(field), false});
  }
  if (rows > 0) return table;
  return Error{ErrorCode::kInvalid,
               At(file, scanner.line()) + "expected a header line and one row at least"};
}

std::string AddJsonRow(const nlohmann::ordered_json& element, DataTable* table) {
  const bool first = table->columns.empty();
  if (!element.is_object()) {
    if (first) table->columns = {""};
    if (element.is_array() || table->columns != std::vector<std::string>{""}) {
      return "expected an object with the members of the first row, or scalars alone";
    }
    table->cells.push_back(ValueOf(element));
    return "";
  }
  if (first) {
    for (const auto& [key, value] : element.items()) table->columns.push_back(key);
    const auto checked = CheckColumns(table->columns, "", DataLimits{});
    if (checked.has_error()) return checked.error().message;
    if (table->columns.empty()) return "expected an object with one member at least";
  }
  if (table->columns.front().empty()) return "expected a scalar, as in the first row";
  if (element.size() != table->columns.size()) return "expected the members of the first row";
  for (const std::string& column : table->columns) {
    const auto found = element.find(column);
    if (found == element.end()) return "no member \"" + column + "\", which the first row has";
    if (found->is_structured()) return "expected a scalar as \"" + column + "\"";
    table->cells.push_back(ValueOf(*found));
  }
  return "";
}

Result<DataTable> ParseJsonRows(std::string_view text, std::string_view file,
                                const DataLimits& limits) {
  if (text.size() > limits.bytes_max) return TooLarge(file, limits);
  nlohmann::ordered_json root;
  LineMap lines;
  const auto parsed = ParseLocatedJson(text, file, &root, &lines);
  if (!parsed) return parsed.error();
  if (!root.is_array() || root.empty()) {
    return Error{ErrorCode::kInvalid, At(file, 1) + "expected a list with one row at least"};
  }
  DataTable table;
  for (std::size_t row = 0; row < root.size(); ++row) {
    const auto line = lines.find("/" + std::to_string(row));
    const std::size_t number = line == lines.end() ? 1 : line->second;
    if (row == limits.rows_max) return TooManyRows(file, number, limits);
    const std::string wrong = AddJsonRow(root[row], &table);
    if (!wrong.empty()) return Error{ErrorCode::kInvalid, At(file, number) + wrong};
  }
  return table;
}

std::string ToCsv(const DataTable& table) {
  std::string text;
  const auto append = [&text](std::string_view field, bool last) {
    // Also alone on its line when empty: an empty line would be left out. And a byte order mark,
    // which would be taken for the file's own.
    const bool quote = field.empty() || field.starts_with(kByteOrderMark) ||
                       field.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quote) text += '"';
    for (const char c : field) {
      if (c == '"') text += '"';
      text += c;
    }
    if (quote) text += '"';
    text += last ? "\n" : ",";
  };
  const std::size_t columns = table.columns.size();
  for (std::size_t i = 0; i < columns; ++i) append(table.columns[i], i + 1 == columns);
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    append(table.cells[i].text, i % columns + 1 == columns);
  }
  return text;
}

}  // namespace redrive
