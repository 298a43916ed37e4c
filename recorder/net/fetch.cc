#include "recorder/net/fetch.h"

#include <chrono>
#include <memory>
#include <utility>

#include "recorder/net/http_transport.h"
#include "recorder/net/live_world.h"
#include "recorder/net/url.h"

namespace redrive {
namespace {

constexpr std::size_t kBodyMax = 16U << 20;

Task<void> SendOne(Env& env, Transport& transport, const Request& request, Reply* reply) {
  *reply = co_await transport.Send(env, request);
}

}  // namespace

Result<FetchTarget> ParseFetchTarget(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find_first_of("/?", scheme == std::string::npos ? 0 : scheme + 3);
  FetchTarget target;
  target.url = url.substr(0, path);
  target.target = path == std::string::npos ? "/" : url.substr(path);
  if (target.target.front() == '?') target.target.insert(0, "/");
  if (target.target.find_first_of(" \r\n") != std::string::npos) {
    return Error{ErrorCode::kInvalid, "the URL's path has blanks or line ends: encode them"};
  }
  const Result<Url> parsed = ParseUrl(target.url);
  if (parsed.has_error()) return parsed.error();
  return target;
}

Result<std::string> Fetch(const FetchTarget& target) {
  HttpOptions options;
  options.url = target.url;
  options.timeouts.connect = std::chrono::seconds(3);
  options.timeouts.first_byte = std::chrono::seconds(5);
  options.timeouts.total = std::chrono::seconds(5);
  options.body_max = kBodyMax;
  options.keep_alive = KeepAlive::kOff;
  Result<std::shared_ptr<HttpTarget>> opened = HttpTarget::Open(options);
  if (opened.has_error()) return opened.error();
  LiveWorld world({});
  const std::unique_ptr<Transport> transport = MakeHttpTransport(world, std::move(*opened));
  const Request request{.method = "GET", .target = target.target, .headers = {}, .body = {}};
  Reply reply;
  Env& env = world.NewTask("fetch");
  world.Start(env, SendOne(env, *transport, request, &reply), VirtualTime{0});
  world.Run({});
  if (reply.error != SendError::kNone) return Error{ErrorCode::kIo, reply.message};
  if (reply.response.status != 200) {
    return Error{ErrorCode::kInvalid,
                 "answered with status " + std::to_string(reply.response.status) + ", not 200"};
  }
  return std::move(reply.response.body);
}

}  // namespace redrive
