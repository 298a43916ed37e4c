// "data": tables of values for requests, from files beside the scenario or from its own rows.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

constexpr std::size_t kTablesMax = 100;
constexpr std::size_t kFileBytesMax = 32U << 20;  // of all files together

DataPick ReadPick(ScenarioReader& reader, const JsonPlace& place) {
  const std::string text = reader.Text(place, "user");
  if (text == "user") return DataPick::kUser;
  if (text == "iteration") return DataPick::kIteration;
  if (text == "random") return DataPick::kRandom;
  if (text == "unique") return DataPick::kUnique;
  reader.Fail(place, "expected \"user\", \"iteration\", \"random\" or \"unique\"");
  return DataPick::kUser;
}

// A trace from elsewhere must not make this program read any file of this machine.
bool StaysBelow(const std::string& path) {
  if (path.empty() || path[0] == '/' || path.find('\0') != std::string::npos) return false;
  return ("/" + path + "/").find("/../") == std::string::npos;
}

DataTable ReadFile(ScenarioReader& reader, const JsonPlace& place, std::size_t* bytes) {
  const std::string name = reader.Text(place);
  if (reader.failed()) return {};
  const bool csv = name.ends_with(".csv");
  if ((!csv && !name.ends_with(".json")) || !StaysBelow(name)) {
    reader.Fail(place,
                "expected a .csv or .json file in the scenario's folder or below it, as in "
                "\"users.csv\"");
    return {};
  }
  const std::optional<std::string> text = reader.File(name);
  if (!text) {
    reader.Fail(place, "cannot read \"" + name +
                           "\": it is looked for beside the scenario file, and may have 8 MiB");
    return {};
  }
  *bytes += text->size();
  if (*bytes > kFileBytesMax) {
    reader.Fail(place, "all files of \"data\" together have more than 32 MiB");
    return {};
  }
  auto table = csv ? ParseCsv(*text, name) : ParseJsonRows(*text, name);
  if (table.has_value()) return std::move(*table);
  reader.Fail(place, table.error().message);
  return {};
}

DataTable ReadRows(ScenarioReader& reader, const JsonPlace& place) {
  DataTable table;
  for (const JsonPlace& element : reader.Elements(place)) {
    const std::string wrong = AddJsonRow(*element.json, &table);
    if (!wrong.empty()) reader.Fail(element, wrong);
    if (reader.failed()) return table;
  }
  if (table.cells.empty()) reader.Fail(place, "expected one row at least");
  return table;
}

}  // namespace

void ReadData(ScenarioReader& reader, const JsonPlace& place, std::vector<DataTable>* tables) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : reader.Members(place)) {
    if (!IsVariableName(name)) {
      reader.Fail(value,
                  "expected the name of a table (letters, digits, '_'); got \"" + name + "\"");
      return;
    }
    DataTable table;
    if (value.json->is_array()) {
      table = ReadRows(reader, value);
    } else {
      if (!reader.Object(value, {"file", "rows", "pick"})) return;
      const JsonPlace file = reader.Member(value, "file");
      const JsonPlace rows = reader.Member(value, "rows");
      if (static_cast<bool>(file) == static_cast<bool>(rows)) {
        reader.Fail(value, "expected one of \"file\" and \"rows\"");
        return;
      }
      table = file ? ReadFile(reader, file, &bytes) : ReadRows(reader, rows);
      table.pick = ReadPick(reader, reader.Member(value, "pick"));
    }
    table.name = name;
    tables->push_back(std::move(table));
    if (tables->size() > kTablesMax) reader.Fail(value, "more than 100 tables");
    if (reader.failed()) return;
  }
  std::sort(tables->begin(), tables->end(),
            [](const DataTable& a, const DataTable& b) { return a.name < b.name; });
}

}  // namespace redrive
