#include "recorder/judge.h"

#include <algorithm>
#include <charconv>

#include "recorder/json_pointer.h"

namespace redrive {
namespace {

bool ToNumber(std::string_view text, double* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// Whether two JSON scalars are the same value: texts by their characters, numbers by their size.
bool SameScalar(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (a.front() == '"' && b.front() == '"') {
    const auto left = DecodeJsonString(a);
    const auto right = DecodeJsonString(b);
    return left && right && *left == *right;
  }
  double left = 0;
  double right = 0;
  return ToNumber(a, &left) && ToNumber(b, &right) && left == right;
}

// A piece of foreign text for a table: short, and on one line.
std::string Shown(std::string_view text) {
  constexpr std::size_t kShownMax = 80;
  std::string shown(text.substr(0, kShownMax));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return shown;
}

std::string JudgeHeader(const ResponseCheck& check, const Response& response) {
  const std::string* const value = FindHeader(response.headers, check.header);
  if (value == nullptr) return "no header " + check.header;
  switch (check.kind) {
    case CheckKind::kHeaderIs:
      if (*value == check.text) return "";
      return "header " + check.header + " is " + Shown(*value) + ", expected " + Shown(check.text);
    case CheckKind::kHeaderMatches:
      if (check.pattern->Matches(*value)) return "";
      return "header " + check.header + " is " + Shown(*value) + ", expected a match of " +
             Shown(check.text);
    default:
      return "";
  }
}

std::string JudgeCheck(const ResponseCheck& check, const Response& response) {
  switch (check.kind) {
    case CheckKind::kHeaderExists:
    case CheckKind::kHeaderIs:
    case CheckKind::kHeaderMatches:
      return JudgeHeader(check, response);
    case CheckKind::kBodyContains:
      if (response.body.find(check.text) != std::string::npos) return "";
      return "the body does not contain " + Shown(check.text);
    case CheckKind::kBodyLacks:
      if (response.body.find(check.text) == std::string::npos) return "";
      return "the body contains " + Shown(check.text);
    case CheckKind::kBodyMatches:
      if (check.pattern->Matches(response.body)) return "";
      return "the body does not match " + Shown(check.text);
  }
  return "";
}

std::string JudgeBytes(const ResponseLimits& limits, std::uint64_t bytes) {
  const bool few = bytes < limits.body_bytes_min;
  if (!few && (!limits.body_bytes_max || bytes <= *limits.body_bytes_max)) return "";
  return "a body of " + std::to_string(bytes) + " bytes, expected " +
         (few ? "at least " + std::to_string(limits.body_bytes_min)
              : "at most " + std::to_string(*limits.body_bytes_max));
}

}  // namespace

std::string JudgeReply(const RequestStep& step, const Reply& reply) {
  if (reply.error != SendError::kNone) {
    return reply.message.empty() ? "no response" : reply.message;
  }
  const int status = reply.response.status;
  const bool accepted = step.accept.empty() ? status < 400
                                            : std::find(step.accept.begin(), step.accept.end(),
                                                        status) != step.accept.end();
  if (!accepted) {
    if (!step.failure) return "status " + std::to_string(status);
    std::string text;
    for (const TemplatePart& part : step.failure->parts) {
      text += part.kind == PartKind::kStatus ? std::to_string(status) : part.text;
    }
    return text;
  }
  if (status >= 400) return "";  // what the checks below expect is in answers that succeeded
  std::string why = JudgeBytes(step.response_limits, reply.response.body.size());
  for (const ResponseCheck& check : step.checks) {
    if (why.empty()) why = JudgeCheck(check, reply.response);
  }
  if (!why.empty()) return why;
  for (const Expect& expect : step.expect) {
    const auto found = FindJson(reply.response.body, expect.pointer);
    if (!found) return "no " + expect.pointer + " in the response";
    if (expect.exists_only || SameScalar(*found, expect.json)) continue;
    return expect.pointer + " is " + std::string(found->substr(0, 80)) + ", expected " +
           expect.json;
  }
  return "";
}

std::string JudgeTime(const RequestStep& step, VirtualTime service_time) {
  const VirtualTime most = step.response_limits.time_max;
  if (most.count() == 0 || service_time <= most) return "";
  // Without the time that it took: each would be a failure of its own in the table.
  const std::int64_t micros = most.count() / 1'000;
  const std::string limit =
      micros % 1'000 == 0 ? std::to_string(micros / 1'000) + " ms" : std::to_string(micros) + " us";
  return "took more than " + limit;
}

}  // namespace redrive
