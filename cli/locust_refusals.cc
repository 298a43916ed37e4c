#include "cli/locust_refusals.h"

#include <algorithm>

namespace redrive {
namespace {

constexpr std::string_view kWeb =
    "Redrive has no web page: a run starts at once; see it with --print-stats, keep it with --csv";
constexpr std::string_view kOneProcess =
    "Redrive drives all users from one process: leave it out, or start one run per machine with "
    "another --seed";
constexpr std::string_view kLog =
    "Redrive keeps no log: notes and tables go to stderr (2>FILE keeps them, -q silences progress)";
constexpr std::string_view kRetired = "Locust itself has retired it: leave it out";

struct Refusal {
  std::string_view name;
  std::string_view short_name;
  std::string_view why;
};

constexpr Refusal kRefusals[] = {
    {"--web-host", "", kWeb},
    {"--web-port", "-P", kWeb},
    {"--web-base-path", "", kWeb},
    {"--web-login", "", kWeb},
    {"--web-host-display-name", "", kWeb},
    {"--build-path", "", kWeb},
    {"--tls-cert", "", "it is for Locust's web page; --cacert trusts a target's authority"},
    {"--tls-key", "", "it is for Locust's web page; --cacert trusts a target's authority"},
    {"--autostart", "", "a run always starts at once: leave it out"},
    {"--autoquit", "", "a run always ends the program: leave it out"},
    {"--class-picker", "", "there is no page to pick on: name the user classes behind SCENARIO"},
    {"--master", "", kOneProcess},
    {"--master-bind-host", "", kOneProcess},
    {"--master-bind-port", "", kOneProcess},
    {"--expect-workers", "", kOneProcess},
    {"--expect-workers-max-wait", "", kOneProcess},
    {"--enable-rebalancing", "", kOneProcess},
    {"--worker", "", kOneProcess},
    {"--master-host", "", kOneProcess},
    {"--master-port", "", kOneProcess},
    {"--html", "", "no HTML report is written: --csv and --json-file hold the same numbers"},
    {"--skip-log-setup", "", kLog},
    {"--loglevel", "-L", kLog},
    {"--logfile", "", kLog},
    {"--profile", "", "it is a label for Locust's web page: name the --trace and --csv files"},
    {"--otel", "", "there is no OpenTelemetry export: the --trace file holds every request"},
    {"--slave", "", kRetired},
    {"--expect-slaves", "", kRetired},
    {"--legacy-ui", "", kRetired},
    {"--web-auth", "", kRetired},
};

}  // namespace

std::string_view LocustRefusal(std::string_view flag) {
  for (const Refusal& refusal : kRefusals) {
    if (flag == refusal.name || (!refusal.short_name.empty() && flag == refusal.short_name)) {
      return refusal.why;
    }
  }
  return "";
}

std::vector<std::string_view> RefusedLocustFlags() {
  std::vector<std::string_view> names;
  for (const Refusal& refusal : kRefusals) names.push_back(refusal.name);
  return names;
}

const std::vector<std::pair<std::string_view, std::string_view>>& LocustVariables() {
  static const std::vector<std::pair<std::string_view, std::string_view>> variables = {
      {"LOCUST_LOCUSTFILE", "--locustfile"},
      {"LOCUST_HOST", "--host"},
      {"LOCUST_USERS", "--users"},
      {"LOCUST_SPAWN_RATE", "--spawn-rate"},
      {"LOCUST_RUN_TIME", "--run-time"},
      {"LOCUST_CONFIG_USERS", "--config-users"},
      {"LOCUST_USER_CLASSES", ""},
      {"LOCUST_WEB_HOST", "--web-host"},
      {"LOCUST_WEB_PORT", "--web-port"},
      {"LOCUST_WEB_BASE_PATH", "--web-base-path"},
      {"LOCUST_WEB_LOGIN", "--web-login"},
      {"LOCUST_TLS_CERT", "--tls-cert"},
      {"LOCUST_TLS_KEY", "--tls-key"},
      {"LOCUST_HEADLESS", "--headless"},
      {"LOCUST_AUTOSTART", "--autostart"},
      {"LOCUST_AUTOQUIT", "--autoquit"},
      {"LOCUST_USERCLASS_PICKER", "--class-picker"},
      {"LOCUST_MODE_MASTER", "--master"},
      {"LOCUST_MASTER_BIND_HOST", "--master-bind-host"},
      {"LOCUST_MASTER_BIND_PORT", "--master-bind-port"},
      {"LOCUST_EXPECT_WORKERS", "--expect-workers"},
      {"LOCUST_EXPECT_WORKERS_MAX_WAIT", "--expect-workers-max-wait"},
      {"LOCUST_MODE_WORKER", "--worker"},
      {"LOCUST_MASTER_NODE_HOST", "--master-host"},
      {"LOCUST_MASTER_NODE_PORT", "--master-port"},
      {"LOCUST_PROCESSES", "--processes"},
      {"LOCUST_TAGS", "--tags"},
      {"LOCUST_EXCLUDE_TAGS", "--exclude-tags"},
      {"LOCUST_CSV", "--csv"},
      {"LOCUST_CSV_FULL_HISTORY", "--csv-full-history"},
      {"LOCUST_PRINT_STATS", "--print-stats"},
      {"LOCUST_ONLY_SUMMARY", "--only-summary"},
      {"LOCUST_RESET_STATS", "--reset-stats"},
      {"LOCUST_HTML", "--html"},
      {"LOCUST_SKIP_LOG_SETUP", "--skip-log-setup"},
      {"LOCUST_LOGLEVEL", "--loglevel"},
      {"LOCUST_LOGFILE", "--logfile"},
      {"LOCUST_EXIT_CODE_ON_ERROR", "--exit-code-on-error"},
      {"LOCUST_STOP_TIMEOUT", "--stop-timeout"},
      {"LOCUST_ENABLE_OPENTELEMETRY", "--otel"},
  };
  return variables;
}

}  // namespace redrive
