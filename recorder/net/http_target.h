// The inside of HttpTarget, for the other files of this directory. Shared by the users of all
// threads: what is not const here is guarded or atomic.
#ifndef REDRIVE_RECORDER_NET_HTTP_TARGET_H_
#define REDRIVE_RECORDER_NET_HTTP_TARGET_H_

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "recorder/net/http_transport.h"
#include "recorder/net/request_text.h"
#include "recorder/net/tls_context.h"

namespace redrive {

// A scheme, host and port that requests go to: the target itself, or where it redirects to.
// Immutable but for `session`, which guards itself.
struct Origin {
  Url url;
  RequestFrame frame;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;  // tried in this order
  SSL_CTX* tls = nullptr;                                 // null: plain
  std::string tls_name;                                   // name or address in the certificate
  mutable TlsSession session;

  // Sets name indication, name check and the kept session on a new connection.
  void Prepare(SSL* ssl) const;
};

// ConnectionCounts while they are counted.
struct AtomicCounts {
  std::atomic<std::uint64_t> opened{0};
  std::atomic<std::uint64_t> reopened{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::int64_t> backoff_ns{0};
  std::atomic<std::uint64_t> handshakes{0};
  std::atomic<std::uint64_t> resumed{0};
  std::atomic<std::uint64_t> resent{0};
  std::atomic<std::uint64_t> redirects{0};

  static void Add(std::atomic<std::uint64_t>& count) {
    count.fetch_add(1, std::memory_order_relaxed);
  }
};

struct HttpTarget::Impl {
  HttpOptions options;
  Origin home;
  AtomicCounts counts;

  // Where a redirect to `url` leads, made when it is first asked for; what it returns lives as long
  // as the target. Null when nobody may go there: `why` says so. Never asks a name server.
  const Origin* Find(const Url& url, std::string* why);
  Result<SSL_CTX*> OpenTls();

 private:
  using Key = std::tuple<Scheme, std::string, std::uint16_t>;
  bool MayGo(const std::string& host) const;
  std::mutex mutex_;  // guards what follows
  std::map<Key, std::unique_ptr<Origin>> others_;
  std::unique_ptr<TlsContext> tls_;

 public:
  // By host, of options.redirect_hosts; filled by Open.
  std::map<std::string, std::vector<boost::asio::ip::address>> addresses;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_HTTP_TARGET_H_
