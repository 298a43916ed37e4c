#include "recorder/sim_transport.h"

#include <utility>

namespace redrive {

Task<Reply> SimTransport::Send(Env& env, const Request& request) {
  Reply reply;
  reply.sent = env.Now();
  const Access nothing;
  co_await env.Yield("request.admit", nothing);
  const std::string* forwarded = FindHeader(request.headers, "X-Forwarded-For");
  const std::string_view client_ip =
      forwarded != nullptr ? std::string_view(*forwarded) : "127.0.0.1";
  Response response = co_await handler_.Handle(env, request, client_ip);
  reply.response = std::move(response);
  co_return reply;
}

}  // namespace redrive
