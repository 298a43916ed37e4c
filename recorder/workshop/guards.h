// What a request passes before its handler (contract A.2 to A.7): CSRF, tenant guard, plan gates.
#ifndef REDRIVE_RECORDER_WORKSHOP_GUARDS_H_
#define REDRIVE_RECORDER_WORKSHOP_GUARDS_H_

#include <optional>
#include <string_view>

#include "core/task.h"
#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

// `path` without its /api or /api/v1 prefix. Needs neither token nor CSRF header.
bool IsPublicPath(std::string_view path);

bool IsWrite(std::string_view method);

// Double submit of the csrftoken cookie; a bearer token exempts.
std::optional<Response> CheckCsrf(const Request& request, std::string_view path);

// Token, membership and organisation: two reads. Fills context.identity.
Task<std::optional<Response>> CheckTenant(Context& context);

// The plan that a write to `path` needs; empty for none.
std::string_view RequiredPlan(std::string_view path);
// That plan's permission, by the organisation: one read. REQUIRES: !required.empty().
Task<std::optional<Response>> CheckPlan(Context& context, std::string_view required);
// The router's feature gate, by the subscription: two reads. REQUIRES: gate != Gate::kNone.
Task<std::optional<Response>> CheckFeature(Context& context, Gate gate, std::string_view path);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_GUARDS_H_
