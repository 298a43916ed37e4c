#include "recorder/workshop/seed.h"

#include "core/check.h"
#include "recorder/workshop/token.h"

namespace redrive::workshop {

void Seed(Store& db, const WorkshopOptions& options) {
  const Instant now = Instant::At(options.epoch_seconds, VirtualTime{0});
  const auto insert = [](Collection& collection, const Value& document) {
    REDRIVE_CHECK(collection.InsertNow(document) == InsertResult::kInserted);
  };
  insert(db.organizations, OrganizationDocument(kSeededOrganizationId, "Battwheels Garages",
                                                "battwheels-garages", "enterprise", now));
  insert(db.users, UserDocument(kSeededUserId, options.admin_email, options.admin_password,
                                "Admin User", kSeededOrganizationId, now));
  insert(db.organization_users,
         MembershipDocument(kSeededUserId, kSeededOrganizationId, "owner", now));
  insert(db.subscriptions,
         SubscriptionDocument("sub_5d2c9a01e7b4", kSeededOrganizationId, "enterprise", now));
}

Value OrganizationDocument(std::string_view organization_id, std::string_view name,
                           std::string_view slug, std::string_view plan, Instant now) {
  const std::string time = now.Iso();
  return Object("organization_id", organization_id, "name", name, "slug", slug, "logo_url", nullptr,
                "plan_type", plan, "plan_expires_at", now.PlusDays(14).Iso(), "industry_type",
                "ev_garage", "is_active", true, "status", "active", "created_at", time,
                "updated_at", time);
}

Value UserDocument(std::string_view user_id, std::string_view email, std::string_view password,
                   std::string_view name, std::string_view organization_id, Instant now) {
  const std::string time = now.Iso();
  Value user = Object("user_id", user_id, "email", email, "password_hash", HashPassword(password),
                      "name", name, "role", "owner");
  if (organization_id.empty()) {
    user.Add("organization_id", nullptr);
  } else {
    user.Add("organization_id", organization_id);
  }
  user.Add("designation", "Owner").Add("phone", nullptr).Add("picture", nullptr);
  user.Add("is_active", true).Add("email_verified", true).Add("is_platform_admin", false);
  return user.Add("created_at", time).Add("updated_at", time);
}

Value MembershipDocument(std::string_view user_id, std::string_view organization_id,
                         std::string_view role, Instant now) {
  return Object("user_id", user_id, "organization_id", organization_id, "role", role, "status",
                "active", "joined_at", now.Iso());
}

Value SubscriptionDocument(std::string_view subscription_id, std::string_view organization_id,
                           std::string_view plan, Instant now) {
  return Object("subscription_id", subscription_id, "organization_id", organization_id, "plan_code",
                plan, "status", plan == "free_trial" ? "trialing" : "active",
                "current_period_start", now.Iso(), "current_period_end", now.PlusDays(30).Iso());
}

}  // namespace redrive::workshop
