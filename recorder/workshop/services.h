// Small services that several flows share; each is awaited inside the caller's request.
#ifndef REDRIVE_RECORDER_WORKSHOP_SERVICES_H_
#define REDRIVE_RECORDER_WORKSHOP_SERVICES_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/task.h"
#include "recorder/workshop/context.h"

namespace redrive::workshop {

// users.find_one{user_id} of the caller, as most handlers begin.
Task<Value> FindCaller(Context& context);

// The three sign-ups per minute and client that the database counts, also without rate limits: 429.
Task<std::optional<Response>> LimitSignups(Context& context);

// An organisation on the free trial, owned by `owner_id`, with membership and subscription: three
// inserts. The arguments must outlive the task.
Task<void> InsertOrganization(Context& context, const std::string& organization_id,
                              const std::string& name, const std::string& owner_id);

// "battwheels-garages-1a2b3c" of "Battwheels Garages": draws an id.
std::string SlugOf(Context& context, std::string_view name);

// Free-trial record limits (contract A.7): "tickets", "contacts", "estimates", "invoices", "items".
// Counts with one count_documents on `collection` when the organisation is limited (no operation
// otherwise); 403 at the limit. Count-then-insert: callers race at limit - 1 (kRecordLimitRace).
Task<std::optional<Response>> CheckRecordLimit(Context& context, Collection& collection,
                                               std::string_view kind);
// With kRecordLimitRace off: takes one of the records that are left, atomically, from a counter
// that begins with the number of documents; 403 when none is. Call right before the insert: nothing
// gives a record back. No operation otherwise.
Task<std::optional<Response>> ClaimRecord(Context& context, Collection& collection,
                                          std::string_view kind);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_SERVICES_H_
