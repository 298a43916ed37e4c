// The layout of each record of a trace, stated once for writing and reading. For
// trace_encoder.cc and trace_decoder.cc only; docs/TRACE_FORMAT.md is the specification.
#ifndef REDRIVE_RECORDER_TRACE_FIELDS_H_
#define REDRIVE_RECORDER_TRACE_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "recorder/trace_codec.h"

namespace redrive::trace_fields {

inline constexpr std::size_t kNamesMax = 65'536;  // per chunk; further ones are written out
inline constexpr std::uint32_t kUnnamed = 0xffffffffU;
inline constexpr std::size_t kValueNameMax = 256;     // longer header values are written out
inline constexpr std::uint8_t kLittleEndianMark = 1;  // of cereal's portable archive

// The layouts. `record` is const for Out and not for In.
template <typename Io, typename Spec>
void SpecFields(Io& io, Spec& spec) {
  const auto name = [&](auto& text) { io.Name(text); };
  io.Text(spec.scenario_name);
  io.Text(spec.scenario_json);
  io.Number(spec.seed);
  io.Number(spec.users);
  io.Number(spec.spawn_rate_milli);
  io.Number(spec.run_time_ns);
  io.Text(spec.pacing);
  io.Text(spec.workshop);
  io.Text(spec.strategy);
  io.Number(spec.epoch_seconds);
  io.List(spec.user_classes, kListMax, 4, name);
  io.List(spec.tags, kListMax, 4, name);
  io.List(spec.exclude_tags, kListMax, 4, name);
  io.List(spec.settings, kListMax, 8, [&](auto& setting) {
    io.Text(setting.first);
    io.Text(setting.second);
  });
}

template <typename Io, typename Headers>
void HeaderFields(Io& io, Headers& headers) {
  io.List(headers, kHeadersMax, 8, [&](auto& header) {
    io.Name(header.name);
    io.Value(header.value);
  });
}

template <typename Io, typename R>
void Fields(Io& io, R& r) {
  using Record = std::remove_const_t<R>;
  if constexpr (std::is_same_v<Record, TraceHeader>) {
    io.Text(r.redrive_version);
    io.Enum(r.target_kind, TargetKind::kGate);
    io.Text(r.target);
    SpecFields(io, r.spec);
    io.Number(r.plan_digest);
    io.Number(r.started_unix_ns);
  } else if constexpr (std::is_same_v<Record, InvokeRecord>) {
    io.Number(r.operation);
    io.Number(r.sequence);
    io.Enum(r.phase, Phase::kAudit);
    io.Number(r.task);
    io.Number(r.user);
    io.Number(r.iteration);
    io.Number(r.step);
    io.Name(r.user_class);
    io.Name(r.action);
    io.Name(r.name);
    io.Number(r.intended_ns);
    io.Number(r.sent_ns);
    io.Name(r.request.method);
    io.Text(r.request.target);
    HeaderFields(io, r.request.headers);
    io.Text(r.request.body);
  } else if constexpr (std::is_same_v<Record, ReturnRecord>) {
    io.Number(r.operation);
    io.Number(r.sequence);
    io.Number(r.done_ns);
    io.Enum(r.error, SendError::kRedirect);
    io.Text(r.message);
    io.Enum(r.outcome, Outcome::kInfo);
    io.Flag(r.accepted);
    io.Text(r.failure);
    io.Number(r.response.status);
    HeaderFields(io, r.response.headers);
    io.Text(r.response.body);
  } else if constexpr (std::is_same_v<Record, StepRecord>) {
    io.Number(r.sequence);
    io.Number(r.at_ns);
    io.Number(r.task);
    io.Number(r.operation);
    io.Name(r.label);
    io.Name(r.resource);
    io.Enum(r.mode, Mode::kWrite);
  } else if constexpr (std::is_same_v<Record, Schedule>) {
    io.List(r, kDecisionsPerRecord, 13, [&](auto& decision) {
      io.Number(decision.value);
      io.Number(decision.bound);
      io.Number(decision.fingerprint);
      io.Enum(decision.kind, DecisionKind::kDraw);
    });
  } else {
    static_assert(std::is_same_v<Record, EndRecord>);
    io.Enum(r.ending, Ending::kRedundant);
    io.Number(r.digest);
    io.Number(r.unseed);
    io.Number(r.events);
    io.Number(r.started);
    io.Number(r.ok);
    io.Number(r.fail);
    io.Number(r.info);
    io.Number(r.dropped);
    io.Number(r.duration_ns);
    if (io.version() >= 2) io.Optional(r.arrivals_dropped);
  }
}

}  // namespace redrive::trace_fields

#endif  // REDRIVE_RECORDER_TRACE_FIELDS_H_
