// The files that a counterexample is kept in.
#ifndef REDRIVE_CLI_COUNTEREXAMPLE_FILES_H_
#define REDRIVE_CLI_COUNTEREXAMPLE_FILES_H_

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "replayer/counterexample.h"
#include "replayer/shrink.h"

namespace redrive {

struct CounterexamplePlaces {
  std::string folder = ".";       // made when it is not there
  std::string stem;               // STEM.min.redrive, STEM.case.json, STEM.curl.sh
  bool others = true;             // also the scenarios of other findings
  std::string regression_folder;  // "": no regression case; made when it is not there
};

struct CounterexampleFiles {
  std::string trace;
  std::string scenario;
  std::string script;
  std::string regression;           // "": none
  std::vector<std::string> others;  // scenarios of other findings
};

// Writes them, replacing what an earlier shrink wrote; secrets do not reach a file. Errors: kIo.
[[nodiscard]] Result<CounterexampleFiles> SaveCounterexample(const Counterexample& counterexample,
                                                             const CounterexamplePlaces& places);

// The lines that say what to do with the files.
CounterexampleTextOptions CommandsFor(const CounterexampleFiles& files);

// "peak_burst_full-42" of "runs/peak_burst_full-42.redrive", with the check behind it when it was
// named.
std::string CounterexampleStem(const std::string& trace_path, const std::string& check);

// Shows what is being tried on the terminal, if stderr is one.
std::function<void(const std::string&)> ShrinkProgress(bool quiet);
void ClearProgress(bool quiet);

}  // namespace redrive

#endif  // REDRIVE_CLI_COUNTEREXAMPLE_FILES_H_
