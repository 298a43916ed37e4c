// Campaign: the exploration of many cases, on several threads or machines. Reports of the parts of
// a campaign are joined without coordination: the same campaign, whole or in parts, finds the same.
#ifndef REDRIVE_REPLAYER_CAMPAIGN_H_
#define REDRIVE_REPLAYER_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "recorder/case.h"
#include "replayer/explore_case.h"

namespace redrive {

// One case of a campaign and what came of it.
struct CampaignCase {
  std::uint64_t number = 0;               // from 0, in the order of picking
  std::string title;                      // "POST portal/tickets × POST portal/tickets"
  std::string conflict;                   // what they meet on
  std::vector<std::uint64_t> operations;  // of the trace
  ExploreReport report;
};

struct CampaignReport {
  std::string command;       // that made it, without --shard, --jobs and --report: its identity
  std::uint32_t shards = 1;  // of the whole campaign
  std::vector<std::uint32_t> parts;  // the shards that are in here, ascending
  bool all = false;                  // went on behind the first finding of a case
  std::vector<CampaignCase> cases;
};

struct CampaignInput {
  std::string title;
  std::string conflict;
  std::vector<std::uint64_t> operations;
  Case source;
};

struct CampaignOptions {
  ExploreOptions explore;
  std::uint32_t jobs = 1;  // threads
  // Called from any thread, one at a time, when a case has ended.
  std::function<void(const CampaignCase&, std::size_t ended)> on_case;
};

// Errors (kInvalid): a case, its checks, or the strategy's name.
[[nodiscard]] Result<CampaignReport> RunCampaign(const std::vector<CampaignInput>& inputs,
                                                 const CampaignOptions& options);

// Joins parts of one campaign. Errors (kInvalid): parts of different campaigns, a part twice.
[[nodiscard]] Result<CampaignReport> MergeCampaigns(std::vector<CampaignReport> parts);

// Parts that are missing, or "".
std::string MissingParts(const CampaignReport& report);

// As the program exits: a violation anywhere, else inconclusive anywhere or a part missing, else 0.
int ExitCode(const CampaignReport& report);

std::string CampaignToJson(const CampaignReport& report);
// Accepts what CampaignToJson writes. Errors (kInvalid) name `where` and what was expected.
[[nodiscard]] Result<CampaignReport> CampaignFromJson(std::string_view text,
                                                      const std::string& where);

// For people: a line for each case, findings in full.
std::string CampaignToText(const CampaignReport& report);
std::string ExploreToText(const ExploreReport& report);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CAMPAIGN_H_
