// What a response must show to be accepted: "accept" and "expect" of a request.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "recorder/json_pointer.h"
#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

constexpr int kStatusMin = 100;
constexpr int kStatusMax = 599;
constexpr std::uint64_t kBodyBytesMax = std::uint64_t{1} << 40;

bool ToStatus(std::string_view text, int* status) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *status);
  return error == std::errc() && end == text.data() + text.size() && *status >= kStatusMin &&
         *status <= kStatusMax;
}

// "2xx" or "200-204".
void ReadStatusRange(ScenarioReader& reader, const JsonPlace& place, std::vector<int>* accept) {
  const std::string text = reader.Text(place);
  int first = 0;
  int last = 0;
  const std::size_t dash = text.find('-');
  bool good = false;
  if (text.size() == 3 && text.substr(1) == "xx" && text[0] >= '1' && text[0] <= '5') {
    first = (text[0] - '0') * 100;
    last = first + 99;
    good = true;
  } else if (dash != std::string::npos) {
    const std::string_view view = text;
    good = ToStatus(view.substr(0, dash), &first) && ToStatus(view.substr(dash + 1), &last) &&
           first <= last;
  }
  if (!good) {
    reader.Fail(place,
                "expected a status (200), a class of them (\"2xx\") or a range "
                "(\"200-204\")");
    return;
  }
  for (int status = first; status <= last; ++status) accept->push_back(status);
}

void ReadStatus(ScenarioReader& reader, const JsonPlace& place, std::vector<int>* accept) {
  if (reader.failed()) return;
  if (place.json->is_string()) {
    ReadStatusRange(reader, place, accept);
  } else {
    accept->push_back(static_cast<int>(reader.Whole(place, kStatusMin, kStatusMax, 200)));
  }
}

// {"matches": "…"}: the pattern goes to `check`.
void ReadPattern(ScenarioReader& reader, const JsonPlace& place, ResponseCheck* check) {
  check->text = reader.Text(place);
  if (reader.failed()) return;
  auto compiled = Pattern::Compile(check->text);
  if (compiled.has_error()) {
    reader.Fail(place, compiled.error().message);
  } else {
    check->pattern = std::move(*compiled);
  }
}

// {"Content-Type": "text/html", "X-Id": {"matches": "^[0-9]+$"}, "ETag": {"exists": true}}
void ReadHeaderChecks(ScenarioReader& reader, const JsonPlace& place, RequestStep* step) {
  for (const auto& [name, value] : reader.Members(place)) {
    if (!IsHeaderName(name)) reader.Fail(value, "expected the name of a header");
    ResponseCheck check;
    check.header = name;
    if (value.json->is_string()) {
      check.kind = CheckKind::kHeaderIs;
      check.text = reader.Text(value);
    } else {
      if (!reader.Object(value, {"matches", "exists"})) return;
      const JsonPlace matches = reader.Member(value, "matches");
      const JsonPlace exists = reader.Member(value, "exists");
      if (static_cast<bool>(matches) == static_cast<bool>(exists) ||
          (exists && !reader.Flag(exists, false))) {
        reader.Fail(value, "expected a text, {\"matches\": …} or {\"exists\": true}");
      }
      check.kind = matches ? CheckKind::kHeaderMatches : CheckKind::kHeaderExists;
      if (matches) ReadPattern(reader, matches, &check);
    }
    step->checks.push_back(std::move(check));
  }
}

// A text, or a list of them.
std::vector<JsonPlace> OneOrMore(ScenarioReader& reader, const JsonPlace& place) {
  if (place && place.json->is_array()) return reader.Elements(place);
  return place ? std::vector<JsonPlace>{place} : std::vector<JsonPlace>{};
}

