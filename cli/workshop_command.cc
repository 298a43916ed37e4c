// redrive workshop: the embedded workshop as a real HTTP server.
#include <csignal>
#include <cstdio>
#include <thread>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "recorder/net/server.h"
#include "recorder/workshop/workshop.h"

namespace redrive {
namespace {

struct WorkshopFlags {
  std::string listen = "127.0.0.1:8001";
  std::string bugs = "as-is";
  std::string certificate;
  std::string key;
  std::uint64_t seed = 42;
  std::uint64_t threads = 2;
  std::uint64_t op_delay_us = 2000;
  bool no_rate_limits = false;
  bool bugs_list = false;
};

// "127.0.0.1:8001", "[::1]:8001" or ":8001".
Result<void> ParseListen(const std::string& text, ServerOptions* options) {
  const std::size_t colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool good = !digits.empty() && digits.size() <= 5 &&
                    digits.find_first_not_of("0123456789") == std::string::npos &&
                    std::stoul(digits) <= 65535;
  if (!good) {
    return Error{ErrorCode::kInvalid,
                 "--listen '" + text + "': expected ADDRESS:PORT, as in 127.0.0.1:8001"};
  }
  options->port = static_cast<std::uint16_t>(std::stoul(digits));
  std::string address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  if (!address.empty()) options->address = address;
  return {};
}

Result<workshop::WorkshopOptions> MakeWorkshop(const WorkshopFlags& flags) {
  workshop::WorkshopOptions options;
  const Result<workshop::BugSet> bugs = workshop::BugSet::Parse(flags.bugs);
  if (bugs.has_error()) return bugs.error();
  options.bugs = *bugs;
  options.seed = flags.seed;
  options.rate_limits = !flags.no_rate_limits && FromEnvironment("TESTING") != "1";
  options.security_headers = true;
  options.threads = workshop::Store::Threads::kMany;
  options.admin_email = FromEnvironment("TEST_EMAIL").value_or(options.admin_email);
  options.admin_password = FromEnvironment("TEST_PASSWORD").value_or(options.admin_password);
  return options;
}

int Serve(workshop::Workshop& workshop, const ServerOptions& options) {
  // Blocked here and in all threads that the server starts; only the waiter below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  Result<std::unique_ptr<HttpServer>> server = HttpServer::Listen(workshop, options);
  if (server.has_error()) return Fail(server.error());
  std::printf("workshop on %s (Ctrl-C ends it)\n", (*server)->url().c_str());
  std::fflush(stdout);
  std::thread waiter([&signals, &server] {
    int signal = 0;
    sigwait(&signals, &signal);
    (*server)->Stop();
  });
  (*server)->Run();
  waiter.join();
  std::printf("%llu requests answered\n", static_cast<unsigned long long>((*server)->requests()));
  return kExitPass;
}

}  // namespace

int WorkshopCommand(const Arguments& arguments) {
  WorkshopFlags workshop_flags;
  Flags flags("workshop",
              "Serves the embedded workshop over HTTP(S), to try everything on. TEST_EMAIL and "
              "TEST_PASSWORD set its administrator, TESTING=1 turns its rate limits off.",
              "redrive workshop --listen 127.0.0.1:8001");
  flags.AddText("--listen", &workshop_flags.listen,
                "where; port 0 takes a free one (default 127.0.0.1:8001)");
  flags.AddText("--workshop", &workshop_flags.bugs,
                "as-is (default), fixed, or a comma list of planted bugs");
  flags.AddSwitch("--list-bugs", &workshop_flags.bugs_list, "print the planted bugs and end");
  flags.AddNumber("--threads", &workshop_flags.threads, "of the server (default 2)", 1, 64);
  flags.AddNumber("--op-delay-us", &workshop_flags.op_delay_us,
                  "a data operation takes a random time up to this (default 2000)", 0, 10'000'000);
  flags.AddNumber("-s,--seed", &workshop_flags.seed, "of ids, tokens and delays (default 42)");
  flags.AddText("--tls-cert", &workshop_flags.certificate, "PEM certificate chain: serve HTTPS");
  flags.AddText("--tls-key", &workshop_flags.key, "PEM private key");
  flags.AddSwitch("--no-rate-limits", &workshop_flags.no_rate_limits, "as with TESTING=1");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  if (workshop_flags.bugs_list) {
    for (const workshop::BugInfo& bug : workshop::AllBugs()) {
      std::printf("%-36s %s\n", std::string(bug.name).c_str(),
                  std::string(bug.description).c_str());
    }
    return kExitPass;
  }

  ServerOptions options;
  const Result<void> parsed = ParseListen(workshop_flags.listen, &options);
  if (parsed.has_error()) return Fail(parsed.error());
  if (workshop_flags.certificate.empty() != workshop_flags.key.empty()) {
    return Fail(Error{ErrorCode::kInvalid, "--tls-cert and --tls-key go together"});
  }
  options.tls_certificate_file = workshop_flags.certificate;
  options.tls_key_file = workshop_flags.key;
  options.threads = static_cast<unsigned>(workshop_flags.threads);
  options.op_delay_max = std::chrono::microseconds(workshop_flags.op_delay_us);
  options.seed = workshop_flags.seed;
  const Result<workshop::WorkshopOptions> made = MakeWorkshop(workshop_flags);
  if (made.has_error()) return Fail(made.error());
  workshop::Workshop workshop(*made);
  return Serve(workshop, options);
}

}  // namespace redrive
