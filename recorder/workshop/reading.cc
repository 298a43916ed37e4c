#include "recorder/workshop/reading.h"

#include <algorithm>

#include "core/hash.h"
#include "recorder/workshop/guards.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/sanitize.h"
#include "recorder/workshop/url.h"

namespace redrive::workshop {
namespace {

// "/api/v1/tickets" and "/api/tickets" are "/tickets"; others have no route but "/health".
std::string_view WithoutPrefix(std::string_view path) {
  for (const std::string_view prefix : {"/api/v1/", "/api/"}) {
    if (path.substr(0, prefix.size()) == prefix) return path.substr(prefix.size() - 1);
  }
  return path == "/health" ? path : std::string_view();
}

// As uvicorn behind a loopback proxy: the last address.
std::string_view LastForwarded(const Request& request) {
  const std::string* const forwarded = FindHeader(request.headers, "X-Forwarded-For");
  if (forwarded == nullptr) return {};
  std::string_view last = *forwarded;
  last = last.substr(last.rfind(',') + 1);  // npos + 1 is 0
  while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
  while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
  return last;
}

std::string_view TokenOf(const Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string* const authorization = FindHeader(request.headers, "Authorization");
  if (authorization != nullptr && authorization->compare(0, kBearer.size(), kBearer) == 0) {
    return std::string_view(*authorization).substr(kBearer.size());
  }
  const std::string* const cookies = FindHeader(request.headers, "Cookie");
  return cookies != nullptr ? CookieValue(*cookies, "session_token") : std::string_view();
}

bool SaysJson(const Request& request) {
  const std::string* const type = FindHeader(request.headers, "Content-Type");
  return type != nullptr && type->find("json") != std::string::npos;
}

RequestBody ReadBody(const Request& request, bool sanitize) {
  RequestBody body;
  if (request.body.empty()) return body;
  if (!SaysJson(request)) {
    JsonResult text = ParseJson("\"" + request.body + "\"");
    body.value = text.error == nullptr ? std::move(text.value) : Value("");
    return body;
  }
  JsonResult parsed = ParseJson(request.body);
  body.error = parsed.error;
  body.error_at = parsed.position;
  body.value = sanitize ? Sanitized(parsed.value) : std::move(parsed.value);
  return body;
}

std::size_t BytesOf(const Request& request) {
  std::size_t bytes = request.target.size() + request.body.size();
  for (const Header& header : request.headers) bytes += header.name.size() + header.value.size();
  return bytes;
}

// Of the parts in which requests mostly differ: credentials do at their end.
std::uint64_t SampleHash(const Request& request) {
  std::uint64_t hash = HashBytes(request.target) ^ Scramble(HashBytes(request.body));
  for (const Header& header : request.headers) {
    const std::string_view value = header.value;
    hash = hash * 0x9e3779b97f4a7c15ULL +
           HashBytes(value.substr(value.size() - std::min<std::size_t>(value.size(), 16)));
  }
  return hash;
}

}  // namespace

RequestReading::RequestReading(const Request& request, const Router& router, std::uint64_t seed)
    : request_(request), seed_(seed) {
  const std::string_view target = request.target;
  const std::size_t question = std::min(target.find('?'), target.size());
  raw_path = target.substr(0, question);
  path = WithoutPrefix(raw_path);
  is_write = IsWrite(request.method);
  if (is_write) required_plan = RequiredPlan(path);
  passes_csrf = !CheckCsrf(request, path);
  category = CategoryOf(request.method, raw_path);
  match = router.Find(request.method, path, &parameters);
  is_public = match.route != nullptr ? match.route->guard == Guard::kPublic : IsPublicPath(path);
  if (question < target.size()) query = ParseQuery(target.substr(question + 1));
  forwarded_for = LastForwarded(request);
  token = TokenOf(request);
}

const RequestBody& RequestReading::Body() {
  if (!body_) body_ = ReadBody(request_, is_write && !IsPublicPath(path));
  return *body_;
}

const std::optional<Claims>& RequestReading::TokenClaims() {
  if (!claims_) claims_ = ReadToken(seed_, token);
  return *claims_;
}

struct ReadingMemo::Kept {
  Kept(Request request_in, const Router& router, std::uint64_t seed)
      : request(std::move(request_in)), reading(request, router, seed) {}
  const Request request;
  RequestReading reading;
};

std::shared_ptr<RequestReading> ReadingMemo::Find(const Request& request) {
  const std::uint64_t hash = SampleHash(request);
  Place& place = places_[hash % kPlaces];
  if (place.kept != nullptr && place.kept->request == request) {
    return {place.kept, &place.kept->reading};
  }
  const bool again = place.last == hash;
  place.last = hash;
  if (!again || BytesOf(request) > kBytesMax) return nullptr;
  place.kept = std::make_shared<Kept>(request, router_, seed_);
  return {place.kept, &place.kept->reading};
}

}  // namespace redrive::workshop
