#include "cli/stop.h"

#include <csignal>

namespace redrive {
namespace {

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free");

extern "C" void OnStopSignal(int signal) {
  stop_requested.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}

}  // namespace

void CatchStopSignals() {
  std::signal(SIGINT, OnStopSignal);
  std::signal(SIGTERM, OnStopSignal);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that closes early is an error code, not an end
}

const std::atomic<bool>* StopFlag() { return &stop_requested; }

void RequestStop() { stop_requested.store(true, std::memory_order_relaxed); }

}  // namespace redrive
