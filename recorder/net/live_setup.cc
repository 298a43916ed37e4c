#include "recorder/net/live_setup.h"

#include <utility>

namespace redrive {

Result<std::unique_ptr<LiveSetup>> LiveSetup::Make(const RunSpec& spec, const HttpOptions& http) {
  auto setup = std::make_unique<LiveSetup>();
  setup->spec = spec;
  const std::string file = spec.scenario_name.empty() ? "scenario" : spec.scenario_name;
  auto scenario = ParseScenario(setup->spec.scenario_json, file, EnvFromSettings(spec));
  if (!scenario) return scenario.error();
  setup->scenario = std::move(*scenario);
  auto plan = Plan::Make(setup->scenario, setup->spec);
  if (!plan) return plan.error();
  setup->plan.emplace(std::move(*plan));
  auto target = HttpTarget::Open(http);
  if (!target) return target.error();
  setup->target = std::move(*target);
  return setup;
}

TraceHeader LiveSetup::Header(std::int64_t started_unix_ns) const {
  const Url& url = target->url();
  TraceHeader header;
  header.target_kind = TargetKind::kLive;
  header.target = (url.scheme == Scheme::kHttps ? "https://" : "http://") + url.Authority() +
                  url.base_path;  // without user and password
  header.spec = spec;
  header.plan_digest = plan->digest();
  header.started_unix_ns = started_unix_ns;
  return header;
}

TransportFactory LiveSetup::Transports(LiveWorld& world) const {
  return [&world, shared = target](std::uint32_t) { return MakeHttpTransport(world, shared); };
}

LiveRunLimits LiveSetup::Limits(const LiveOptions& options, VirtualTime time_max) const {
  LiveRunLimits limits;
  limits.stop = options.stop;
  limits.on_tick = options.on_tick;
  const VirtualTime longest = limits.time_max;  // a week
  limits.time_max = time_max < longest ? time_max + options.overtime_max : longest;
  return limits;
}

Lateness LatenessOf(const Histogram& histogram) {
  Lateness lateness;
  lateness.count = histogram.count();
  lateness.p50_ns = histogram.Quantile(1, 2);
  lateness.p99_ns = histogram.Quantile(99, 100);
  lateness.max_ns = histogram.max();
  return lateness;
}

EndRecord MakeLiveEnd(const RunOutcome& outcome) {
  EndRecord end;
  end.ending = outcome.ending;
  end.events = outcome.events;
  end.started = outcome.counts.started;
  end.ok = outcome.counts.ok;
  end.fail = outcome.counts.fail;
  end.info = outcome.counts.info + outcome.counts.in_flight;  // cut off: it may have happened
  end.duration_ns = outcome.duration.count();
  end.arrivals_dropped = outcome.counts.dropped;
  return end;
}

}  // namespace redrive
