// What `redrive run` writes in Locust's forms while and after users run: the CSV files, the console
// tables on stderr, the JSON.
#ifndef REDRIVE_CLI_LOCUST_OUTPUT_H_
#define REDRIVE_CLI_LOCUST_OUTPUT_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "cli/locust_flags.h"
#include "core/result.h"
#include "recorder/locust_recorder.h"

namespace redrive {

// Sends all that is printed to stdout to stderr instead, while it lives, and keeps the real stdout
// for one text: --json leaves nothing else there.
class StdoutForJson {
 public:
  explicit StdoutForJson(bool active);
  ~StdoutForJson();
  StdoutForJson(const StdoutForJson&) = delete;
  StdoutForJson& operator=(const StdoutForJson&) = delete;
  void Write(const std::string& text);

 private:
  int real_ = -1;  // -1: not active
};

class LocustOutput {
 public:
  // Makes the folders of --csv and all four files, so that a bad place is known before the run.
  // Error kIo. `flags`, `plan` and `next` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<LocustOutput>> Open(const LocustFlags& flags,
                                                                  const Plan& plan, bool simulated,
                                                                  TraceSink& next);

  [[nodiscard]] TraceSink& sink() { return recorder_; }
  // Live runs call it often: seconds pass also while a target is silent.
  void Tick();
  // Writes the last state and what belongs to the end. Error kIo: what could not be written.
  [[nodiscard]] Result<void> Finish(StdoutForJson& json);
  [[nodiscard]] std::uint64_t failures() const { return recorder_.statistics().total().failures; }

 private:
  LocustOutput(const LocustFlags& flags, const Plan& plan, bool simulated, TraceSink& next);
  void OnSecond(std::int64_t unix_second, std::uint32_t users);
  [[nodiscard]] Result<void> WriteCsv() const;

  const LocustFlags& flags_;
  bool simulated_;
  std::ofstream history_;
  std::uint64_t seconds_ = 0;
  LocustRecorder recorder_;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_LOCUST_OUTPUT_H_
