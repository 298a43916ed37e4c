// The last three passes: seed data, values, canonical form.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "replayer/case_edit.h"
#include "replayer/shrinker.h"
#include "replayer/simpler_json.h"

namespace redrive {
namespace {

// Only the check that the failure is of; nothing when another oracle found it.
std::string OnlyCheck(const std::string& checks_json, const std::string& name) {
  const nlohmann::ordered_json checks =
      nlohmann::ordered_json::parse(checks_json, nullptr, /*allow_exceptions=*/false,
                                    /*ignore_comments=*/true);
  nlohmann::ordered_json left = nlohmann::ordered_json::array();
  if (!checks.is_array()) return left.dump();
  for (const nlohmann::ordered_json& check : checks) {
    if (!check.is_object()) continue;
    const std::string kind = check.value("check", std::string());
    if (check.value("name", kind) == name) left.push_back(check);
  }
  return left.dump();
}

// The path without one of its query parameters, for each of them.
std::vector<std::string> ShorterQueries(const std::string& path) {
  std::vector<std::string> shorter;
  const std::size_t question = path.find('?');
  if (question == std::string::npos) return shorter;
  for (std::size_t begin = question + 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('&', begin), path.size());
    std::string left = path.substr(0, begin) + path.substr(std::min(end + 1, path.size()));
    while (left.ends_with('&') || left.ends_with('?')) left.pop_back();
    shorter.push_back(std::move(left));
    begin = end + 1;
  }
  return shorter;
}

// One request with one thing less or simpler, the boldest first.
std::vector<CaseRequest> SimplerRequests(const CaseRequest& request, Simpler what) {
  std::vector<CaseRequest> simpler;
  const auto with = [&](auto change) {
    simpler.push_back(request);
    change(simpler.back());
  };
  if (what == Simpler::kNumbers) {
    if (request.body_kind != BodyKind::kJson) return simpler;
    for (const std::string& body : SimplerBodies(request.body, what)) {
      with([&](CaseRequest& r) { r.body = body; });
    }
    return simpler;
  }
  if (request.body_kind != BodyKind::kNone) {
    with([](CaseRequest& r) {
      r.body_kind = BodyKind::kNone;
      r.body.clear();
    });
  }
  const std::vector<std::string> bodies = request.body_kind == BodyKind::kJson
                                              ? SimplerBodies(request.body, what)
                                              : SimplerTexts(request.body);
  for (const std::string& body : bodies) with([&](CaseRequest& r) { r.body = body; });
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    with([&](CaseRequest& r) {
      r.headers.erase(r.headers.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
  for (const std::string& path : ShorterQueries(request.path)) {
    with([&](CaseRequest& r) { r.path = path; });
  }
  if (!request.expect.empty()) with([](CaseRequest& r) { r.expect.clear(); });
  if (!request.checks_json.empty()) with([](CaseRequest& r) { r.checks_json.clear(); });
  if (!request.accept.empty()) with([](CaseRequest& r) { r.accept.clear(); });
  return simpler;
}

}  // namespace

Result<void> Shrinker::ShrinkSeedData() {
  Progress("seed data");
  const Result<bool> checks = DropChecks();
  if (checks.has_error()) return checks.error();
  const Case audited = best_;
  const Result<bool> audit = DropFrom(audited.audit.size(), [&](const std::vector<bool>& kept) {
    Case candidate = best_;
    candidate.audit.clear();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i]) candidate.audit.push_back(audited.audit[i]);
    }
    DropDeadParts(candidate);
    return candidate;
  });
  if (audit.has_error()) return audit.error();
  const Case prepared = best_;
  const Result<bool> setup = DropFrom(prepared.setup.size(), [&](const std::vector<bool>& kept) {
    return KeepSetup(prepared, kept);
  });
  if (setup.has_error()) return setup.error();
  return {};
}

Result<bool> Shrinker::DropChecks() {
  Case candidate = best_;
  candidate.checks_json = OnlyCheck(best_.checks_json, identity_.check);
  if (candidate.checks_json == best_.checks_json) return false;
  return Try(candidate, Guard::kSameKind);
}

