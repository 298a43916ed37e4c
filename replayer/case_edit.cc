#include "replayer/case_edit.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

// Calls `visit(begin, name)` for each "${name}"; begin is where the name stands.
void ForEachVariable(std::string_view text,
                     const std::function<void(std::size_t, std::string_view)>& visit) {
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
    const std::size_t close = text.find('}', at);
    if (close == std::string_view::npos) return;
    const std::string_view name = text.substr(at + 2, close - at - 2);
    const bool escaped = at > 0 && text[at - 1] == '$';
    const bool plain = name.find('(') == std::string_view::npos;
    if (!escaped && plain && !name.empty()) visit(at + 2, name);
    at = escaped || !plain ? at + 2 : close + 1;
  }
}

void AddVariables(std::string_view text, std::set<std::string>& names) {
  ForEachVariable(text, [&](std::size_t, std::string_view name) { names.emplace(name); });
}

using Renames = std::map<std::string, std::string>;

void Rename(const Renames& renames, std::string& text) {
  std::string renamed;
  std::size_t copied = 0;
  ForEachVariable(text, [&](std::size_t begin, std::string_view name) {
    const auto found = renames.find(std::string(name));
    if (found == renames.end()) return;
    renamed += text.substr(copied, begin - copied) + found->second;
    copied = begin + name.size();
  });
  text = renamed + text.substr(copied);
}

void Rename(const Renames& renames, CaseRequest& request) {
  Rename(renames, request.path);
  Rename(renames, request.body);
  for (CaseHeader& header : request.headers) Rename(renames, header.value);
  for (Extract& extract : request.extract) {
    const auto found = renames.find(extract.variable);
    if (found != renames.end()) extract.variable = found->second;
  }
}

template <typename Visit>
void ForEachRequest(Case& source, Visit visit) {
  for (CaseRequest& request : source.setup) visit(request);
  for (CaseLane& lane : source.lanes) {
    for (CaseRequest& request : lane.requests) visit(request);
  }
  for (CaseRequest& request : source.audit) visit(request);
}

bool Makes(const CaseRequest& request, const std::set<std::string>& names) {
  return std::any_of(request.extract.begin(), request.extract.end(),
                     [&](const Extract& extract) { return names.contains(extract.variable); });
}

// Splits a lane into what stays and what must move to the setup.
void SplitLane(const CaseLane& lane, std::span<const char> kept, CaseLane& stays,
               std::vector<CaseRequest>& moves) {
  std::set<std::string> needed;
  for (std::size_t i = lane.requests.size(); i-- > 0;) {
    const CaseRequest& request = lane.requests[i];
    if (kept[i] == 0 && !Makes(request, needed)) continue;
    needed.merge(NeededVariables(request));
    (kept[i] != 0 ? stays.requests : moves).push_back(request);
  }
  std::reverse(stays.requests.begin(), stays.requests.end());
  std::reverse(moves.begin(), moves.end());
}

// What a request is, without where it came from: the order of lanes.
std::string SortText(const CaseRequest& request) {
  std::string text = request.name + '\n' + request.method + ' ' + request.path + '\n';
  for (const CaseHeader& header : request.headers) text += header.name + ':' + header.value + '\n';
  return text + request.body + '\n';
}

}  // namespace

std::set<std::string> VariablesIn(std::string_view text) {
  std::set<std::string> names;
  AddVariables(text, names);
  return names;
}

std::set<std::string> NeededVariables(const CaseRequest& request) {
  std::set<std::string> names;
  AddVariables(request.path, names);
  AddVariables(request.body, names);
  for (const CaseHeader& header : request.headers) {
    if (!header.optional) AddVariables(header.value, names);
  }
  return names;
}

void NumberRequests(Case& source) {
  std::set<std::uint64_t> seen;
  bool whole = true;
  for (const CaseLane& lane : source.lanes) {
    for (const CaseRequest& request : lane.requests) {
      whole = whole && request.operation != 0 && seen.insert(request.operation).second;
    }
  }
  std::uint64_t next = 0;
  for (CaseLane& lane : source.lanes) {
    if (whole) break;
    for (CaseRequest& request : lane.requests) request.operation = ++next;
  }
}

