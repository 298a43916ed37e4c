// Judgement: what a checker writes its findings to while it judges a history. It counts, orders,
// explains and caps them, and turns what was missing into an honest unknown.
#ifndef REDRIVE_REPLAYER_JUDGEMENT_H_
#define REDRIVE_REPLAYER_JUDGEMENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/check_values.h"
#include "replayer/checker.h"
#include "replayer/history.h"

namespace redrive {

// A violation before it is explained.
struct Finding {
  std::string shape;
  std::string key;
  std::vector<std::uint64_t> operations;  // at least one; the first two cause it, if two do
  std::string what;                       // a sentence
};

class Judgement {
 public:
  // `space` names the collection whose data operations explain a race best; empty: find one.
  Judgement(const History& history, std::string space);

  [[nodiscard]] const History& history() const { return *history_; }
  void Examine(std::uint64_t count = 1) { examined_ += count; }
  // A value that the check needs is not there: no violation then means unknown.
  void Missing(const Operation& operation, const std::string& what);
  void Unknown(std::string why);
  void Note(std::string note);
  void Violate(Finding finding);

  // Fills everything but check and name.
  [[nodiscard]] Verdict Finish(bool may_be_empty, std::size_t violations_max);

 private:
  struct Gap {
    std::uint64_t count = 0;
    std::uint64_t first = 0;
  };
  [[nodiscard]] Violation Explain(Finding finding) const;

  const History* history_;
  std::string space_;
  std::uint64_t examined_ = 0;
  std::map<std::string, Gap> gaps_;
  std::vector<std::string> unknown_;
  std::vector<std::string> notes_;
  std::vector<Finding> findings_;
};

// "#12 POST /api/v1/tickets".
std::string Describe(const Operation& operation);
// A key as people read it.
std::string ShowKey(std::string_view key);
// " in group X", or "" for the only group.
std::string InGroup(std::string_view group);

// Puts a pair that overlaps first, if there is one; the others follow in order of invocation.
std::vector<std::uint64_t> OverlappingFirst(std::vector<const Operation*> operations);

// The data operations by which `a` and `b` step on each other: each reads or writes what the other
// writes, in order of event; empty when the recorded steps show no such thing.
std::vector<WindowStep> FindWindow(const History& history, std::uint64_t a, std::uint64_t b,
                                   std::string_view space);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_JUDGEMENT_H_
