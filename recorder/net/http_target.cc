#include "recorder/net/http_target.h"

#include <openssl/x509_vfy.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace redrive {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Impl = HttpTarget::Impl;

bool IsAddress(const std::string& host) {
  error_code error;
  (void)asio::ip::make_address(host, error);
  return !error;
}

Result<void> LookUp(Impl* impl) {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(impl->url.host, error);
  if (!error) {
    impl->endpoints.emplace_back(address, impl->url.port);
    return {};
  }
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(impl->url.host, std::to_string(impl->url.port), error);
  if (error || found.empty()) {
    return Error{ErrorCode::kIo, "host '" + impl->url.host + "': not found (" + error.message() +
                                     "); check the name in --host"};
  }
  for (const auto& entry : found) impl->endpoints.push_back(entry.endpoint());
  return {};
}

// Our own slot of a context: its "app data" belongs to Asio.
int OwnerIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* impl = static_cast<Impl*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), OwnerIndex()));
  impl->session.reset(session);
  return 1;  // the session is ours now
}

Result<void> OpenTls(Impl* impl) {
  const HttpOptions& options = impl->options;
  impl->tls.emplace(asio::ssl::context::tls_client);
  SSL_CTX* context = impl->tls->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle users cost no buffers
  SSL_CTX_set_ex_data(context, OwnerIndex(), impl);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &KeepSession);
  if (options.certificates == Certificates::kIgnore) {
    impl->tls->set_verify_mode(asio::ssl::verify_none);
    return {};
  }
  impl->tls->set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (options.ca_file.empty()) {
    impl->tls->set_default_verify_paths(error);
  } else {
    impl->tls->load_verify_file(options.ca_file, error);
  }
  if (error) {
    return Error{ErrorCode::kInvalid, "CA file '" + options.ca_file + "': " + error.message() +
                                          "; a file of PEM certificates is expected"};
  }
  return {};
}

// A Host header's value without its port.
std::string HostOf(const std::string& authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

HttpTarget::HttpTarget(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpTarget::~HttpTarget() = default;
const HttpOptions& HttpTarget::options() const { return impl_->options; }
const Url& HttpTarget::url() const { return impl_->url; }

Result<std::shared_ptr<HttpTarget>> HttpTarget::Open(const HttpOptions& options) {
  Result<Url> url = ParseUrl(options.url);
  if (url.has_error()) return url.error();
  if (options.host_header.find_first_of("\r\n") != std::string::npos ||
      options.user_agent.find_first_of("\r\n") != std::string::npos) {
    return Error{ErrorCode::kInvalid, "host header or user agent: a line break in it"};
  }
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->url = *std::move(url);
  impl->frame.base_path = impl->url.base_path;
  impl->frame.host = options.host_header.empty() ? impl->url.Authority() : options.host_header;
  impl->frame.user_agent = options.user_agent;
  impl->frame.authorization = impl->url.authorization;
  impl->frame.keep_alive = options.keep_alive;
  impl->tls_name = options.host_header.empty() ? impl->url.host : HostOf(options.host_header);
  if (const Result<void> found = LookUp(impl.get()); found.has_error()) return found.error();
  if (impl->url.scheme == Scheme::kHttps) {
    if (const Result<void> tls = OpenTls(impl.get()); tls.has_error()) return tls.error();
  }
  return std::shared_ptr<HttpTarget>(new HttpTarget(std::move(impl)));
}

void HttpTarget::Impl::Prepare(SSL* ssl) const {
  if (IsAddress(tls_name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), tls_name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, tls_name.c_str());  // NOLINT: OpenSSL's macro casts
    SSL_set1_host(ssl, tls_name.c_str());
  }
  if (session) SSL_set_session(ssl, session.get());
}

std::string TlsFailure(SSL* ssl, const error_code& error) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  }
  return error.message();
}

}  // namespace redrive
