// Handler: a service as a coroutine. The workshop is one; the simulated transport and the HTTP
// server both call it, so it behaves alike in virtual and in real time.
#ifndef REDRIVE_RECORDER_HANDLER_H_
#define REDRIVE_RECORDER_HANDLER_H_

#include <string_view>

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

}  // namespace redrive

#endif  // REDRIVE_RECORDER_HANDLER_H_
