#include "recorder/variables.h"

#include <utility>

#include "recorder/json_pointer.h"

namespace redrive {
namespace {

bool Fill(const PlannedText& text, const VariableScope& scope, std::string* out,
          std::string* missing) {
  if (text.holes.empty()) {
    *out = text.text;
    return true;
  }
  out->clear();
  std::size_t at = 0;
  for (const Hole& hole : text.holes) {
    const Extracted* value = scope.Find(hole);
    if (value == nullptr) {
      *missing = "${" + *hole.name + "}";
      return false;
    }
    out->append(text.text, at, hole.offset - at);
    at = hole.offset;
    AppendQuoted(value->text, value->raw_json, hole.quoting, out);
  }
  out->append(text.text, at);
  return true;
}

}  // namespace

const Extracted* VariableScope::Find(const Hole& hole) const {
  if (hole.kind == PartKind::kVariable) {
    const auto mine = own.find(*hole.name);
    if (mine != own.end()) return &mine->second;
    const auto global = shared.find(*hole.name);
    return global != shared.end() ? &global->second : nullptr;
  }
  const auto list = lists.find(*hole.name);
  if (list == lists.end() || list->second.empty()) return nullptr;
  return &list->second[PositionOf(hole, list->second.size())];
}

bool FillRequest(const PlannedRequest& planned, const VariableScope& scope, Request* request,
                 std::string* missing) {
  request->method = planned.step->method;
  if (!Fill(planned.target, scope, &request->target, missing)) return false;
  std::size_t filled = 0;
  for (const PlannedHeader& header : planned.headers) {
    if (filled == request->headers.size()) request->headers.emplace_back();
    if (Fill(header.value, scope, &request->headers[filled].value, missing)) {
      request->headers[filled++].name = *header.name;
    } else if (!header.optional) {
      return false;
    }
  }
  request->headers.resize(filled);
  return Fill(planned.body, scope, &request->body, missing);
}

std::optional<Extracted> TakeValue(const Extract& extract, const Response& response) {
  Extracted value;
  if (extract.from == ExtractFrom::kHeader) {
    const std::string* header = FindHeader(response.headers, extract.place);
    if (header == nullptr) return std::nullopt;
    value.text = *header;
    return value;
  }
  if (extract.from == ExtractFrom::kBetween) {
    const std::size_t before = response.body.find(extract.place);
    if (before == std::string::npos) return std::nullopt;
    const std::size_t begin = before + extract.place.size();
    const std::size_t end =
        extract.until.empty() ? response.body.size() : response.body.find(extract.until, begin);
    if (end == std::string::npos) return std::nullopt;
    value.text = response.body.substr(begin, end - begin);
    return value;
  }
  const auto found = FindJson(response.body, extract.place);
  if (!found || *found == "null") return std::nullopt;
  if (found->front() == '"') {
    auto text = DecodeJsonString(*found);
    if (!text) return std::nullopt;
    value.text = std::move(*text);
    return value;
  }
  value.text = std::string(*found);
  value.raw_json = true;
  return value;
}

void ForgetExtracts(const RequestStep& step, Variables* own) {
  for (const Extract& extract : step.extract) {
    if (!extract.append) own->erase(extract.variable);
  }
}

std::string TakeExtracts(const RequestStep& step, const Response& response, Variables* own,
                         VariableLists* lists) {
  std::string why;
  if (response.status >= 400) return why;  // accepted, but a refusal has nothing to tell
  for (const Extract& extract : step.extract) {
    auto value = TakeValue(extract, response);
    if (value && extract.append) {
      (*lists)[extract.variable].push_back(std::move(*value));
    } else if (value) {
      own->insert_or_assign(extract.variable, std::move(*value));
    } else if (!extract.optional && why.empty()) {
      why = "no " + extract.place + " in the response for \"" + extract.variable + "\"";
    }
  }
  return why;
}

}  // namespace redrive
