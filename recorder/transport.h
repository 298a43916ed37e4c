// Transport: carries one request and returns what came back. Simulated (straight into the workshop)
// or HTTP(S); a virtual user cannot tell which.
#ifndef REDRIVE_RECORDER_TRANSPORT_H_
#define REDRIVE_RECORDER_TRANSPORT_H_

#include <cstdint>
#include <string>

#include "core/env.h"
#include "core/task.h"
#include "recorder/http.h"

namespace redrive {

// Why there is no usable response. Values are part of the trace format: never renumber.
enum class SendError : std::uint8_t {
  kNone = 0,
  kNotSent = 1,    // refused, unresolved, TLS failed: the target cannot have acted
  kTimeout = 2,    // sent, no full response in time
  kClosed = 3,     // sent, connection ended early
  kGarbage = 4,    // sent, the answer is not HTTP
  kTooLarge = 5,   // sent, the answer is over the limit
  kCancelled = 6,  // sent, the run ended first
  kRedirect = 7,   // sent, the answers lead on too often or to where nobody may go
};

// What became of an operation (Jepsen's words). Values are part of the trace format.
enum class Outcome : std::uint8_t {
  kOk = 0,    // it took effect
  kFail = 1,  // it had none
  kInfo = 2,  // it may have: timeout, reset after send, 5xx
};

struct Reply {
  SendError error = SendError::kNone;
  std::string message;  // for people, one line; empty without error
  Response response;    // whatever arrived; status 0 when nothing did
  VirtualTime sent{0};  // when the first byte left, by Env::Now() of the sender
};

// A request never sent had no effect, other send errors leave it open, as does a 5xx: the server
// may have acted before it broke. 4xx is a refusal.
inline Outcome OutcomeOf(const Reply& reply) {
  if (reply.error == SendError::kNotSent) return Outcome::kFail;
  if (reply.error != SendError::kNone || reply.response.status >= 500) return Outcome::kInfo;
  return reply.response.status >= 400 ? Outcome::kFail : Outcome::kOk;
}

class Transport {
 public:
  virtual ~Transport() = default;
  // `request` must outlive the task. One request at a time per transport: each virtual user has
  // one.
  virtual Task<Reply> Send(Env& env, const Request& request) = 0;
  // Another user takes over: what belongs to the last one (cookies) is forgotten, connections stay.
  virtual void ForgetUser() {}
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRANSPORT_H_
