// Ids: the random identifiers of one request. They follow from the workshop's seed, the task and
// the number of the task's request, not from the order in which requests interleave.
#ifndef REDRIVE_RECORDER_WORKSHOP_IDS_H_
#define REDRIVE_RECORDER_WORKSHOP_IDS_H_

#include <string>
#include <string_view>

#include "core/rng.h"

namespace redrive::workshop {

class Ids {
 public:
  explicit Ids(Rng rng) : rng_(rng) {}

  // Lower("tkt_") is "tkt_" and 12 lower-case hexadecimal digits; Upper("CON-") with upper-case.
  // One call per statement: each draws.
  [[nodiscard]] std::string Lower(std::string_view prefix, std::size_t digits = 12);
  [[nodiscard]] std::string Upper(std::string_view prefix, std::size_t digits = 12);

 private:
  std::string Make(std::string_view prefix, std::size_t digits, const char* alphabet);
  Rng rng_;
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_IDS_H_
