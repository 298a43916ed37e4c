// DeclaredChecker: the part that all checks of a scenario share. Each kind derives from it and is
// made by a function of the table in checker.cc.
#ifndef REDRIVE_REPLAYER_DECLARED_CHECKER_H_
#define REDRIVE_REPLAYER_DECLARED_CHECKER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/check_parse.h"
#include "replayer/checker.h"
#include "replayer/judgement.h"

namespace redrive {

class DeclaredChecker : public Checker {
 public:
  // Reads "check", "name", "may_be_empty" and "space".
  explicit DeclaredChecker(SpecReader& reader);
  [[nodiscard]] std::string_view kind() const final { return kind_; }
  [[nodiscard]] std::string_view name() const final { return name_; }
  [[nodiscard]] Verdict Check(const History& history, const CheckOptions& options) const final;

 protected:
  virtual void Judge(Judgement& judgement) const = 0;

 private:
  std::string kind_;
  std::string name_;
  std::string space_;
  bool may_be_empty_ = false;
};

// The key of an operation, or empty with the absence reported (only of those that are ok).
std::optional<std::string> KeyOrMissing(Judgement& judgement, const KeyExpression& key,
                                        const Place& place);

// The items to look at in one response: what `each` reaches there, or the whole body without it.
// Only those that the selector's item conditions accept.
std::vector<JsonNode> ItemsOf(const History& history, const Operation& operation,
                              const std::vector<JsonPointer>& each, const Selector& selector);

using CheckFactory = std::unique_ptr<Checker> (*)(SpecReader& reader);

std::unique_ptr<Checker> MakeUnique(SpecReader& reader);
std::unique_ptr<Checker> MakeSeries(SpecReader& reader);
std::unique_ptr<Checker> MakeAtMostOnce(SpecReader& reader);
std::unique_ptr<Checker> MakeSameValue(SpecReader& reader);
std::unique_ptr<Checker> MakeBalanced(SpecReader& reader);
std::unique_ptr<Checker> MakeTrialBalance(SpecReader& reader);
std::unique_ptr<Checker> MakeStock(SpecReader& reader);
std::unique_ptr<Checker> MakeConservation(SpecReader& reader);
std::unique_ptr<Checker> MakeChain(SpecReader& reader);
std::unique_ptr<Checker> MakePayments(SpecReader& reader);
std::unique_ptr<Checker> MakeReadYourWrites(SpecReader& reader);
std::unique_ptr<Checker> MakeNeverDecreases(SpecReader& reader);
std::unique_ptr<Checker> MakeTenantIsolation(SpecReader& reader);
std::unique_ptr<Checker> MakeResponseInvariant(SpecReader& reader);
std::unique_ptr<Checker> MakeRateLimit(SpecReader& reader);
std::unique_ptr<Checker> MakeCounter(SpecReader& reader);
std::unique_ptr<Checker> MakeRegister(SpecReader& reader);
std::unique_ptr<Checker> MakeSerialisable(SpecReader& reader);
std::unique_ptr<Checker> MakeMonotonicReads(SpecReader& reader);
std::unique_ptr<Checker> MakeMonotonicWrites(SpecReader& reader);
std::unique_ptr<Checker> MakeWritesFollowReads(SpecReader& reader);
std::unique_ptr<Checker> MakeReadYourWriteVersions(SpecReader& reader);  // read_your_writes
std::unique_ptr<Checker> MakeLinearizable(SpecReader& reader);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_DECLARED_CHECKER_H_
