// Plan: who sends what and when, as far as the seed alone decides it. A pure function of scenario
// and RunSpec; its digest is equal on every machine, compiler and target, and printed first by
// every run.
#ifndef REDRIVE_RECORDER_PLAN_H_
#define REDRIVE_RECORDER_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/result.h"
#include "core/rng.h"
#include "recorder/scenario.h"
#include "recorder/trace_records.h"

namespace redrive {

// Planned: intended times follow from the seed. Closed: Locust's semantics, the wait begins when
// the response is there; same actions, same waits.
enum class Pacing : std::uint8_t { kPlanned, kClosed };

struct PlannedHeader {
  const std::string* name = nullptr;  // the scenario owns it
  PlannedText value;
  bool optional = false;
};

struct PlannedRequest {
  const RequestStep* step = nullptr;  // the scenario owns it
  PlannedText target;
  std::vector<PlannedHeader> headers;
  PlannedText body;
};

// Sets have an on_start and on_stop of their own. Values are part of the plan digest.
enum class ActionKind : std::uint8_t {
  kOnStart = 0,
  kAction = 1,
  kOnStop = 2,
  kSetStart = 3,
  kSetStop = 4,
};

struct PlannedAction {
  ActionKind kind = ActionKind::kAction;
  std::uint32_t iteration = 0;  // the user's n-th action, from 0; on_start counts, if there is one
  const std::string* name = nullptr;  // the scenario owns it
  VirtualTime intended{0};            // since the users' start; a lower bound under closed pacing
  VirtualTime wait{0};                // think time behind it
  bool pacing = false;                // `wait` counts from this action's start, not from its end
  std::vector<PlannedRequest> requests;
};

struct PlannedUser {
  const UserClass* user_class = nullptr;
  VirtualTime start{0};  // since the users' start
  VirtualTime stop{0};   // starts no action at or after this; VirtualTime::max() when unlimited
  std::uint32_t actions_max = 0;  // on_start and those of sets do not count; 0: no limit
};

// Actions and sets that the tags leave.
struct PlannedSet {
  const Action* action = nullptr;  // null: the actions of a class; a leaf has no `members`
  std::vector<PlannedSet> members;
  std::uint64_t total_weight = 0;  // of the members
};

// RunSpec::settings: actions of all users together, as --iterations says.
inline constexpr std::string_view kIterationsSetting = "iterations";

struct PlanLimits {
  std::uint64_t users_max = 1'000'000;
  std::uint64_t actions_max = 20'000'000;
};

class Plan {
 public:
  // `scenario` must outlive the plan. Errors (kInvalid, kLimit) name the setting and the remedy.
  [[nodiscard]] static Result<Plan> Make(const Scenario& scenario, const RunSpec& spec,
                                         const PlanLimits& limits = {});

  [[nodiscard]] const Scenario& scenario() const { return *scenario_; }
  [[nodiscard]] const std::vector<PlannedUser>& users() const { return users_; }
  [[nodiscard]] Pacing pacing() const { return pacing_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] VirtualTime run_time() const { return run_time_; }  // max() when unlimited
  // The open model: each user is one arrival, and so many are carried at once at most; 0: closed
  // model, where all users run.
  [[nodiscard]] std::uint32_t carried_max() const { return carried_max_; }

  // Of all that is planned: classes, times, requests with their holes; setup and audit too.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] std::uint64_t actions() const { return actions_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }

  // Setup step `step` for the `repeat`-th time; audit step `step` in its `round`-th reading. Their
  // users are numbered behind the planned ones.
  [[nodiscard]] PlannedRequest SetupRequest(std::size_t step, std::uint32_t repeat) const;
  [[nodiscard]] PlannedRequest AuditRequest(std::size_t step, std::uint32_t round) const;
  [[nodiscard]] std::uint32_t setup_user() const;
  [[nodiscard]] std::uint32_t audit_user() const;

