// Context: all that a workshop handler may touch, for one request. Lives until the response.
#ifndef REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_
#define REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_

#include <cstdint>
#include <string_view>

#include "core/env.h"
#include "core/task.h"
#include "recorder/http.h"
#include "recorder/workshop/bugs.h"
#include "recorder/workshop/clock.h"
#include "recorder/workshop/ids.h"
#include "recorder/workshop/reading.h"
#include "recorder/workshop/store.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {

struct WorkshopOptions;

// Who asks, by the token; set by the tenant guard. Empty on public routes. The texts are parts of
// the request or of the documents beside them.
struct Identity {
  std::string_view user_id;
  std::string_view email;
  std::string_view role;
  std::string_view organization_id;
  std::string_view plan_type;  // of the organisation
  Value any_membership;        // read when the token names no organisation
  Value membership;
  Value organization;
};

struct Context {
  Env& env;
  Store& db;
  const Request& request;
  RequestReading& reading;     // of request
  std::string_view client_ip;  // after X-Forwarded-For
  const WorkshopOptions& options;
  std::int64_t epoch_seconds;
  Ids ids;
  Identity identity;
  Value body;  // reading.Body().value once the guards are passed; handlers may change it

  [[nodiscard]] bool Has(Bug bug) const;
  [[nodiscard]] Instant Now() const { return Instant::At(epoch_seconds, env.Now()); }
  // The path parameter; "" when the pattern has none of that name.
  [[nodiscard]] std::string_view Path(std::string_view name) const;
  // The query parameter's last value, or `otherwise`.
  [[nodiscard]] std::string_view Query(std::string_view name,
                                       std::string_view otherwise = {}) const;
  // The bearer token's or session cookie's text; "" when there is none.
  [[nodiscard]] std::string_view Token() const { return reading.token; }
  [[nodiscard]] std::string_view organization() const { return identity.organization_id; }
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_CONTEXT_H_
