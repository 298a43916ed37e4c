#include "replayer/campaign.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

namespace redrive {
namespace {

// A case, or one of its parts when there are fewer cases than threads.
struct Work {
  std::size_t input = 0;
  Shard shard;
};

int Severity(ExploreEnding ending) {
  switch (ending) {
    case ExploreEnding::kViolation:
      return 3;
    case ExploreEnding::kInconclusive:
      return 2;
    case ExploreEnding::kCleanWithinBounds:
      return 1;
    case ExploreEnding::kClean:
      break;
  }
  return 0;
}

std::size_t StrategyPlace(const ExploreReport& report, const std::string& name) {
  const auto& list = report.strategies;
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const StrategyReport& s) { return s.name == name; });
  return static_cast<std::size_t>(at - list.begin());
}

void MergeStrategies(const ExploreReport& part, ExploreReport* into) {
  for (const StrategyReport& strategy : part.strategies) {
    const auto same =
        std::find_if(into->strategies.begin(), into->strategies.end(),
                     [&](const StrategyReport& other) { return other.name == strategy.name; });
    if (same == into->strategies.end()) {
      into->strategies.push_back(strategy);
      continue;
    }
    same->executions += strategy.executions;
    same->redundant += strategy.redundant;
    same->preemptions = std::max(same->preemptions, strategy.preemptions);
    same->complete = same->complete || strategy.complete;
    if (same->note.empty()) same->note = strategy.note;
  }
}

void MergeFindings(const ExploreReport& part, bool all, ExploreReport* into) {
  for (const ExploreFinding& finding : part.findings) {
    const auto same = std::find_if(
        into->findings.begin(), into->findings.end(), [&](const ExploreFinding& other) {
          return other.oracle == finding.oracle && other.shape == finding.shape;
        });
    if (same == into->findings.end()) {
      into->findings.push_back(finding);
      continue;
    }
    const std::uint64_t seen = same->seen + finding.seen;
    const auto place = [&](const ExploreFinding& f) {
      return std::tuple(StrategyPlace(*into, f.strategy), f.execution);
    };
    if (place(finding) < place(*same)) *same = finding;
    same->seen = seen;
  }
  std::stable_sort(into->findings.begin(), into->findings.end(),
                   [&](const ExploreFinding& a, const ExploreFinding& b) {
                     return std::tuple(StrategyPlace(*into, a.strategy), a.execution) <
                            std::tuple(StrategyPlace(*into, b.strategy), b.execution);
                   });
  if (all || into->findings.empty()) return;
  // Alone, the campaign would have stopped at the first execution that showed anything.
  const ExploreFinding first = into->findings.front();
  std::erase_if(into->findings, [&](const ExploreFinding& finding) {
    return finding.strategy != first.strategy || finding.execution != first.execution;
  });
}

void MergeReport(const ExploreReport& part, bool all, ExploreReport* into) {
  MergeStrategies(part, into);
  MergeFindings(part, all, into);
  into->executions += part.executions;
  into->outcomes = std::max(into->outcomes, part.outcomes);
  into->audited += part.audited;
  if (into->estimate.empty()) into->estimate = part.estimate;
  for (const std::string& note : part.notes) {
    const auto& notes = into->notes;
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) into->notes.push_back(note);
  }
  // Who searched everything knows more than who searched a part.
  const bool better = Severity(part.ending) > Severity(into->ending);
  const bool clean =
      part.ending == ExploreEnding::kClean && into->ending == ExploreEnding::kCleanWithinBounds;
  const bool stays =
      into->ending == ExploreEnding::kClean && part.ending == ExploreEnding::kCleanWithinBounds;
  if ((better && !stays) || clean) {
    into->ending = part.ending;
    into->text = part.text;
  }
}

