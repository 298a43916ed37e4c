// The flags that name a live target: shared by run and replay.
#ifndef REDRIVE_CLI_LIVE_FLAGS_H_
#define REDRIVE_CLI_LIVE_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "core/result.h"
#include "recorder/net/live_run.h"

namespace redrive {

class LiveFlags {
 public:
  // Both must outlive Parse.
  void AddTo(Flags& flags);
  // --threads: not for a timeline replay, whose one thread keeps the recorded order.
  void AddThreads(Flags& flags);

  // Takes TARGET_HOST from the environment when --host is not given.
  void TakeEnvironment();

  // Empty: the embedded workshop.
  [[nodiscard]] const std::string& host() const { return host_; }

  // Error unless the target, and every host that redirects may lead to, is loopback or --allow-host
  // was given: nobody load-tests production by accident. REQUIRES: !host().empty().
  [[nodiscard]] Result<void> CheckTarget() const;

  [[nodiscard]] LiveOptions MakeOptions() const;

 private:
  void AddTimeouts(Flags& flags);

  std::string host_;
  std::string ca_file_;
  bool insecure_ = false;
  bool allow_host_ = false;
  std::uint64_t threads_ = 1;
  std::optional<VirtualTime> timeout_;
  std::optional<VirtualTime> connect_timeout_;
  std::optional<VirtualTime> send_timeout_;
  std::optional<VirtualTime> first_byte_timeout_;
  std::optional<VirtualTime> idle_timeout_;
  std::optional<VirtualTime> body_timeout_;
  std::uint64_t redirects_max_ = 30;
  bool no_redirects_ = false;
  std::vector<std::string> redirect_hosts_;
  bool no_cookies_ = false;
  bool no_compression_ = false;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_LIVE_FLAGS_H_
