// The console tables of recorder/locust_report.h.
#include <algorithm>
#include <cstdio>

#include "recorder/locust_report.h"

namespace redrive {
namespace {

constexpr std::size_t kTypeWidth = 8;

// 80 columns for the name, fewer on a terminal narrower than 160.
std::size_t NameWidth(std::size_t terminal_columns) {
  if (terminal_columns == 0) return 80;
  return terminal_columns <= 80 ? 0 : std::min<std::size_t>(terminal_columns - 80, 80);
}

// The first table saves characters elsewhere and gives them to the name.
std::size_t CompactWidth(std::size_t name_width) {
  return name_width < kTypeWidth ? 0 : name_width - kTypeWidth + 4;
}

// Columns of a terminal, not bytes: continuation bytes of UTF-8 take none.
std::string Left(const std::string& text, std::size_t width) {
  const auto columns = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
  return text + std::string(columns < width ? width - columns : 0, ' ');
}

std::string Right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string Cut(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

std::string TwoDecimals(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string MedianText(const LocustEntry& entry) {
  const auto median = static_cast<double>(entry.times.Median(entry.requests));
  return Cut(std::clamp(median, entry.min_ms, std::max(entry.min_ms, entry.max_ms)));
}

struct Rates {
  double requests = 0;
  double failures = 0;
};

std::string SummaryRow(const LocustEntry& entry, const Rates& rates, std::size_t width) {
  const std::string fails =
      std::to_string(entry.failures) + "(" + TwoDecimals(entry.FailRatio() * 100) + "%)";
  const std::string type = entry.method.empty() ? "" : entry.method + " ";
  return Left(type, kTypeWidth) + ' ' + Left(entry.name, width) + ' ' +
         Right(std::to_string(entry.requests), 7) + ' ' + Right(fails, 12) + " |" +
         Right(Cut(entry.Average()), 7) + ' ' + Right(Cut(entry.min_ms), 7) + ' ' +
         Right(Cut(entry.max_ms), 7) + Right(MedianText(entry), 7) + " | " +
         Right(TwoDecimals(rates.requests), 7) + ' ' + Right(TwoDecimals(rates.failures), 11) +
         '\n';
}

std::string Line(std::size_t count) { return std::string(count, '-'); }

template <class RatesOf>
std::string SummaryTable(const LocustStatistics& statistics, std::size_t width, RatesOf rates_of) {
  const std::string rule = Line(kTypeWidth) + "|" + Line(width) + "|" + Line(7) + "|" + Line(13) +
                           "|" + Line(7) + "|" + Line(7) + "|" + Line(7) + "|" + Line(7) + "|" +
                           Line(8) + "|" + Line(11) + "\n";
  std::string text = Left("Type", kTypeWidth) + ' ' + Left("Name", width) +
                     "  # reqs      # fails |    Avg     Min     Max    Med |   req/s  "
                     "failures/s\n" +
                     rule;
  for (const LocustEntry* entry : statistics.Sorted()) {
    text += SummaryRow(*entry, rates_of(*entry), width);
  }
  return text + rule + SummaryRow(statistics.total(), rates_of(statistics.total()), width) + "\n";
}

std::string PercentileRow(const LocustEntry& entry, std::size_t width) {
  std::string text = Left(entry.method, kTypeWidth) + ' ' + Left(entry.name, width) + ' ';
  bool first = true;
  for (const double percent : kLocustPercentiles) {
    text += Right(std::to_string(entry.Percentile(percent)), first ? 8 : 6) + ' ';
    first = false;
  }
  return text + Right(std::to_string(entry.requests), 6) + '\n';
}

std::string PercentileTable(const LocustStatistics& statistics, std::size_t width) {
  std::string rule = Line(kTypeWidth) + "|" + Line(width) + "|" + Line(8);
  for (std::size_t i = 0; i < kLocustPercentiles.size(); ++i) rule += "|" + Line(6);
  rule += '\n';
  std::string text = "Response time percentiles (approximated)\n" + Left("Type", kTypeWidth) + ' ' +
                     Left("Name", width) +
                     "      50%    66%    75%    80%    90%    95%    98%    99%  99.9% 99.99%   "
                     "100% # reqs\n" +
                     rule;
  for (const LocustEntry* entry : statistics.Sorted()) {
    if (!entry->times.empty()) text += PercentileRow(*entry, width);
  }
  text += rule;
  if (!statistics.total().times.empty()) text += PercentileRow(statistics.total(), width);
  return text + "\n";
}

// CatchResponseError('text') shows its text alone.
std::string Unwrapped(const std::string& error) {
  constexpr std::string_view kWrapper = "CatchResponseError(";
  if (!error.starts_with(kWrapper) || error.size() < kWrapper.size() + 3) return error;
  return error.substr(kWrapper.size() + 1, error.size() - kWrapper.size() - 3);
}

std::string ErrorReport(const LocustStatistics& statistics, std::size_t width) {
  if (statistics.failures().empty()) return "";
  const std::string rule = Line(18) + "|" + Line(80 + width - 19) + "\n";
  std::string text = "Error report\n# occurrences      " + Left("Error", 100) + "\n" + rule;
  for (const LocustFailure& row : statistics.failures()) {
    const std::string place = row.method.empty() ? "" : row.method + " " + row.name + ": ";
    text += Left(std::to_string(row.occurrences), 18) + ' ' +
            Left(place + Unwrapped(row.error), 100) + "\n";
  }
  return text + rule;
}

}  // namespace

std::string LocustCurrentTable(const LocustStatistics& statistics, std::int64_t now_unix_seconds,
                               std::size_t terminal_columns) {
  const auto rates = [&](const LocustEntry& entry) {
    return Rates{statistics.CurrentRate(entry.requests_per_second, now_unix_seconds),
                 statistics.CurrentRate(entry.failures_per_second, now_unix_seconds)};
  };
  return SummaryTable(statistics, CompactWidth(NameWidth(terminal_columns)), rates);
}

std::string LocustFinalTables(const LocustStatistics& statistics, std::size_t terminal_columns) {
  const std::size_t width = NameWidth(terminal_columns);
  const auto rates = [&statistics](const LocustEntry& entry) {
    return Rates{statistics.TotalRate(entry.requests), statistics.TotalRate(entry.failures)};
  };
  return SummaryTable(statistics, CompactWidth(width), rates) + PercentileTable(statistics, width) +
         ErrorReport(statistics, width);
}

}  // namespace redrive
