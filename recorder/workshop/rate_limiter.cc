#include "recorder/workshop/rate_limiter.h"

#include "core/check.h"

namespace redrive::workshop {
namespace {

constexpr std::size_t kLogsMax = 100'000;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

RateCategory CategoryOf(std::string_view method, std::string_view path) {
  constexpr std::string_view kAi[] = {"/api/efi/", "/api/evfi/", "/api/ai/",
                                      "/api/failure-intelligence/", "/api/knowledge-brain/"};
  constexpr std::string_view kPublic[] = {"/api/public/", "/api/webhooks/"};
  constexpr std::string_view kExempt[] = {"/api/health", "/", "/docs", "/openapi.json"};
  if (method == "OPTIONS") return {};
  for (const std::string_view exempt : kExempt) {
    if (path == exempt) return {};
  }
  if (path == "/api/auth/login") return {"auth_login", 10, 60};
  if (path == "/api/auth/register") return {"auth_register", 3, 3'600};
  if (path == "/api/auth/forgot-password" || path == "/api/auth/reset-password") {
    return {"auth_password_reset", 300, 60};
  }
  for (const std::string_view prefix : kAi) {
    if (StartsWith(path, prefix)) return {"ai", 20, 60};
  }
  for (const std::string_view prefix : kPublic) {
    if (StartsWith(path, prefix)) return {"public", 60, 60};
  }
  if (path == "/api/contact" || path == "/api/book-demo") return {"public", 60, 60};
  return {"standard", 300, 60};
}

std::int64_t RateLimiter::Hit(std::string_view client_ip, const RateCategory& category,
                              VirtualTime now) {
  using std::chrono::seconds;
  if (category.requests == 0) return 0;
  if (logs_.size() >= kLogsMax) ForgetAll();
  const auto [found, created] = logs_.try_emplace({std::string(client_ip), category.name});
  if (created) Note(Change::What::kCreated, found);
  std::deque<VirtualTime>& log = found->second;
  const VirtualTime window = seconds(category.window_seconds);
  while (!log.empty() && log.front() + window <= now) {
    Note(Change::What::kDropped, found, log.front());
    log.pop_front();
  }
  if (static_cast<std::int64_t>(log.size()) < category.requests) {
    Note(Change::What::kAppended, found);
    log.push_back(now);
    return 0;
  }
  const VirtualTime left = window - (now - log.front());
  return std::chrono::duration_cast<seconds>(left).count() + 1;
}

// Forgetting favours the client; memory is bounded.
void RateLimiter::ForgetAll() {
  if (marked_ && !forgot_) {
    forgot_ = true;
    forgotten_.swap(logs_);  // iterators in changes_ stay valid
  }
  logs_.clear();
}

void RateLimiter::Note(Change::What what, Logs::iterator log, VirtualTime time) {
  if (marked_ && !forgot_) changes_.push_back(Change{what, log, time});
}

void RateLimiter::Clear() {
  logs_.clear();
  marked_ = false;
  changes_.clear();
  forgot_ = false;
  forgotten_.clear();
}

void RateLimiter::Mark() {
  marked_ = true;
  changes_.clear();
  forgot_ = false;
  forgotten_.clear();
}

void RateLimiter::Rollback() {
  REDRIVE_CHECK(marked_);
  if (forgot_) logs_.swap(forgotten_);
  forgot_ = false;
  forgotten_.clear();
  for (std::size_t i = changes_.size(); i-- > 0;) {
    const Change& change = changes_[i];
    switch (change.what) {
      case Change::What::kCreated:
        logs_.erase(change.log);
        break;
      case Change::What::kDropped:
        change.log->second.push_front(change.time);
        break;
      case Change::What::kAppended:
        change.log->second.pop_back();
        break;
    }
  }
  changes_.clear();
}

}  // namespace redrive::workshop
