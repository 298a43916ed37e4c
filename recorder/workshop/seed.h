// The documents that a fresh workshop holds.
#ifndef REDRIVE_RECORDER_WORKSHOP_SEED_H_
#define REDRIVE_RECORDER_WORKSHOP_SEED_H_

#include "recorder/workshop/clock.h"
#include "recorder/workshop/store.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {

// One organisation on the enterprise plan, its owner (the admin) and the subscription. No yield
// points. REQUIRES: the store is empty.
void Seed(Store& db, const WorkshopOptions& options);

// The documents of an organisation and of a user, also for signup.
Value OrganizationDocument(std::string_view organization_id, std::string_view name,
                           std::string_view slug, std::string_view plan, Instant now);
Value UserDocument(std::string_view user_id, std::string_view email, std::string_view password,
                   std::string_view name, std::string_view organization_id, Instant now);
Value MembershipDocument(std::string_view user_id, std::string_view organization_id,
                         std::string_view role, Instant now);
Value SubscriptionDocument(std::string_view subscription_id, std::string_view organization_id,
                           std::string_view plan, Instant now);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_SEED_H_
