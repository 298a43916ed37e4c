#include "recorder/net/http_target.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "recorder/http.h"

namespace redrive {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Impl = HttpTarget::Impl;
using Addresses = std::vector<asio::ip::address>;

constexpr std::size_t kOriginsMax = 64;

Result<Addresses> LookUp(const std::string& host, const std::string& flag) {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (!error) return Addresses{address};
  asio::io_context io;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, "0", error);
  if (error || found.empty()) {
    return Error{ErrorCode::kIo, "host '" + host + "': not found (" + error.message() +
                                     "); check the name in " + flag};
  }
  Addresses addresses;
  for (const auto& entry : found) {
    const asio::ip::address each = entry.endpoint().address();
    if (std::find(addresses.begin(), addresses.end(), each) == addresses.end()) {
      addresses.push_back(each);
    }
  }
  return addresses;
}

std::vector<tcp::endpoint> WithPort(const Addresses& addresses, std::uint16_t port) {
  std::vector<tcp::endpoint> endpoints;
  for (const asio::ip::address& address : addresses) endpoints.emplace_back(address, port);
  return endpoints;
}

// A Host header's value without its port.
std::string HostOf(const std::string& authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool HasLineBreak(const std::string& text) {
  return text.find_first_of("\r\n") != std::string::npos;
}

RequestFrame MakeFrame(const HttpOptions& options, const std::string& authority) {
  RequestFrame frame;
  frame.host = authority;
  frame.user_agent = options.user_agent;
  frame.accept_encoding = options.accept_encoding;
  frame.keep_alive = options.keep_alive;
  return frame;
}

Result<void> CheckOptions(const HttpOptions& options) {
  if (HasLineBreak(options.host_header) || HasLineBreak(options.user_agent) ||
      HasLineBreak(options.accept_encoding)) {
    return Error{ErrorCode::kInvalid,
                 "host header, user agent or accepted encodings: a line break in it"};
  }
  if (options.redirects_max > kRedirectsMax) {
    return Error{ErrorCode::kInvalid, "redirects: at most " + std::to_string(kRedirectsMax)};
  }
  return {};
}

}  // namespace

HttpTarget::HttpTarget(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpTarget::~HttpTarget() = default;
const HttpOptions& HttpTarget::options() const { return impl_->options; }
const Url& HttpTarget::url() const { return impl_->home.url; }

ConnectionCounts HttpTarget::counts() const {
  const AtomicCounts& from = impl_->counts;
  ConnectionCounts counts;
  counts.opened = from.opened.load();
  counts.reopened = from.reopened.load();
  counts.failed = from.failed.load();
  counts.backoff = std::chrono::nanoseconds(from.backoff_ns.load());
  counts.handshakes = from.handshakes.load();
  counts.resumed = from.resumed.load();
  counts.resent = from.resent.load();
  counts.redirects = from.redirects.load();
  return counts;
}

Result<std::shared_ptr<HttpTarget>> HttpTarget::Open(const HttpOptions& options) {
  const Result<Url> url = ParseUrl(options.url);
  if (url.has_error()) return url.error();
  if (const Result<void> good = CheckOptions(options); good.has_error()) return good.error();
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  Origin& home = impl->home;
  home.url = *url;
  home.frame =
      MakeFrame(options, options.host_header.empty() ? url->Authority() : options.host_header);
  home.frame.base_path = url->base_path;
  home.frame.authorization = url->authorization;
  home.tls_name = options.host_header.empty() ? url->host : HostOf(options.host_header);
  const Result<Addresses> found = LookUp(url->host, "--host");
  if (found.has_error()) return found.error();
  home.endpoints = WithPort(*found, url->port);
  for (const std::string& host : options.redirect_hosts) {
    const Result<Addresses> other = LookUp(host, "--redirect-host");
    if (other.has_error()) return other.error();
    impl->addresses[Lower(host)] = *other;
  }
  impl->addresses[Lower(url->host)] = *found;
  if (url->scheme == Scheme::kHttps) {
    const Result<SSL_CTX*> tls = impl->OpenTls();
    if (tls.has_error()) return tls.error();
    home.tls = *tls;
  }
  return std::shared_ptr<HttpTarget>(new HttpTarget(std::move(impl)));
}

Result<SSL_CTX*> Impl::OpenTls() {
  if (tls_ == nullptr) {
    Result<std::unique_ptr<TlsContext>> opened =
        TlsContext::Open(options.certificates, options.ca_file);
    if (opened.has_error()) return opened.error();
    tls_ = std::move(*opened);
  }
  return tls_->get();
}

// From this machine to this machine, to the target's own host, and to what was allowed by name.
bool Impl::MayGo(const std::string& host) const {
  if (addresses.count(host) != 0) return true;
  const bool from_here = IsLoopbackName(home.url.host);
  return from_here && IsLoopbackName(host);
}

const Origin* Impl::Find(const Url& url, std::string* why) {
  const std::string host = Lower(url.host);
  const bool same_host = host == Lower(home.url.host) && url.port == home.url.port;
  const bool by_header = EqualIgnoringCase(url.Authority(), home.frame.host);
  if (url.scheme == home.url.scheme && (same_host || by_header)) return &home;
  if (!MayGo(host)) {
    *why = "to another host, " + url.Authority() + ": --redirect-host=" + host + " allows it";
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Origin>& slot = others_[{url.scheme, host, url.port}];
  if (slot != nullptr) return slot.get();
  if (others_.size() > kOriginsMax) {
    others_.erase({url.scheme, host, url.port});
    *why = "to more than " + std::to_string(kOriginsMax) + " servers";
    return nullptr;
  }
  auto made = std::make_unique<Origin>();
  made->url = url;
  made->url.base_path.clear();
  made->url.authorization.clear();
  made->frame = MakeFrame(options, url.Authority());
  made->tls_name = url.host;
  const auto known = addresses.find(host);
  if (known != addresses.end()) {
    made->endpoints = WithPort(known->second, url.port);
  } else {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(host, error);
    made->endpoints = WithPort(
        error ? Addresses{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()}
              : Addresses{address},
        url.port);
  }
  if (url.scheme == Scheme::kHttps) {
    const Result<SSL_CTX*> tls = OpenTls();
    if (tls.has_error()) {
      others_.erase({url.scheme, host, url.port});
      *why = "to " + url.Authority() + ": " + tls.error().message;
      return nullptr;
    }
    made->tls = *tls;
  }
  slot = std::move(made);
  return slot.get();
}

void Origin::Prepare(SSL* ssl) const {
  error_code error;
  (void)asio::ip::make_address(tls_name, error);
  if (!error) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), tls_name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, tls_name.c_str());  // NOLINT: OpenSSL's macro casts
    SSL_set1_host(ssl, tls_name.c_str());
  }
  session.Attach(ssl);
}

}  // namespace redrive
