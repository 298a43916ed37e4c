// Handler: a service as a coroutine. The workshop is one; the simulated transport and the HTTP
// server both call it, so it behaves alike in virtual and in real time.
#ifndef REDRIVE_RECORDER_HANDLER_H_
#define REDRIVE_RECORDER_HANDLER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "core/task.h"
#include "recorder/http.h"

namespace redrive {

class Handler {
 public:
  virtual ~Handler() = default;
  // Answers one request; never throws. `client_ip` is the peer's address as text; `request` and
  // `client_ip` must outlive the task. All waiting and all time go through `env`.
  virtual Task<Response> Handle(Env& env, const Request& request, std::string_view client_ip) = 0;
};

// One stored document that differs from the marked state. JSON texts; "" is "not there".
struct StateChange {
  std::string resource;  // as in a trace's steps: "tickets/TKT-000001"
  std::string before;
  std::string after;
};

// A handler that can be put back to a marked state in time that depends only on what changed since,
// so that a search executes the same requests again and again over one prepared state.
// REQUIRES, for all but Handle: no request is in flight.
class ResettableHandler : public Handler {
 public:
  // The present state is the one that Rollback goes back to. Marking again forgets the old mark.
  virtual void Mark() = 0;
  // Everything as it was at Mark, ids and counters included: equal requests in equal order get
  // equal answers again. REQUIRES: Mark was called.
  virtual void Rollback() = 0;
  // Of all documents that differ from the marked state; 0 when none does. The order in which
  // documents were inserted does not count, since without a sort nobody may rely on it.
  [[nodiscard]] virtual std::uint64_t ChangeDigest() const = 0;
  // The same as texts, ascending by resource: for people, not for hot paths.
  [[nodiscard]] virtual std::vector<StateChange> Changes() const = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_HANDLER_H_