Case KeepRequests(const Case& source, const std::vector<bool>& kept) {
  REDRIVE_CHECK(kept.size() == CountRequests(source));
  Case result = source;
  result.lanes.clear();
  std::set<std::string> taken;
  for (const CaseRequest& request : source.setup) {
    for (const Extract& extract : request.extract) taken.insert(extract.variable);
  }
  std::size_t at = 0;
  for (std::size_t number = 0; number < source.lanes.size(); ++number) {
    const CaseLane& lane = source.lanes[number];
    std::vector<char> here;
    for (std::size_t i = 0; i < lane.requests.size(); ++i) here.push_back(kept[at++] ? 1 : 0);
    CaseLane stays{.user_class = lane.user_class, .requests = {}};
    std::vector<CaseRequest> moves;
    SplitLane(lane, here, stays, moves);
    // A lane's own variables become everybody's: two lanes may have used one name.
    Renames renames;
    for (const CaseRequest& request : moves) {
      for (const Extract& extract : request.extract) {
        if (taken.insert(extract.variable).second) continue;
        std::string name = extract.variable + "_" + std::to_string(number);
        while (!taken.insert(name).second) name += "_";
        renames[extract.variable] = name;
      }
    }
    for (CaseRequest& request : moves) {
      Rename(renames, request);
      result.setup.push_back(std::move(request));
    }
    for (CaseRequest& request : stays.requests) Rename(renames, request);
    if (!stays.requests.empty()) result.lanes.push_back(std::move(stays));
  }
  DropDeadParts(result);
  return result;
}

Case KeepSetup(const Case& source, std::vector<bool> kept) {
  REDRIVE_CHECK(kept.size() == source.setup.size());
  std::set<std::string> needed;
  for (const CaseRequest& request : source.audit) needed.merge(NeededVariables(request));
  for (const CaseLane& lane : source.lanes) {
    for (const CaseRequest& request : lane.requests) needed.merge(NeededVariables(request));
  }
  Case result = source;
  result.setup.clear();
  for (std::size_t i = source.setup.size(); i-- > 0;) {
    const CaseRequest& request = source.setup[i];
    if (!kept[i] && !Makes(request, needed)) continue;
    needed.merge(NeededVariables(request));
    result.setup.push_back(request);
  }
  std::reverse(result.setup.begin(), result.setup.end());
  DropDeadParts(result);
  return result;
}

void DropDeadParts(Case& source) {
  std::set<std::string> made;
  ForEachRequest(source, [&](CaseRequest& request) {
    for (const Extract& extract : request.extract) made.insert(extract.variable);
  });
  std::set<std::string> used;
  ForEachRequest(source, [&](CaseRequest& request) {
    std::erase_if(request.headers, [&](const CaseHeader& header) {
      const std::set<std::string> names = VariablesIn(header.value);
      return header.optional &&
             !std::includes(made.begin(), made.end(), names.begin(), names.end());
    });
    for (const CaseHeader& header : request.headers) used.merge(VariablesIn(header.value));
    used.merge(NeededVariables(request));
  });
  ForEachRequest(source, [&](CaseRequest& request) {
    std::erase_if(request.extract,
                  [&](const Extract& extract) { return !used.contains(extract.variable); });
  });
}

Case Canonical(const Case& source) {
  Case result = source;
  DropDeadParts(result);
  const auto lane_text = [](const CaseLane& lane) {
    std::string text;
    for (const CaseRequest& request : lane.requests) text += SortText(request);
    return text;
  };
  std::stable_sort(
      result.lanes.begin(), result.lanes.end(),
      [&](const CaseLane& a, const CaseLane& b) { return lane_text(a) < lane_text(b); });
  // Two steps, so that a variable that is called v2 already is not taken for another one. A name
  // that two lanes use for values of their own stays one name.
  Renames first;
  Renames second;
  ForEachRequest(result, [&](CaseRequest& request) {
    for (const Extract& extract : request.extract) {
      if (first.contains(extract.variable)) continue;
      const std::string number = std::to_string(first.size() + 1);
      first[extract.variable] = "renamed_" + number;
      second["renamed_" + number] = "v" + number;
    }
  });
  ForEachRequest(result, [&](CaseRequest& request) {
    Rename(first, request);
    Rename(second, request);
    request.operation = 0;
    request.failure.clear();
  });
  for (CaseLane& lane : result.lanes) lane.user_class = lane.requests.front().name;
  const std::string text = CaseToScenario(result);
  std::erase_if(result.settings, [&](const auto& setting) {
    const std::size_t dot = setting.first.find('.');
    return dot == std::string::npos ||
           text.find("env(" + setting.first.substr(dot + 1)) == text.npos;
  });
  return result;
}

std::string Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || upper) {
      slug += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  constexpr std::size_t kSlugMax = 60;
  if (slug.size() > kSlugMax) slug.resize(kSlugMax);
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "case" : slug;
}

}  // namespace redrive
