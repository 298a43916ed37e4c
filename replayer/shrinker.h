// Shrinker: the state of one shrink, the best case so far, and its passes. Used by shrink.cc only.
#ifndef REDRIVE_REPLAYER_SHRINKER_H_
#define REDRIVE_REPLAYER_SHRINKER_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "replayer/case_trial.h"
#include "replayer/shrink.h"
#include "replayer/simpler_json.h"

namespace redrive {

class Shrinker {
 public:
  // `options` must outlive it.
  explicit Shrinker(const ShrinkOptions& options);
  Shrinker(const Shrinker&) = delete;
  Shrinker& operator=(const Shrinker&) = delete;

  // Takes `source` as the best case if a search over its schedules shows `identity`. False: it does
  // not, or it cannot run.
  [[nodiscard]] Result<bool> StartBySearch(const Case& source, const FailureIdentity& identity,
                                           std::uint64_t preemptions_max);
  // Whether the best case shows the failure with at most so many preemptions.
  [[nodiscard]] Result<bool> SearchBest(std::uint64_t preemptions_max) const;
  // Takes it by one execution that follows an old order of steps.
  [[nodiscard]] Result<bool> StartByOrder(const Case& source, const FailureIdentity& identity,
                                          const StepOrder& order);
  // The same under a known schedule. Errors say why it does not.
  [[nodiscard]] Result<void> StartBySchedule(const Case& source, const FailureIdentity& identity,
                                             const Schedule& schedule);

  // All passes, from the best case on. `also_violated` are the identities that the run itself
  // showed: other findings among them are kept whatever their nature.
  [[nodiscard]] Result<Counterexample> Finish(const std::vector<FailureIdentity>& also_violated);

  [[nodiscard]] const ShrinkBudget& budget() const { return budget_; }

 private:
  // What an accepted candidate must be like, besides failing in the same way.
  enum class Guard : std::uint8_t {
    kNone,
    kSameKind,  // as many preemptions, and still no request too many: the failure is the same one
  };
  enum class Effort : std::uint8_t {
    kQuick,     // turned down when the old order of steps does not show the failure
    kThorough,  // searched: other requests than before may be the ones that race
  };

  void Take(const Case& source, const TrialOutcome& outcome, bool exhaustive);
  [[nodiscard]] Result<TrialOutcome> SearchIn(const Case& candidate,
                                              std::uint64_t preemptions_max) const;
  [[nodiscard]] Result<bool> Try(const Case& candidate, Guard guard,
                                 Effort effort = Effort::kQuick);
  [[nodiscard]] Result<bool> NoRequestTooMany(const Case& candidate) const;
  [[nodiscard]] Result<void> KnowOrder();
  void NoteOther(const Case& source, const FoundFailure& other);

  [[nodiscard]] Result<void> ShrinkRequests();
  [[nodiscard]] Result<void> DdminRequests();
  [[nodiscard]] Result<bool> TryKept(const Case& base, const StepOrder& order,
                                     const std::vector<bool>& kept);
  [[nodiscard]] Result<void> MakeOneMinimal(std::uint64_t preemptions_max);
  [[nodiscard]] Result<void> ShrinkSchedule();
  [[nodiscard]] Result<void> MergeLanes();
  void SettleOthers();
  [[nodiscard]] Result<void> ShrinkSeedData();
  [[nodiscard]] Result<bool> DropFrom(
      std::size_t count, const std::function<Case(const std::vector<bool>& kept)>& without);
  [[nodiscard]] Result<bool> DropChecks();
  [[nodiscard]] Result<void> ShrinkValues(Simpler what);
  [[nodiscard]] Result<bool> ShrinkRequest(
      const std::function<CaseRequest&(Case& source)>& request_of, Simpler what);
  [[nodiscard]] Result<void> MakeCanonical();
  [[nodiscard]] Result<Counterexample> Tell();
  void Progress(const char* pass) const;

  const ShrinkOptions& options_;
  ShrinkBudget budget_;
  TrialContext context_;
  Case best_;
  FoundFailure found_;
  FailureIdentity identity_;
  StepOrder order_;  // of the best case under its schedule; empty: not known yet
  std::set<FailureIdentity> serial_others_;  // of the best case; known after a search
  bool requests_minimal_ = false;
  bool requests_exhaustive_ = false;
  bool schedule_exhaustive_ = false;
  bool note_others_ = true;
  std::vector<FailureIdentity> also_violated_;
  std::vector<OtherFinding> others_;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SHRINKER_H_
