#include "recorder/workshop/context.h"

#include "recorder/workshop/url.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {

bool Context::Has(Bug bug) const { return options.bugs.Has(bug); }

std::string_view Context::Path(std::string_view name) const {
  for (const PathParameter& parameter : path) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

std::string_view Context::Query(std::string_view name, std::string_view otherwise) const {
  std::string_view found = otherwise;
  for (const auto& [key, value] : query) {
    if (key == name) found = value;
  }
  return found;
}

std::string_view Context::Token() const {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string* const authorization = FindHeader(request.headers, "Authorization");
  if (authorization != nullptr && authorization->compare(0, kBearer.size(), kBearer) == 0) {
    return std::string_view(*authorization).substr(kBearer.size());
  }
  const std::string* const cookies = FindHeader(request.headers, "Cookie");
  return cookies != nullptr ? CookieValue(*cookies, "session_token") : std::string_view();
}

}  // namespace redrive::workshop
