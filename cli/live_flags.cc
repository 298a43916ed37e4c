#include "cli/live_flags.h"

#include "cli/settings.h"
#include "recorder/net/url.h"

namespace redrive {

void LiveFlags::AddTo(Flags& flags) {
  flags.AddText("-H,--host", &host_,
                "URL of a live service (default: $TARGET_HOST, else the embedded workshop)");
  flags.AddSwitch("--allow-host", &allow_host_, "the target may be another machine than this one");
  flags.AddText("--cacert", &ca_file_, "PEM file of certificate authorities to trust");
  flags.AddSwitch("--insecure", &insecure_, "do not verify the target's certificate");
  flags.AddNumber("--threads", &threads_,
                  "event loops for a live run, each with its share of the users (default 1)", 1,
                  256);
  flags.AddDuration("--timeout", &timeout_, "give up on a response after this (default 2m)");
}

void LiveFlags::TakeEnvironment() {
  if (host_.empty()) host_ = FromEnvironment("TARGET_HOST").value_or("");
}

Result<void> LiveFlags::CheckTarget() const {
  const Result<bool> loopback = IsLoopbackHost(host_);
  if (loopback.has_error()) return loopback.error();
  if (*loopback || allow_host_) return {};
  return Error{ErrorCode::kInvalid, host_ +
                                        " is not this machine: add --allow-host if it really is to "
                                        "be loaded"};
}

LiveOptions LiveFlags::MakeOptions() const {
  LiveOptions options;
  options.http.url = host_;
  options.http.ca_file = ca_file_;
  options.threads = static_cast<std::uint32_t>(threads_);
  if (insecure_) options.http.certificates = Certificates::kIgnore;
  if (timeout_) {
    options.http.total_timeout = *timeout_;
    options.http.first_byte_timeout = *timeout_;
    options.http.connect_timeout = std::min(options.http.connect_timeout, *timeout_);
  }
  return options;
}

}  // namespace redrive
