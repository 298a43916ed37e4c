// Ctrl-C and SIGTERM end a run early and in order: what was recorded is kept and judged. A second
// signal ends the process at once.
#ifndef REDRIVE_CLI_STOP_H_
#define REDRIVE_CLI_STOP_H_

#include <atomic>

namespace redrive {

void CatchStopSignals();
const std::atomic<bool>* StopFlag();

// Ends the run as a signal would: for a threshold that says so.
void RequestStop();

}  // namespace redrive

#endif  // REDRIVE_CLI_STOP_H_
