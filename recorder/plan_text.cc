// The plan as text, for `redrive plan`.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <queue>

#include "recorder/plan.h"
#include "recorder/redact.h"

namespace redrive {
namespace {

// Holes shown as they stand in the scenario.
std::string Shown(const PlannedText& text) {
  std::string shown;
  std::size_t at = 0;
  for (const Hole& hole : text.holes) {
    shown += text.text.substr(at, hole.offset - at);
    at = hole.offset;
    shown += "${" + *hole.name;
    if (hole.kind == PartKind::kPick) shown += "[#" + std::to_string(hole.draw) + "]";
    if (hole.kind == PartKind::kElement) shown += "[" + std::to_string(hole.position) + "]";
    shown += "}";
  }
  return shown + text.text.substr(at);
}

std::string Seconds(VirtualTime time) {
  char text[32];
  std::snprintf(text, sizeof text, "%10.6f", static_cast<double>(time.count()) / 1e9);
  return text;
}

std::string ShortSeconds(VirtualTime time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(time.count()) / 1e9);
  return text;
}

class Writer {
 public:
  Writer(const Plan& plan, const PlanTextOptions& options)
      : plan_(plan), options_(options), redactor_(plan.seed()) {}

  [[nodiscard]] bool full() const {
    const std::uint64_t all = plan_.requests() + plan_.scenario().audit.size();
    return lines_ >= (options_.requests_max != 0 ? options_.requests_max : all);
  }
  void Write(const std::string& who, const PlannedRequest& request) {
    if (full()) return;
    ++lines_;
    text_ +=
        who + "  " + request.step->method + " " + redactor_.RedactParameters(Shown(request.target));
    if (request.step->name.text() != request.target.text) {
      text_ += "  \"" + request.step->name.text() + "\"";
    }
    if (options_.bodies && request.step->body) {
      text_ += "  " + redactor_.RedactBody(Shown(request.body));
    }
    text_ += "\n";
  }
  void WriteUsers();
  void WriteAll() {
    const Scenario& scenario = plan_.scenario();
    for (std::size_t i = 0; i < scenario.setup.size(); ++i) {
      for (std::uint32_t n = 0; n < scenario.setup[i].repeat && !full(); ++n) {
        Write("     setup", plan_.SetupRequest(i, n));
      }
    }
    WriteUsers();
    for (std::size_t i = 0; i < scenario.audit.size(); ++i) {
      Write("     audit", plan_.AuditRequest(i, 0));
    }
    if (full() && lines_ < plan_.requests()) {
      text_ += "… " + std::to_string(plan_.requests() - lines_) + " more requests\n";
    }
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  const Plan& plan_;
  const PlanTextOptions& options_;
  Redactor redactor_;
  std::size_t lines_ = 0;
  std::string text_;
};

// Merges the users' plans by intended time, then user. A closed plan without think time has no end:
// it is cut by the number of lines.
void Writer::WriteUsers() {
  struct Entry {
    VirtualTime at;
    std::uint32_t user;
    bool operator>(const Entry& other) const {
      return at != other.at ? at > other.at : user > other.user;
    }
  };
  std::vector<UserPlan> plans;
  std::vector<std::optional<PlannedAction>> next;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  const auto users = static_cast<std::uint32_t>(plan_.users().size());
  plans.reserve(users);
  for (std::uint32_t user = 0; user < users; ++user) {
    plans.emplace_back(plan_, user);
    next.push_back(plans.back().Next());
    if (next.back()) queue.push(Entry{next.back()->intended, user});
  }
  while (!queue.empty() && !full()) {
    const std::uint32_t user = queue.top().user;
    queue.pop();
    const PlannedAction action = std::move(*next[user]);
    const std::string who = Seconds(action.intended) + "  user " + std::to_string(user) + "  " +
                            plan_.users()[user].user_class->name + "." + *action.name + "#" +
                            std::to_string(action.iteration);
    for (const PlannedRequest& request : action.requests) Write(who, request);
    next[user] = plans[user].Next();
    if (next[user]) queue.push(Entry{next[user]->intended, user});
  }
}

}  // namespace

std::string UsersText(const Plan& plan) {
  const std::string count = std::to_string(plan.users().size());
  if (plan.carried_max() == 0) return count + " users";
  return count + " arrivals, " + std::to_string(plan.carried_max()) + " at once at most";
}

std::string PlanSummary(const Plan& plan) {
  std::map<std::string, std::uint64_t> by_class;
  std::vector<std::pair<VirtualTime, int>> changes;
  for (const PlannedUser& user : plan.users()) {
    ++by_class[user.user_class->name];
    changes.emplace_back(user.start, 1);
    if (user.stop != VirtualTime::max()) changes.emplace_back(user.stop, -1);
  }
  std::string text;
  for (const auto& [name, count] : by_class) {
    text += "  " + name + ": " + std::to_string(count) + "\n";
  }
  const VirtualTime last = plan.users().back().start;
  if (plan.carried_max() != 0) {
    return text + "  they come from 0 s to " + ShortSeconds(last) + "\n";
  }
  // Who stops at an instant is gone before others start then.
  std::sort(changes.begin(), changes.end());
  std::int64_t active = 0;
  std::int64_t most = 0;
  VirtualTime most_at{0};
  for (const auto& [at, change] : changes) {
    active += change;
    if (active <= most) continue;
    most = active;
    most_at = at;
  }
  text += "  most at once: " + std::to_string(most) + ", from " + ShortSeconds(most_at) + "\n";
  for (const PlannedUser& user : plan.users()) {
    if (user.actions_max == 0) return text;
  }
  std::uint64_t all = 0;
  for (const PlannedUser& user : plan.users()) all += user.actions_max;
  return text + "  actions: " + std::to_string(all) + " at most, all users together\n";
}

std::string PlanText(const Plan& plan, const PlanTextOptions& options) {
  Writer writer(plan, options);
  writer.WriteAll();
  return std::move(writer).text();
}

}  // namespace redrive
