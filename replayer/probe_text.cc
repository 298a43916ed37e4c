#include "replayer/probe_text.h"

#include <nlohmann/json.hpp>

#include "replayer/threshold.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFindingsTold = 3;

std::string_view KindName(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kCounter:
      return "counter";
    case ProbeKind::kGauge:
      return "gauge";
    case ProbeKind::kFinal:
      return "final";
    case ProbeKind::kFree:
      break;
  }
  return "free";
}

std::string_view UnitName(ProbeUnit unit) {
  switch (unit) {
    case ProbeUnit::kBytes:
      return "MB";
    case ProbeUnit::kTime:
      return "ms";
    case ProbeUnit::kShare:
      return "share";
    case ProbeUnit::kCount:
      break;
  }
  return "1";
}

std::string SeriesText(const ProbeSeries& series) {
  const ProbeUnit unit = series.metric().unit;
  std::string text(series.label().empty() ? series.metric().name : series.label());
  const bool gauge =
      series.metric().kind == ProbeKind::kGauge || series.metric().kind == ProbeKind::kFree;
  if (gauge) {
    text += " median " + ProbeValueText(unit, series.Quantile(50'000)) + ", max " +
            ProbeValueText(unit, series.max());
  } else {
    text += " " + ProbeValueText(unit, series.last().value);
  }
  return text + (series.at_least.empty() ? "" : " or more");
}

Json SeriesToJson(const ProbeSeries& series) {
  Json points = Json::array();
  for (const ProbePoint& point : series.points()) {
    points.push_back({point.at_ns / 1'000'000, static_cast<double>(point.value) / 1e6});
  }
  Json json = {{"metric", series.metric().name}};
  if (!series.label().empty()) json["name"] = series.label();
  json["kind"] = KindName(series.metric().kind);
  json["unit"] = UnitName(series.metric().unit);
  json["samples"] = series.samples();
  if (series.samples() > 0) {
    json["min"] = static_cast<double>(series.min()) / 1e6;
    json["median"] = static_cast<double>(series.Quantile(50'000)) / 1e6;
    json["max"] = static_cast<double>(series.max()) / 1e6;
    json["last"] = static_cast<double>(series.last().value) / 1e6;
  }
  if (!series.at_least.empty()) json["at_least_because"] = series.at_least;
  json["points_ms_value"] = std::move(points);
  return json;
}

Json ToJson(const std::vector<ProbeReport>& reports) {
  Json list = Json::array();
  for (const ProbeReport& report : reports) {
    Json json = {{"source", report.source}, {"flag", report.flag}};
    if (!report.problem.empty()) json["not_measured_because"] = report.problem;
    json["samples"] = report.samples;
    json["failed_samples"] = report.failed_samples;
    json["findings"] = report.findings;
    json["notes"] = report.notes;
    Json series = Json::array();
    for (const ProbeSeries& one : report.series) series.push_back(SeriesToJson(one));
    json["series"] = std::move(series);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

std::string ProbesToText(const std::vector<ProbeReport>& reports) {
  std::string text;
  for (const ProbeReport& report : reports) {
    text += "probe " + report.source + ": ";
    std::string figures;
    for (const ProbeSeries& series : report.series) {
      if (series.samples() == 0) continue;
      figures += (figures.empty() ? "" : " · ") + SeriesText(series);
    }
    if (figures.empty()) figures = "not measured";
    text += figures + "\n";
    if (!report.problem.empty()) text += "  not measured: " + report.problem + "\n";
    for (std::size_t i = 0; i < report.findings.size() && i < kFindingsTold; ++i) {
      text += "  slow: " + report.findings[i] + "\n";
    }
    if (report.findings.size() > kFindingsTold) {
      text += "  … and " + std::to_string(report.findings.size() - kFindingsTold) +
              " more in --probes-json\n";
    }
    for (const std::string& note : report.notes) text += "  note: " + note + "\n";
  }
  return text;
}

std::string ProbesToJson(const std::vector<ProbeReport>& reports) {
  return ToJson(reports).dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string ProbeFileJson(std::int64_t started_unix_ns, const std::vector<ProbeReport>& reports) {
  const Json document = {{"started_unix_ms", started_unix_ns / 1'000'000},
                         {"probes", ToJson(reports)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace redrive
