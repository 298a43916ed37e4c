// The "requests" of a scenario: one step at a time.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "recorder/http.h"
#include "recorder/json_pointer.h"
#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

constexpr std::array kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

void RemoveHeader(std::string_view name, std::vector<HeaderTemplate>* headers) {
  std::erase_if(*headers,
                [&](const HeaderTemplate& header) { return EqualIgnoringCase(header.name, name); });
}

void ReadTarget(ScenarioReader& reader, const JsonPlace& place, const std::string& site,
                RequestStep* step) {
  const JsonPlace path = reader.Member(place, "path");
  const std::string text = reader.RequiredText(place, "path");
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  // Inside "${…}" anything goes: what it becomes is encoded.
  if (!text.empty() && text[0] != '/') {
    reader.Fail(path, "expected a path that begins with '/', as in \"/api/tickets?page=1\"");
  } else if (!plain && text.find("${") == std::string::npos) {
    reader.Fail(path, "expected a percent-encoded path (no spaces, ASCII only)");
  }
  step->target = reader.TextTemplate(path, Quoting::kUrl, HashName(site + "/path"));
  step->name =
      OwnedLabel(reader.Text(reader.Member(place, "name"), text.substr(0, text.find('?'))));
}

void ReadBody(ScenarioReader& reader, const JsonPlace& place, const std::string& site,
              RequestStep* step) {
  const JsonPlace json = reader.Member(place, "json");
  const JsonPlace text = reader.Member(place, "text");
  if (json && text) reader.Fail(text, "expected one of \"json\" and \"text\", not both");
  if (text) step->body = reader.TextTemplate(text, Quoting::kNone, HashName(site + "/text"));
  if (!json) return;
  step->body = reader.JsonTemplate(json, HashName(site + "/json"));
  const bool named = std::any_of(
      step->headers.begin(), step->headers.end(),
      [](const HeaderTemplate& header) { return EqualIgnoringCase(header.name, "Content-Type"); });
  if (named) return;
  HeaderTemplate header;
  header.name = "Content-Type";
  header.value.parts.emplace_back();
  header.value.parts.back().text = "application/json";
  step->headers.push_back(std::move(header));
}

Extract ReadExtractValue(ScenarioReader& reader, const JsonPlace& value) {
  Extract extract;
  if (value.json->is_string()) {
    extract.place = reader.Text(value);
    CheckPointer(reader, value, extract.place);
    return extract;
  }
  if (!reader.Object(value, {"json", "header", "between", "optional"})) return extract;
  extract.optional = reader.Flag(reader.Member(value, "optional"), false);
  const JsonPlace json = reader.Member(value, "json");
  const JsonPlace header = reader.Member(value, "header");
  const JsonPlace between = reader.Member(value, "between");
  if ((json ? 1 : 0) + (header ? 1 : 0) + (between ? 1 : 0) != 1) {
    reader.Fail(value,
                "expected one of \"json\" (a pointer), \"header\" (a name) and \"between\" "
                "(two texts)");
  } else if (json) {
    extract.place = reader.Text(json);
    CheckPointer(reader, json, extract.place);
  } else if (header) {
    extract.from = ExtractFrom::kHeader;
    extract.place = reader.Text(header);
    if (!IsHeaderName(extract.place)) reader.Fail(header, "expected the name of a header");
  } else {
    extract.from = ExtractFrom::kBetween;
    const std::vector<std::string> texts = reader.Texts(between);
    if (texts.size() != 2 || texts[0].empty()) {
      reader.Fail(between, "expected two texts: what stands before the value and what behind it");
    } else {
      extract.place = texts[0];
      extract.until = texts[1];
    }
  }
  return extract;
}

void ReadExtract(ScenarioReader& reader, const JsonPlace& place, RequestStep* step) {
  for (const auto& [key, value] : reader.Members(place)) {
    Extract extract = ReadExtractValue(reader, value);
    extract.append = key.size() > 2 && key.substr(key.size() - 2) == "[]";
    extract.variable = extract.append ? key.substr(0, key.size() - 2) : key;
    if (!IsVariableName(extract.variable)) {
      reader.Fail(value,
                  "expected the name of a variable (letters, digits, '_'), or \"name[]\" to "
                  "add to a list; got \"" +
                      key + "\"");
    }
    step->extract.push_back(std::move(extract));
  }
}

}  // namespace

std::vector<HeaderTemplate> ReadHeaders(ScenarioReader& reader, const JsonPlace& place,
                                        const std::vector<HeaderTemplate>& base,
                                        const std::string& site) {
  std::vector<HeaderTemplate> headers = base;
  for (const auto& [name, value] : reader.Members(place)) {
    if (!IsHeaderName(name)) reader.Fail(value, "expected the name of a header");
    RemoveHeader(name, &headers);
    if (value.json->is_null()) continue;
    HeaderTemplate header;
    header.name = name;
    const std::uint64_t label = HashName(site + "/header/" + name);
    if (value.json->is_object()) {
      if (!reader.Object(value, {"value", "optional"})) return headers;
      header.value = reader.TextTemplate(reader.Member(value, "value"), Quoting::kHeader, label);
      header.optional = reader.Flag(reader.Member(value, "optional"), false);
    } else {
      header.value = reader.TextTemplate(value, Quoting::kHeader, label);
    }
    for (const TemplatePart& part : header.value.parts) {
      if (part.text.find_first_of("\r\n") != std::string::npos) {
        reader.Fail(value, "a header's value has no line breaks");
      }
    }
    headers.push_back(std::move(header));
  }
  return headers;
}

RequestStep ReadRequest(ScenarioReader& reader, const JsonPlace& place,
                        const std::vector<HeaderTemplate>& headers, const std::string& site,
                        std::initializer_list<const char*> extra_keys) {
  RequestStep step;
  std::initializer_list<const char*> keys = {"method", "path",   "name",   "headers", "json",
                                             "text",   "accept", "expect", "failure", "extract"};
  std::initializer_list<const char*> setup_keys = {"method",  "path",    "name",   "headers",
                                                   "json",    "text",    "accept", "expect",
                                                   "failure", "extract", "repeat", "required"};
  std::initializer_list<const char*> audit_keys = {"method",  "path",    "name",   "headers",
                                                   "json",    "text",    "accept", "expect",
                                                   "failure", "extract", "when"};
  if (extra_keys.size() != 0) {
    keys = std::string_view(*extra_keys.begin()) == "when" ? audit_keys : setup_keys;
  }
  if (!reader.Object(place, keys)) return step;
  const JsonPlace method = reader.Member(place, "method");
  step.method = reader.Text(method, "GET");
  if (std::find(kMethods.begin(), kMethods.end(), step.method) == kMethods.end()) {
    reader.Fail(method, "expected a method: GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS");
  }
  step.headers = ReadHeaders(reader, reader.Member(place, "headers"), headers, site);
  ReadTarget(reader, place, site, &step);
  ReadBody(reader, place, site, &step);
  ReadAccept(reader, reader.Member(place, "accept"), &step);
  ReadExpect(reader, reader.Member(place, "expect"), &step);
  ReadExtract(reader, reader.Member(place, "extract"), &step);
  const JsonPlace failure = reader.Member(place, "failure");
  if (failure) {
    step.failure = reader.TextTemplate(failure, Quoting::kNone, HashName(site + "/failure"), true);
    for (const TemplatePart& part : step.failure->parts) {
      if (part.kind != PartKind::kLiteral && part.kind != PartKind::kStatus) {
        reader.Fail(failure, "only ${status} is known in \"failure\" texts");
      }
    }
  }
  return step;
}

}  // namespace redrive
