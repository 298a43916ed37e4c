// Workshop: the embedded back end of an electric-vehicle workshop, behaving like Battwheels OS as
// recorded (docs/WORKSHOP.md). The same handlers serve the simulation and `redrive workshop`.
#ifndef REDRIVE_RECORDER_WORKSHOP_WORKSHOP_H_
#define REDRIVE_RECORDER_WORKSHOP_WORKSHOP_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/virtual_time.h"
#include "recorder/handler.h"
#include "recorder/workshop/bugs.h"
#include "recorder/workshop/store.h"

namespace redrive::workshop {

struct WorkshopOptions {
  std::uint64_t seed = 42;                            // of ids and tokens
  std::int64_t epoch_seconds = kDefaultEpochSeconds;  // calendar time at Env::Now() == 0
  BugSet bugs = BugSet::All();
  bool rate_limits = true;        // false: as with TESTING=1
  bool security_headers = false;  // the constant headers of every answer; on when served over HTTP
  Store::Threads threads = Store::Threads::kOne;
  std::string admin_email = "admin@battwheels.in";
  std::string admin_password = "admin";
  // The clock of the seeded documents is epoch_seconds.
};

class Workshop final : public ResettableHandler {
 public:
  // Holds one organisation on the enterprise plan, owned by the admin. Seeding has no yield points.
  explicit Workshop(WorkshopOptions options);
  ~Workshop() override;

  // Thread-safe when options.threads is kMany.
  Task<Response> Handle(Env& env, const Request& request, std::string_view client_ip) override;

  // Back to the state after construction, keeping memory; forgets the mark. REQUIRES: no request is
  // in flight.
  void Reset();

  // The marked state is everything that an answer can depend on: documents, the rate limiter's
  // logs, and how many requests each task has sent, from which ids follow. See also Store::Mark.
  void Mark() override;
  void Rollback() override;
  [[nodiscard]] std::uint64_t ChangeDigest() const override;
  [[nodiscard]] std::vector<StateChange> Changes() const override;

  [[nodiscard]] const WorkshopOptions& options() const;
  [[nodiscard]] Store& db();  // for seeding by callers and for tests

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The id of the seeded organisation.
inline constexpr std::string_view kSeededOrganizationId = "org_71f0aa01b2c4";
inline constexpr std::string_view kSeededUserId = "user_0ad31b5c77e9";

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_WORKSHOP_H_
