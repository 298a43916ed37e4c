#include "cli/text.h"

#include <array>

namespace redrive {

std::string TimeText(std::int64_t nanoseconds) {
  struct Unit {
    std::int64_t size;
    const char* name;
  };
  constexpr std::array<Unit, 4> kUnits = {
      {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}, {1, " ns"}}};
  const std::int64_t magnitude = nanoseconds < 0 ? -nanoseconds : nanoseconds;
  for (const Unit& unit : kUnits) {
    if (magnitude < unit.size && unit.size != 1) continue;
    const std::int64_t whole = magnitude / unit.size;
    std::string text = (nanoseconds < 0 ? "-" : "") + std::to_string(whole);
    const int decimals = unit.size == 1 || whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    if (decimals > 0) {
      std::string fraction = std::to_string(magnitude % unit.size * 100 / unit.size);
      fraction.insert(0, 2 - fraction.size(), '0');
      fraction.resize(static_cast<std::size_t>(decimals));
      while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
      if (!fraction.empty()) text += "." + fraction;
    }
    return text + unit.name;
  }
  return "0 ns";
}

std::string LatenessText(const Lateness& lateness) {
  return "lateness of " + std::to_string(lateness.count) + " sends: p50 " +
         TimeText(lateness.p50_ns) + ", p99 " + TimeText(lateness.p99_ns) + ", max " +
         TimeText(lateness.max_ns);
}

std::string ConnectionsText(const ConnectionCounts& counts) {
  std::string text = "connections: " + std::to_string(counts.opened) + " opened";
  if (counts.reopened > 0) text += ", " + std::to_string(counts.reopened) + " of them again";
  if (counts.failed > 0) text += "; " + std::to_string(counts.failed) + " failed";
  if (counts.backoff.count() > 0) {
    text += "; users waited " + TimeText(counts.backoff.count()) + " in all before trying again";
  }
  if (counts.handshakes > 0) {
    text += "; TLS sessions resumed " + std::to_string(counts.resumed) + "/" +
            std::to_string(counts.handshakes);
  }
  if (counts.resent > 0) text += "; " + std::to_string(counts.resent) + " requests sent again";
  if (counts.redirects > 0) {
    text += "; " + std::to_string(counts.redirects) + " redirects followed";
  }
  return text;
}

}  // namespace redrive
