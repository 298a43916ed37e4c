#include "recorder/workshop/workshop.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "recorder/workshop/context.h"
#include "recorder/workshop/flows.h"
#include "recorder/workshop/guards.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/rate_limiter.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/router.h"
#include "recorder/workshop/sanitize.h"
#include "recorder/workshop/seed.h"
#include "recorder/workshop/url.h"

namespace redrive::workshop {
namespace {

constexpr Label kRateLimit("rate_limit");

// "/api/v1/tickets" and "/api/tickets" are "/tickets"; others have no route but "/health".
std::string_view WithoutPrefix(std::string_view path) {
  for (const std::string_view prefix : {"/api/v1/", "/api/"}) {
    if (path.substr(0, prefix.size()) == prefix) return path.substr(prefix.size() - 1);
  }
  return path == "/health" ? path : std::string_view();
}

bool IsLoopback(std::string_view ip) { return ip.substr(0, 4) == "127." || ip == "::1"; }

// As uvicorn on loopback: the last address of X-Forwarded-For.
std::string_view ClientOf(const Request& request, std::string_view peer) {
  const std::string* const forwarded = FindHeader(request.headers, "X-Forwarded-For");
  if (forwarded == nullptr || !IsLoopback(peer)) return peer;
  std::string_view last = *forwarded;
  last = last.substr(last.rfind(',') + 1);  // npos + 1 is 0
  while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
  while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
  return last.empty() ? peer : last;
}

bool SaysJson(const Request& request) {
  const std::string* const type = FindHeader(request.headers, "Content-Type");
  return type != nullptr && type->find("json") != std::string::npos;
}

Response TooManyRequests(std::int64_t wait_seconds) {
  Response response =
      Json(429, Object("error", "rate_limit_exceeded", "retry_after", wait_seconds, "message",
                       "Too many requests. Please wait before retrying."));
  response.headers.push_back(Header{"Retry-After", std::to_string(wait_seconds)});
  return response;
}

Response RedirectSlash(const Request& request, std::string_view path) {
  const std::string* const host = FindHeader(request.headers, "Host");
  std::string location = "http://" + (host != nullptr ? *host : std::string("localhost"));
  location += path;
  if (location.back() == '/') {
    location.pop_back();
  } else {
    location += '/';
  }
  const std::size_t question = request.target.find('?');
  if (question != std::string::npos) location += request.target.substr(question);
  Response response;
  response.status = 307;
  response.headers.push_back(Header{"Location", std::move(location)});
  return response;
}

Response Unmapped(const Context& context) {
  return Json(403, Object("detail", "Access denied: route is not mapped to any role", "code",
                          "RBAC_UNMAPPED_ROUTE", "your_role", context.identity.role));
}

void AddSecurityHeaders(Response& response) {
  constexpr std::pair<const char*, const char*> kHeaders[] = {
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
      {"X-XSS-Protection", "1; mode=block"},
      {"Referrer-Policy", "strict-origin-when-cross-origin"},
      {"Content-Security-Policy", "default-src 'self'"}};
  for (const auto& [name, value] : kHeaders) response.headers.push_back(Header{name, value});
}

}  // namespace

class Workshop::Impl {
 public:
  explicit Impl(WorkshopOptions options_in)
      : options(std::move(options_in)), db(options.threads), root(Rng(options.seed).Split("ids")) {
    RegisterAuth(router);
    RegisterOrganizations(router);
    RegisterTickets(router);
    RegisterPortal(router);
    RegisterContacts(router);
    RegisterDashboard(router);
    RegisterEstimates(router);
    RegisterTicketInvoices(router);
    RegisterInvoices(router);
    RegisterPayments(router);
    RegisterCreditNotes(router);
    RegisterInventory(router);
    RegisterAllocations(router);
    RegisterItems(router);
    RegisterAdjustments(router);
    RegisterTicketClose(router);
    RegisterJournal(router);
    RegisterReports(router);
    RegisterAi(router);
    Seed(db, options);
  }

  void Reset() {
    db.Clear();
    limiter.Clear();
    requests_.clear();
    marked_ = false;
    counted_.clear();
    Seed(db, options);
  }

  void Mark() {
    db.Mark();
    limiter.Mark();
    marked_ = true;
    counted_.clear();
  }

  void Rollback() {
    REDRIVE_CHECK(marked_);
    db.Rollback();
    limiter.Rollback();
    for (const TaskId task : counted_) --requests_[task];
    counted_.clear();
  }

  Task<Response> Handle(Env& env, const Request& request, std::string_view peer);

  const WorkshopOptions options;
  Store db;
  Router router;
  RateLimiter limiter;

 private:
  Task<Response> Serve(Context& context, std::string_view raw_path);
  Task<Response> ServeStaff(Context& context, std::string_view path, const Match& match,
                            std::string_view raw_path);
  Ids IdsFor(TaskId task);
  void ReadBody(Context& context, std::string_view path) const;
  void Finish(Context& context, Response& response) const;