void ReadBodyChecks(ScenarioReader& reader, const JsonPlace& place, RequestStep* step) {
  if (!reader.Object(place, {"contains", "lacks", "matches", "bytes_min", "bytes_max"})) return;
  const auto add = [&](std::string_view key, CheckKind kind) {
    for (const JsonPlace& text : OneOrMore(reader, reader.Member(place, key))) {
      ResponseCheck check;
      check.kind = kind;
      if (kind == CheckKind::kBodyMatches) {
        ReadPattern(reader, text, &check);
      } else {
        check.text = reader.Text(text);
      }
      if (check.text.empty()) reader.Fail(text, "expected a text with something in it");
      step->checks.push_back(std::move(check));
    }
  };
  add("contains", CheckKind::kBodyContains);
  add("lacks", CheckKind::kBodyLacks);
  add("matches", CheckKind::kBodyMatches);
  ResponseLimits& limits = step->response_limits;
  limits.body_bytes_min = reader.Whole(reader.Member(place, "bytes_min"), 0, kBodyBytesMax, 0);
  const JsonPlace most = reader.Member(place, "bytes_max");
  if (!most) return;
  limits.body_bytes_max = reader.Whole(most, 0, kBodyBytesMax, 0);
  if (*limits.body_bytes_max < limits.body_bytes_min) {
    reader.Fail(most, "expected no less than \"bytes_min\"");
  }
}

void ReadJsonExpectation(ScenarioReader& reader, const std::string& pointer, const JsonPlace& value,
                         RequestStep* step) {
  CheckPointer(reader, value, pointer);
  Expect expect;
  expect.pointer = pointer;
  if (value.json->is_object()) {
    if (!reader.Object(value, {"exists"})) return;
    if (!reader.Flag(reader.Member(value, "exists"), false)) {
      reader.Fail(value, "expected {\"exists\": true} or a value to compare with");
    }
    expect.exists_only = true;
  } else if (value.json->is_array()) {
    reader.Fail(value, "expected a text, a number, true, false, null or {\"exists\": true}");
  } else {
    expect.json = value.json->dump();
  }
  step->expect.push_back(std::move(expect));
}

}  // namespace

bool IsHeaderName(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool IsVariableName(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

void CheckPointer(ScenarioReader& reader, const JsonPlace& place, const std::string& pointer) {
  const auto checked = CheckJsonPointer(pointer);
  if (!checked) reader.Fail(place, checked.error().message);
}

void ReadAccept(ScenarioReader& reader, const JsonPlace& place, RequestStep* step) {
  if (!place || reader.failed()) return;
  if (!place.json->is_array()) {
    ReadStatus(reader, place, &step->accept);
    return;
  }
  for (const JsonPlace& element : reader.Elements(place)) {
    ReadStatus(reader, element, &step->accept);
  }
  if (step->accept.empty()) reader.Fail(place, "expected at least one status");
}

void ReadExpect(ScenarioReader& reader, const JsonPlace& place, RequestStep* step) {
  nlohmann::ordered_json written;
  for (const auto& [key, value] : reader.Members(place)) {
    if (key.empty() || key[0] == '/') {
      ReadJsonExpectation(reader, key, value, step);
      continue;
    }
    written[key] = *value.json;
    if (key == "headers") {
      ReadHeaderChecks(reader, value, step);
    } else if (key == "body") {
      ReadBodyChecks(reader, value, step);
    } else if (key == "time_max") {
      step->response_limits.time_max = reader.Duration(value, VirtualTime{0});
      if (step->response_limits.time_max.count() == 0) {
        reader.Fail(value, "expected a time above zero");
      }
    } else if (key == "status") {
      reader.Fail(value, "statuses are in \"accept\", beside \"expect\": \"accept\": \"2xx\"");
    } else {
      reader.Fail(value,
                  "expected a JSON pointer (\"/token\"), \"headers\", \"body\" or "
                  "\"time_max\"; got \"" +
                      key + "\"");
    }
  }
  if (!written.is_null() && !reader.failed()) step->checks_json = written.dump();
}

}  // namespace redrive
