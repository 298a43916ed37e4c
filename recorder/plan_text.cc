// The plan as text, for `redrive plan`.
#include <algorithm>
#include <cstdio>
#include <functional>
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

std::string PlanText(const Plan& plan, const PlanTextOptions& options) {
  Writer writer(plan, options);
  writer.WriteAll();
  return std::move(writer).text();
}

}  // namespace redrive
