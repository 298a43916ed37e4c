#include "recorder/scenario_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "recorder/nearest.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecondsMax = 7.0 * 24 * 3600;

std::string KindOf(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "the text \"" + json.get_ref<const std::string&>() + "\"";
    case Json::value_t::boolean:
      return json.get<bool>() ? "true" : "false";
    default:
      return json.dump();
  }
}

// "1h20m", "30s", "250ms"; each unit at most once, in this order.
bool ParseSpan(std::string_view text, VirtualTime* result) {
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  constexpr Unit kUnits[] = {{"h", 3'600'000'000'000},
                             {"m", 60'000'000'000},
                             {"s", 1'000'000'000},
                             {"ms", 1'000'000},
                             {"us", 1'000}};
  std::int64_t total = 0;
  std::size_t next = 0;
  if (text.empty()) return false;
  while (!text.empty()) {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count > 1'000'000'000) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t length = std::min(text.size(), text.find_first_of("0123456789"));
    const std::string_view name = text.substr(0, length);
    while (next < std::size(kUnits) && kUnits[next].name != name) ++next;
    if (next == std::size(kUnits)) return false;
    if (count > 604'800'000'000'000 / kUnits[next].nanoseconds) return false;
    total += count * kUnits[next++].nanoseconds;
    text.remove_prefix(length);
  }
  *result = VirtualTime(total);
  return total <= 604'800'000'000'000;
}

}  // namespace

void ScenarioReader::Fail(const JsonPlace& place, const std::string& message) {
  if (failed()) return;
  error_ = Error{ErrorCode::kInvalid, file_ + ":" + std::to_string(LineOf(place.path)) + ": " +
                                          (place.path.empty() ? "/" : place.path) + ": " + message};
}

std::uint32_t ScenarioReader::LineOf(std::string_view path) const {
  while (true) {
    const auto found = lines_.find(path);
    if (found != lines_.end()) return found->second;
    if (path.empty()) return 1;
    path = path.substr(0, path.rfind('/'));
  }
}

bool ScenarioReader::Object(const JsonPlace& place, std::initializer_list<const char*> keys) {
  if (failed()) return false;
  if (!place || !place.json->is_object()) {
    Fail(place, "expected an object" + (place ? ", got " + KindOf(*place.json) : ""));
    return false;
  }
  const std::vector<std::string> known(keys.begin(), keys.end());
  for (const auto& [key, value] : place.json->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    Fail(JsonPlace{&value, place.path + "/" + PointerToken(key)},
         "unknown key \"" + key + "\"" + DidYouMean(key, known) + "; known are " + list);
    return false;
  }
  return true;
}

JsonPlace ScenarioReader::Member(const JsonPlace& object, std::string_view key) {
  JsonPlace place{nullptr, object.path + "/" + PointerToken(key)};
  if (failed() || !object || !object.json->is_object()) return place;
  const auto found = object.json->find(std::string(key));
  if (found != object.json->end()) place.json = &*found;
  return place;
}

std::vector<JsonPlace> ScenarioReader::Elements(const JsonPlace& array) {
  std::vector<JsonPlace> places;
  if (failed() || !array) return places;
  if (!array.json->is_array()) {
    Fail(array, "expected a list, got " + KindOf(*array.json));
    return places;
  }
  for (std::size_t i = 0; i < array.json->size(); ++i) {
    places.push_back(JsonPlace{&(*array.json)[i], array.path + "/" + std::to_string(i)});
  }
  return places;
}

std::vector<std::pair<std::string, JsonPlace>> ScenarioReader::Members(const JsonPlace& object) {
  std::vector<std::pair<std::string, JsonPlace>> places;
  if (failed() || !object) return places;
  if (!object.json->is_object()) {
    Fail(object, "expected an object, got " + KindOf(*object.json));
    return places;
  }
  for (const auto& [key, value] : object.json->items()) {
    places.emplace_back(key, JsonPlace{&value, object.path + "/" + PointerToken(key)});
  }
  return places;
}

std::string ScenarioReader::Text(const JsonPlace& place, std::string_view otherwise) {
  if (failed() || !place) return std::string(otherwise);
  if (place.json->is_string()) return place.json->get<std::string>();
  Fail(place, "expected a text, got " + KindOf(*place.json));
  return "";
}

std::string ScenarioReader::RequiredText(const JsonPlace& object, std::string_view key) {
  const JsonPlace place = Member(object, key);
  const std::string text = Text(place);
  if (text.empty()) Fail(place ? place : object, "expected \"" + std::string(key) + "\", a text");
  return text;
}

bool ScenarioReader::Flag(const JsonPlace& place, bool otherwise) {
  if (failed() || !place) return otherwise;
  if (place.json->is_boolean()) return place.json->get<bool>();
  Fail(place, "expected true or false, got " + KindOf(*place.json));
  return otherwise;
}

std::uint64_t ScenarioReader::Whole(const JsonPlace& place, std::uint64_t first, std::uint64_t last,
                                    std::uint64_t otherwise) {
  if (failed() || !place) return otherwise;
  if (place.json->is_number_unsigned()) {
    const auto value = place.json->get<std::uint64_t>();
    if (value >= first && value <= last) return value;
  }
  Fail(place, "expected a whole number from " + std::to_string(first) + " to " +
                  std::to_string(last) + ", got " + KindOf(*place.json));
  return otherwise;
}

std::uint64_t ScenarioReader::Milli(const JsonPlace& place, std::uint64_t otherwise) {
  if (failed() || !place) return otherwise;
  if (place.json->is_number()) {
    const double value = place.json->get<double>();
    if (value >= 0.001 && value <= 1e6)
      return static_cast<std::uint64_t>(std::llround(value * 1000));
  }
  Fail(place, "expected a number from 0.001 to 1000000, got " + KindOf(*place.json));
  return otherwise;
}

VirtualTime ScenarioReader::Duration(const JsonPlace& place, VirtualTime otherwise) {
  if (failed() || !place) return otherwise;
  if (place.json->is_number()) {
    const double seconds = place.json->get<double>();
    if (seconds >= 0 && seconds <= kSecondsMax) {
      return std::chrono::microseconds(std::llround(seconds * 1e6));
    }
  }
  VirtualTime result{0};
  if (place.json->is_string() && ParseSpan(place.json->get_ref<const std::string&>(), &result)) {
    return result;
  }
  Fail(place,
       "expected a time: seconds (0.5) or a text (\"5m\", \"1h20m\", \"250ms\"), at most "
       "seven days; got " +
           KindOf(*place.json));
  return otherwise;
}

std::vector<std::string> ScenarioReader::Texts(const JsonPlace& place) {
  std::vector<std::string> texts;
  for (const JsonPlace& element : Elements(place)) texts.push_back(Text(element));
  return texts;
}

std::optional<std::string> ScenarioReader::File(const std::string& name) {
  if (!env_) return std::nullopt;
  const std::string key = FileKey(name);
  std::optional<std::string> text = env_(key);
  const auto known = [&key](const auto& used) { return used.first == key; };
  if (text && env_used_ != nullptr && std::none_of(env_used_->begin(), env_used_->end(), known)) {
    env_used_->emplace_back(key, *text);
  }
  return text;
}

Template ScenarioReader::TextTemplate(const JsonPlace& place, Quoting quoting, std::uint64_t site,
                                      bool status_known) {
  return ParseAt(place, Text(place), quoting, site, status_known);
}

Template ScenarioReader::JsonTemplate(const JsonPlace& place, std::uint64_t site) {
  Template result;
  if (!failed() && place) AppendJson(place, site, &result);
  return result;
}

Template ScenarioReader::ParseAt(const JsonPlace& place, std::string_view text, Quoting quoting,
                                 std::uint64_t site, bool status_known) {
  if (failed()) return {};
  TemplateContext context;
  context.quoting = quoting;
  context.site = site;
  context.env = &env_;
  context.env_used = env_used_;
  context.status_known = status_known;
  context.data = data_;
  auto parsed = ParseTemplate(text, context);
  if (parsed) return std::move(*parsed);
  Fail(place, parsed.error().message);
  return {};
}

void ScenarioReader::AppendJson(const JsonPlace& place, std::uint64_t site, Template* out) {
  const auto literal = [&](const std::string& text) {
    if (out->parts.empty() || out->parts.back().kind != PartKind::kLiteral) {
      out->parts.emplace_back();
    }
    out->parts.back().text += text;
  };
  const Json& json = *place.json;
  if (json.is_object() || json.is_array()) {
    literal(json.is_object() ? "{" : "[");
    std::size_t index = 0;
    for (const auto& [key, value] : json.items()) {  // of a list the keys are "0", "1", …
      const std::string comma = index++ == 0 ? "" : ",";
      literal(json.is_object() ? comma + Json(key).dump() + ":" : comma);
      const JsonPlace child{&value, place.path + "/" + PointerToken(key)};
      AppendJson(child, Scramble(site ^ HashName(key)), out);
    }
    literal(json.is_object() ? "}" : "]");
    return;
  }
  if (!json.is_string()) {
    literal(json.dump());
    return;
  }
  const std::string& text = json.get_ref<const std::string&>();
  const bool whole = text.size() > 3 && text.rfind("${", 0) == 0 && text.back() == '}' &&
                     text.find("${", 2) == std::string::npos && text.find('}') == text.size() - 1;
  Template parsed =
      ParseAt(place, text, whole ? Quoting::kJsonWhole : Quoting::kJsonInside, site, false);
  // A value of the environment was quoted when it was taken; a literal is the file's own text.
  if (!whole) literal("\"");
  for (TemplatePart& part : parsed.parts) {
    if (part.kind != PartKind::kLiteral) {
      out->parts.push_back(std::move(part));
    } else {
      literal(part.text);
    }
  }
  if (!whole) literal("\"");
}

}  // namespace redrive
