// SimTransport: carries a request straight into a handler, in the task of the caller. Admission is
// a yield point ("request.admit"), so a schedule decides who comes first.
#ifndef REDRIVE_RECORDER_SIM_TRANSPORT_H_
#define REDRIVE_RECORDER_SIM_TRANSPORT_H_

#include "recorder/handler.h"
#include "recorder/transport.h"

namespace redrive {

class SimTransport final : public Transport {
 public:
  // `handler` must outlive this. The client's address is the request's X-Forwarded-For, as a server
  // behind a loopback proxy sees it, or 127.0.0.1.
  explicit SimTransport(Handler& handler) : handler_(handler) {}
  Task<Reply> Send(Env& env, const Request& request) override;

 private:
  Handler& handler_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SIM_TRANSPORT_H_