 private:
  friend class UserPlan;
  Plan() = default;
  [[nodiscard]] PlannedRequest RenderStep(const RequestStep& step, std::uint32_t user,
                                          std::uint32_t iteration, const Rng& rng,
                                          VirtualTime intended) const;
  [[nodiscard]] Result<void> Spawn(const RunSpec& spec, const PlanLimits& limits);
  [[nodiscard]] Result<void> LimitActions(const RunSpec& spec);
  [[nodiscard]] Result<void> CheckData() const;
  [[nodiscard]] Result<void> CheckWaits() const;
  [[nodiscard]] Result<void> AddUp(const PlanLimits& limits);

  const Scenario* scenario_ = nullptr;
  std::vector<PlannedUser> users_;
  std::vector<PlannedSet> sets_;  // left by the tags; as in classes
  std::uint64_t seed_ = 0;
  std::int64_t epoch_seconds_ = 0;
  Pacing pacing_ = Pacing::kPlanned;
  VirtualTime run_time_{0};
  std::uint32_t carried_max_ = 0;
  std::uint64_t digest_ = 0;
  std::uint64_t actions_ = 0;
  std::uint64_t requests_ = 0;
};

// One user's plan, action by action: on_start, the drawn actions, on_stop. Lazy, so that a plan of
// millions of requests needs no memory. REQUIRES: the plan outlives it.
class UserPlan {
 public:
  UserPlan(const Plan& plan, std::uint32_t user);
  // Empty when the plan says that the user has no further action. Under closed pacing the caller
  // ends it earlier, when the time is over. Asking for the next one says that the last one was run.
  [[nodiscard]] std::optional<PlannedAction> Next();
  // The on_stop requests of the sets that the user is in, innermost first, and of its class; empty
  // when there are none. They begin when the user's last action ended.
  [[nodiscard]] std::optional<PlannedAction> OnStop();

 private:
  // A set that the user is in.
  struct Frame {
    const PlannedSet* set = nullptr;
    std::uint64_t runs = 0;  // members to run before it is left; 0: until the user stops
    std::uint64_t done = 0;  // members run or begun
    std::size_t last = 0;    // the member that was begun last
    bool stopped = false;    // its on_stop has been handed out
  };
  // What the user does next, and where it is then.
  struct Chosen {
    ActionKind kind = ActionKind::kAction;
    const Action* action = nullptr;
  };
  [[nodiscard]] Chosen Choose(const Rng& rng);
  [[nodiscard]] std::size_t ChooseMember(const Frame& frame, Rng rng) const;
  void Enter(const PlannedSet& set, const Rng& rng);
  [[nodiscard]] PlannedAction MakeAction(ActionKind kind, const std::string& name,
                                         const std::vector<RequestStep>& steps) const;
  void AddRequests(const std::vector<RequestStep>& steps, PlannedAction* action) const;
  [[nodiscard]] const WaitTime& CurrentWait() const;

  const Plan& plan_;
  const PlannedUser& user_;
  std::uint32_t number_;
  std::vector<Frame> frames_;        // from the class inwards
  std::vector<const Action*> open_;  // sets it was in before the action handed out last
  Rng rng_;
  std::uint32_t iteration_ = 0;
  std::uint32_t done_ = 0;  // drawn actions so far
  VirtualTime next_{0};
  bool start_done_ = false;
};

// The classes in Locust's order of spawning: fixed counts first, then a Kullback-Leibler greedy
// pick by weight (locust/dispatch.py, _kl_generator), ties by name. Indexes into `classes`; fewer
// than `users` when only fixed counts are left.
std::vector<std::size_t> DispatchOrder(const std::vector<UserClass>& classes, std::size_t users);

struct PlanTextOptions {
  std::size_t requests_max = 200;  // lines; 0: all
  bool bodies = true;
};
// "20 users", or "3000 arrivals, 200 at once at most".
std::string UsersText(const Plan& plan);

// For `redrive plan`: how many users there are and when, by class; a few lines.
std::string PlanSummary(const Plan& plan);

// For `redrive plan`: one line per request, in order of intended time, then user.
std::string PlanText(const Plan& plan, const PlanTextOptions& options);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PLAN_H_