  std::map<TaskId, std::uint64_t> requests_;  // so far, by task
  bool marked_ = false;
  std::vector<TaskId> counted_;  // the tasks of the requests since Mark
  const Rng root;
};

Workshop::Workshop(WorkshopOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Workshop::~Workshop() = default;

Task<Response> Workshop::Handle(Env& env, const Request& request, std::string_view client_ip) {
  return impl_->Handle(env, request, client_ip);
}

void Workshop::Reset() { impl_->Reset(); }
void Workshop::Mark() { impl_->Mark(); }
void Workshop::Rollback() { impl_->Rollback(); }
std::uint64_t Workshop::ChangeDigest() const { return impl_->db.ChangeDigest(); }
std::vector<StateChange> Workshop::Changes() const { return impl_->db.Changes(); }
const WorkshopOptions& Workshop::options() const { return impl_->options; }
Store& Workshop::db() { return impl_->db; }

Task<Response> Workshop::Impl::Handle(Env& env, const Request& request, std::string_view peer) {
  const std::string_view target = request.target;
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::string_view raw_path = target.substr(0, question);
  Context context{.env = env,
                  .db = db,
                  .request = request,
                  .client_ip = ClientOf(request, peer),
                  .options = options,
                  .epoch_seconds = options.epoch_seconds,
                  .ids = IdsFor(env.id()),
                  .identity = {},
                  .path = {},
                  .query = {},
                  .body = {}};
  if (question < target.size()) context.query = ParseQuery(target.substr(question + 1));
  Response response = co_await Serve(context, raw_path);
  Finish(context, response);
  co_return response;
}

Task<Response> Workshop::Impl::Serve(Context& context, std::string_view raw_path) {
  const Request& request = context.request;
  const std::string_view path = WithoutPrefix(raw_path);
  if (auto refused = CheckCsrf(request, path)) co_return *std::move(refused);
  const RateCategory category = CategoryOf(request.method, raw_path);
  if (options.rate_limits && category.requests > 0) {
    const Access access(kRateLimit, HashBytes(context.client_ip) | 1U, Mode::kWrite,
                        context.client_ip);
    co_await context.env.Yield("rate_limit.hit", access);
    std::unique_lock<std::mutex> lock;
    if (db.mutex() != nullptr) lock = std::unique_lock(*db.mutex());
    const std::int64_t wait = limiter.Hit(context.client_ip, category, context.env.Now());
    if (wait > 0) co_return TooManyRequests(wait);
  }
  const Match match = router.Find(request.method, path, &context.path);
  const bool is_public =
      match.route != nullptr ? match.route->guard == Guard::kPublic : IsPublicPath(path);
  if (!is_public) co_return co_await ServeStaff(context, path, match, raw_path);
  if (match.route == nullptr) {
    if (match.other_slash) co_return RedirectSlash(request, raw_path);
    if (match.path_known) co_return Detail(405, "Method Not Allowed");
    co_return NotFound("Not Found");
  }
  ReadBody(context, path);
  co_return co_await match.route->handler(context);
}

Task<Response> Workshop::Impl::ServeStaff(Context& context, std::string_view path,
                                          const Match& match, std::string_view raw_path) {
  std::optional<Response> refused = co_await CheckTenant(context);
  if (refused) co_return *std::move(refused);
  std::string tenant = context.identity.organization_id;
  if (!match.first_segment_known) co_return Unmapped(context);
  if (IsWrite(context.request.method)) {
    refused = co_await CheckPlan(context, path);
    if (refused) co_return *std::move(refused);
  }
  Response response;
  if (match.route == nullptr) {
    if (match.other_slash) {
      response = RedirectSlash(context.request, raw_path);
    } else if (match.path_known) {
      response = Detail(405, "Method Not Allowed");
    } else {
      response = NotFound("Not Found");
    }
  } else {
    refused = co_await CheckFeature(context, match.route->gate, path);
    if (refused) co_return *std::move(refused);
    ReadBody(context, path);
    response = co_await match.route->handler(context);
  }
  response.headers.push_back(Header{"X-Tenant-ID", std::move(tenant)});
  co_return response;
}

Ids Workshop::Impl::IdsFor(TaskId task) {
  std::unique_lock<std::mutex> lock;
  if (db.mutex() != nullptr) lock = std::unique_lock(*db.mutex());
  const std::uint64_t request = requests_[task]++;
  if (marked_) counted_.push_back(task);
  return Ids(root.Split(task).Split(request));
}

void Workshop::Impl::ReadBody(Context& context, std::string_view path) const {
  const Request& request = context.request;
  if (request.body.empty()) return;
  if (!SaysJson(request)) {
    const JsonResult text = ParseJson("\"" + request.body + "\"");
    context.body = text.error == nullptr ? text.value : Value("");
    return;
  }
  JsonResult parsed = ParseJson(request.body);
  context.body_error = parsed.error;
  context.body_error_at = parsed.position;
  const bool sanitize = IsWrite(request.method) && !IsPublicPath(path);
  context.body = sanitize ? Sanitized(parsed.value) : std::move(parsed.value);
}

void Workshop::Impl::Finish(Context& context, Response& response) const {
  const Request& request = context.request;
  if (!IsWrite(request.method)) {
    const std::string* const cookies = FindHeader(request.headers, "Cookie");
    if (cookies == nullptr || CookieValue(*cookies, "csrftoken").empty()) {
      const std::string token = context.ids.Lower("csrftoken=", 64);
      response.headers.push_back(Header{"Set-Cookie", token + "; Path=/; SameSite=lax"});
    }
  }
  if (options.security_headers) AddSecurityHeaders(response);
  if (FindHeader(request.headers, "Origin") != nullptr) {
    response.headers.push_back(Header{"Access-Control-Allow-Origin", "*"});
    response.headers.push_back(Header{"Access-Control-Allow-Credentials", "true"});
  }
}

}  // namespace redrive::workshop
