#include "cli/live_flags.h"

#include <algorithm>

#include "cli/settings.h"
#include "recorder/net/url.h"

namespace redrive {

void LiveFlags::AddTo(Flags& flags) {
  flags.AddText("-H,--host", &host_,
                "URL of a live service (default: $TARGET_HOST, else the embedded workshop)");
  flags.AddSwitch("--allow-host", &allow_host_, "the target may be another machine than this one");
  flags.AddText("--cacert", &ca_file_, "PEM file of certificate authorities to trust");
  flags.AddSwitch("--insecure", &insecure_, "do not verify the target's certificate");
  AddTimeouts(flags);
  flags.AddNumber("--max-redirects", &redirects_max_, "redirects followed in a row (default 30)", 0,
                  kRedirectsMax);
  flags.AddSwitch("--no-redirects", &no_redirects_, "take a redirect as the answer");
  flags.AddList("--redirect-host", &redirect_hosts_,
                "a host that redirects may lead to besides the target's own; repeatable");
  flags.AddSwitch("--no-cookies", &no_cookies_, "users keep no cookies");
  flags.AddSwitch("--no-compression", &no_compression_, "do not ask for gzip or deflate");
  for (const char* name : {"--connect-timeout", "--send-timeout", "--first-byte-timeout",
                           "--idle-timeout", "--body-timeout", "--max-redirects", "--redirect-host",
                           "--no-cookies", "--no-compression"}) {
    flags.Hide(name);  // docs/HTTP.md
  }
}

void LiveFlags::AddThreads(Flags& flags) {
  flags.AddNumber("--threads", &threads_,
                  "event loops for a live run, each with its share of the users (default 1)", 1,
                  256);
}

void LiveFlags::AddTimeouts(Flags& flags) {
  flags.AddDuration("--timeout", &timeout_,
                    "give up on a response after this (default 2m); finer limits, cookies and "
                    "redirects: docs/HTTP.md");
  flags.AddDuration("--connect-timeout", &connect_timeout_,
                    "on connecting, TLS included (default 10s)");
  flags.AddDuration("--send-timeout", &send_timeout_,
                    "on a server that takes no more of a request (default 60s)");
  flags.AddDuration("--first-byte-timeout", &first_byte_timeout_,
                    "on the first byte of an answer (default 60s)");
  flags.AddDuration("--idle-timeout", &idle_timeout_,
                    "on the next bytes of an answer (default 60s)");
  flags.AddDuration("--body-timeout", &body_timeout_, "on an answer that has begun (default 2m)");
}

void LiveFlags::TakeEnvironment() {
  if (host_.empty()) host_ = FromEnvironment("TARGET_HOST").value_or("");
}

Result<void> LiveFlags::CheckTarget() const {
  const Result<bool> loopback = IsLoopbackHost(host_);
  if (loopback.has_error()) return loopback.error();
  if (!*loopback && !allow_host_) {
    return Error{ErrorCode::kInvalid, host_ +
                                          " is not this machine: add --allow-host if it really is "
                                          "to be loaded"};
  }
  for (const std::string& host : redirect_hosts_) {
    if (IsLoopbackName(host) || allow_host_) continue;
    return Error{ErrorCode::kInvalid, "--redirect-host " + host +
                                          " is not this machine: add --allow-host if it really is "
                                          "to be loaded"};
  }
  return {};
}

LiveOptions LiveFlags::MakeOptions() const {
  LiveOptions options;
  options.http.url = host_;
  options.http.ca_file = ca_file_;
  options.threads = static_cast<std::uint32_t>(threads_);
  if (insecure_) options.http.certificates = Certificates::kIgnore;
  Timeouts& timeouts = options.http.timeouts;
  if (timeout_) {
    timeouts.total = timeouts.body = timeouts.idle = *timeout_;
    timeouts.first_byte = timeouts.send = *timeout_;
    timeouts.connect = std::min(timeouts.connect, *timeout_);
  }
  timeouts.connect = connect_timeout_.value_or(timeouts.connect);
  timeouts.send = send_timeout_.value_or(timeouts.send);
  timeouts.first_byte = first_byte_timeout_.value_or(timeouts.first_byte);
  timeouts.idle = idle_timeout_.value_or(timeouts.idle);
  timeouts.body = body_timeout_.value_or(timeouts.body);
  options.http.redirects_max = no_redirects_ ? 0 : static_cast<std::uint32_t>(redirects_max_);
  options.http.redirect_hosts = redirect_hosts_;
  if (no_cookies_) options.http.cookies = Cookies::kIgnore;
  if (no_compression_) options.http.accept_encoding.clear();
  return options;
}

}  // namespace redrive