class Pool {
 public:
  Pool(const std::vector<CampaignInput>& inputs, const CampaignOptions& options)
      : inputs_(inputs), options_(options) {
    const std::uint32_t split =
        inputs.size() >= options.jobs || inputs.empty()
            ? 1
            : static_cast<std::uint32_t>((options.jobs + inputs.size() - 1) / inputs.size());
    const Shard shard = options.explore.shard;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (std::uint32_t part = 0; part < split; ++part) {
        work_.push_back(Work{i, Shard{shard.index * split + part, shard.count * split}});
      }
    }
    reports_.resize(work_.size());
  }

  Result<std::vector<CampaignCase>> Run() {
    std::vector<std::thread> threads;
    for (std::uint32_t i = 1; i < options_.jobs; ++i) threads.emplace_back([this] { Loop(); });
    Loop();
    for (std::thread& thread : threads) thread.join();
    if (error_) return *error_;
    std::vector<CampaignCase> cases;
    for (std::size_t i = 0; i < work_.size(); ++i) {
      if (!reports_[i]) continue;
      if (!cases.empty() && cases.back().number == work_[i].input) {
        MergeReport(*reports_[i], options_.explore.all, &cases.back().report);
      } else {
        cases.push_back(CaseOf(work_[i].input, std::move(*reports_[i])));
      }
    }
    return cases;
  }

 private:
  [[nodiscard]] CampaignCase CaseOf(std::size_t number, ExploreReport report) const {
    const CampaignInput& input = inputs_[number];
    return {number, input.title, input.conflict, input.operations, std::move(report)};
  }

  void Loop() {
    for (std::size_t i = next_++; i < work_.size(); i = next_++) {
      ExploreOptions explore = options_.explore;
      explore.shard = work_[i].shard;
      explore.case_number = work_[i].input;
      Result<ExploreReport> report = ExploreCase(inputs_[work_[i].input].source, explore);
      const std::scoped_lock lock(mutex_);
      if (report.has_error()) {
        if (!error_) {
          error_ = report.error();
          error_->message = inputs_[work_[i].input].title + ": " + error_->message;
        }
        return;
      }
      reports_[i] = std::move(*report);
      if (options_.on_case) options_.on_case(CaseOf(work_[i].input, *reports_[i]), ++ended_);
    }
  }

  const std::vector<CampaignInput>& inputs_;
  const CampaignOptions& options_;
  std::vector<Work> work_;
  std::vector<std::optional<ExploreReport>> reports_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::optional<Error> error_;
  std::size_t ended_ = 0;
};

}  // namespace

Result<CampaignReport> RunCampaign(const std::vector<CampaignInput>& inputs,
                                   const CampaignOptions& options) {
  Pool pool(inputs, options);
  Result<std::vector<CampaignCase>> cases = pool.Run();
  if (cases.has_error()) return cases.error();
  CampaignReport report;
  report.shards = options.explore.shard.count;
  report.parts = {options.explore.shard.index};
  report.all = options.explore.all;
  report.cases = std::move(*cases);
  return report;
}

Result<CampaignReport> MergeCampaigns(std::vector<CampaignReport> parts) {
  const auto invalid = [](std::string message) {
    return Error{ErrorCode::kInvalid, std::move(message)};
  };
  if (parts.empty()) return invalid("no report to merge");
  std::sort(parts.begin(), parts.end(),
            [](const CampaignReport& a, const CampaignReport& b) { return a.parts < b.parts; });
  CampaignReport merged = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    CampaignReport& part = parts[i];
    if (part.command != merged.command || part.shards != merged.shards) {
      return invalid("these are parts of different campaigns: '" + merged.command + "' in " +
                     std::to_string(merged.shards) + " parts, and '" + part.command + "' in " +
                     std::to_string(part.shards));
    }
    if (part.cases.size() != merged.cases.size()) {
      return invalid(
          "the parts have different numbers of cases: " + std::to_string(merged.cases.size()) +
          " and " + std::to_string(part.cases.size()));
    }
    for (const std::uint32_t shard : part.parts) {
      const auto& have = merged.parts;
      if (std::find(have.begin(), have.end(), shard) != have.end()) {
        return invalid("part " + std::to_string(shard) + "/" + std::to_string(merged.shards) +
                       " is given twice");
      }
      merged.parts.push_back(shard);
    }
    for (std::size_t c = 0; c < merged.cases.size(); ++c) {
      MergeReport(part.cases[c].report, merged.all, &merged.cases[c].report);
    }
  }
  std::sort(merged.parts.begin(), merged.parts.end());
  return merged;
}

std::string MissingParts(const CampaignReport& report) {
  std::string missing;
  for (std::uint32_t shard = 0; shard < report.shards; ++shard) {
    if (std::binary_search(report.parts.begin(), report.parts.end(), shard)) continue;
    missing +=
        (missing.empty() ? "" : ", ") + std::to_string(shard) + "/" + std::to_string(report.shards);
  }
  return missing;
}

int ExitCode(const CampaignReport& report) {
  int code = 0;
  for (const CampaignCase& one : report.cases) {
    const int own = ExitCode(one.report);
    if (own == 1) return 1;
    code = std::max(code, own);
  }
  return code;
}

}  // namespace redrive
