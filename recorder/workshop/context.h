// Context: all that a workshop handler may touch, for one request. Lives until the response.
#ifndef REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_
#define REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/env.h"
#include "core/task.h"
#include "recorder/http.h"
#include "recorder/workshop/bugs.h"
#include "recorder/workshop/clock.h"
#include "recorder/workshop/ids.h"
#include "recorder/workshop/store.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {

struct WorkshopOptions;

// Who asks, by the token; set by the tenant guard. Empty on public routes.
struct Identity {
  std::string user_id;
  std::string email;
  std::string role;
  std::string organization_id;
  std::string plan_type;  // of the organisation
};

struct PathParameter {
  std::string_view name;
  std::string value;  // percent-decoded
};

struct Context {
  Env& env;
  Store& db;
  const Request& request;
  std::string_view client_ip;  // after X-Forwarded-For
  const WorkshopOptions& options;
  std::int64_t epoch_seconds;
  Ids ids;
  Identity identity;
  std::vector<PathParameter> path;
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Value body;  // parsed and sanitised; a string when it was not sent as JSON; null without a body
  const char* body_error = nullptr;  // why it could not be parsed; CheckBody answers it
  std::size_t body_error_at = 0;

  [[nodiscard]] bool Has(Bug bug) const;
  [[nodiscard]] Instant Now() const { return Instant::At(epoch_seconds, env.Now()); }
  // The path parameter; "" when the pattern has none of that name.
  [[nodiscard]] std::string_view Path(std::string_view name) const;
  // The query parameter's last value, or `otherwise`.
  [[nodiscard]] std::string_view Query(std::string_view name,
                                       std::string_view otherwise = {}) const;
  // The bearer token's or session cookie's text; "" when there is none.
  [[nodiscard]] std::string_view Token() const;
  [[nodiscard]] std::string_view organization() const { return identity.organization_id; }
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_