// Leaves out ever smaller blocks, from the end, since what comes later needs what comes before.
Result<bool> Shrinker::DropFrom(std::size_t count,
                                const std::function<Case(const std::vector<bool>& kept)>& without) {
  std::vector<bool> kept(count, true);
  bool any = false;
  for (std::size_t block = count; block >= 1; block /= 2) {
    for (std::size_t end = count; end > 0 && !budget_.empty();) {
      const std::size_t begin = end > block ? end - block : 0;
      std::vector<bool> fewer = kept;
      std::fill(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                fewer.begin() + static_cast<std::ptrdiff_t>(end), false);
      end = begin;
      if (fewer == kept) continue;
      const Case candidate = without(fewer);
      const bool smaller =
          candidate.setup.size() + candidate.audit.size() < best_.setup.size() + best_.audit.size();
      if (!smaller) continue;
      const Result<bool> taken = Try(candidate, Guard::kSameKind);
      if (taken.has_error()) return taken.error();
      if (!*taken) continue;
      kept = std::move(fewer);
      any = true;
    }
  }
  return any;
}

Result<void> Shrinker::ShrinkValues(Simpler what) {
  Progress(what == Simpler::kAll ? "values" : "numbers");
  for (std::size_t lane = 0; lane < best_.lanes.size(); ++lane) {
    for (std::size_t i = 0; i < best_.lanes[lane].requests.size(); ++i) {
      const Result<bool> changed = ShrinkRequest(
          [lane, i](Case& source) -> CaseRequest& { return source.lanes[lane].requests[i]; }, what);
      if (changed.has_error()) return changed.error();
    }
  }
  for (std::size_t i = 0; i < best_.setup.size(); ++i) {
    const Result<bool> changed =
        ShrinkRequest([i](Case& source) -> CaseRequest& { return source.setup[i]; }, what);
    if (changed.has_error()) return changed.error();
  }
  for (std::size_t i = 0; i < best_.audit.size(); ++i) {
    const Result<bool> changed =
        ShrinkRequest([i](Case& source) -> CaseRequest& { return source.audit[i]; }, what);
    if (changed.has_error()) return changed.error();
  }
  return {};
}

Result<bool> Shrinker::ShrinkRequest(const std::function<CaseRequest&(Case& source)>& request_of,
                                     Simpler what) {
  constexpr int kRoundsMax = 20;
  bool any = false;
  bool changed = true;
  for (int round = 0; round < kRoundsMax && changed; ++round) {
    changed = false;
    std::vector<CaseRequest> simpler = SimplerRequests(request_of(best_), what);
    for (std::size_t i = 0; i < simpler.size() && !budget_.empty(); ++i) {
      Case candidate = best_;
      request_of(candidate) = simpler[i];
      const Effort effort = what == Simpler::kNumbers ? Effort::kThorough : Effort::kQuick;
      const Result<bool> taken = Try(candidate, Guard::kSameKind, effort);
      if (taken.has_error()) return taken.error();
      if (!*taken) continue;
      // What was tried before on the larger request rarely succeeds now: go on from here, and look
      // at the whole once more at the end.
      any = true;
      changed = true;
      simpler = SimplerRequests(request_of(best_), what);
      i = std::min(i, simpler.size()) - (i == 0 ? 0 : 1);
    }
  }
  return any;
}

Result<void> Shrinker::MakeCanonical() {
  Progress("canonical form");
  const auto try_with = [&](auto change) {
    Case candidate = best_;
    change(candidate);
    return Try(candidate, Guard::kSameKind, Effort::kThorough);
  };
  Result<bool> taken = try_with([](Case& c) { c.seed = RunSpec().seed; });
  if (taken.has_error()) return taken.error();
  taken = try_with([](Case& c) { c.epoch_seconds = kDefaultEpochSeconds; });
  if (taken.has_error()) return taken.error();
  taken = try_with([](Case& c) { c.rate_limits = false; });
  if (taken.has_error()) return taken.error();
  taken = try_with([&](Case& c) {
    c = Canonical(c);
    c.name = Slug(identity_.check + "-" + identity_.shape);
    c.description = IdentityText(identity_);
  });
  if (taken.has_error()) return taken.error();
  return {};
}

}  // namespace redrive
