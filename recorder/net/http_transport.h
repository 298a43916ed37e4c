// Transport over HTTP/1.1, plain or TLS, in a LiveWorld. One HttpTarget is shared by all users of
// all threads (one name look-up, one TLS context, one cached session); each user has a connection
// of its own, its own cookies, and follows redirects.
//
// How a send ends (recorder/transport.h), with the message that goes with it:
//   kNotSent   "connect 127.0.0.1:8001: Connection refused", "TLS with shop:443: certificate ...",
//              "not sent: the run was stopped"
//   kTimeout   "timeout after 5 s waiting for the first byte": see Timeouts below
//   kClosed    "connection closed after 123 bytes of the answer"
//   kGarbage   "answer is not HTTP: bad version at byte 0", "answer's gzip coding: ends early"
//   kTooLarge  "answer larger than 64 MiB", "answer's header larger than 64 KiB"
//   kCancelled "the run was stopped"
//   kRedirect  "redirected more than 30 times", "redirected to another host, ..."
// What arrived before an error is in Reply::response: status and headers once they were complete,
// and the body so far.
//
// A failed connect makes the user's next one wait: not at all the first time, then 50 ms, 100 ms
// and so on up to `backoff_max`, so that users without think time do not spin on a dead server.
// Variables of the environment that name a proxy are not looked at: what is measured is the target.
#ifndef REDRIVE_RECORDER_NET_HTTP_TRANSPORT_H_
#define REDRIVE_RECORDER_NET_HTTP_TRANSPORT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "recorder/http.h"
#include "recorder/net/connection_counts.h"
#include "recorder/net/live_world.h"
#include "recorder/net/tls_context.h"
#include "recorder/net/url.h"
#include "recorder/transport.h"

namespace redrive {

enum class KeepAlive : std::uint8_t { kOn, kOff };
enum class Cookies : std::uint8_t { kKeep, kIgnore };

constexpr std::uint32_t kRedirectsMax = 100;

// Real time, whatever the world's speed is. The message of a timeout names the one that ran out.
struct Timeouts {
  std::chrono::nanoseconds connect = std::chrono::seconds(10);  // TLS handshake included
  std::chrono::nanoseconds send = std::chrono::seconds(60);     // without a byte being taken
  std::chrono::nanoseconds first_byte = std::chrono::seconds(60);
  std::chrono::nanoseconds idle = std::chrono::seconds(60);   // between two pieces of an answer
  std::chrono::nanoseconds body = std::chrono::seconds(120);  // from the first byte to the last
  // All of it, connecting and redirects included; the wait after a failed connect is not.
  std::chrono::nanoseconds total = std::chrono::seconds(120);
};

struct HttpOptions {
  std::string url;
  Timeouts timeouts;
  std::size_t body_max = 64U << 20;  // bytes of an answer's body, also when unpacked
  std::size_t header_max = 64U << 10;
  Certificates certificates = Certificates::kVerify;  // chain, dates and host name
  std::string ca_file;                                // PEM; in place of the system's authorities
  KeepAlive keep_alive = KeepAlive::kOn;
  std::string user_agent = "redrive";
  std::string accept_encoding = "gzip, deflate";  // as Locust; empty: none is sent
  std::string host_header;  // in place of the URL's authority, also for SNI and the certificate
  Cookies cookies = Cookies::kKeep;
  std::uint32_t redirects_max = 30;         // 0: a redirect is an answer like others
  std::vector<std::string> redirect_hosts;  // besides the URL's host where redirects may lead
  std::chrono::nanoseconds backoff_max = std::chrono::seconds(1);  // 0: connect again at once
};

class HttpTarget {
 public:
  // Parses the URL, reads the CA file and looks the host up, so that a wrong setting is one error
  // at the start and not one per request. Blocks for the look-up. Errors: kInvalid, kIo.
  [[nodiscard]] static Result<std::shared_ptr<HttpTarget>> Open(const HttpOptions& options);
  ~HttpTarget();
  HttpTarget(const HttpTarget&) = delete;
  HttpTarget& operator=(const HttpTarget&) = delete;

  [[nodiscard]] const HttpOptions& options() const;
  [[nodiscard]] const Url& url() const;
  // So far, over all users. From any thread.
  [[nodiscard]] ConnectionCounts counts() const;

  struct Impl;  // recorder/net/http_target.h, for this directory only
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  explicit HttpTarget(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A connection of one virtual user, opened by its first Send and kept while the server keeps it; a
// second one while it is redirected to another server. A request is sent a second time only when it
// cannot have had an effect: nothing of it left, or the kept connection was closed before any byte
// of an answer and the method is safe (GET, HEAD, OPTIONS). REQUIRES: `world` outlives it; Send is
// called by tasks of `world`.
std::unique_ptr<Transport> MakeHttpTransport(LiveWorld& world, std::shared_ptr<HttpTarget> target);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_HTTP_TRANSPORT_H_
