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
#include "recorder/workshop/rate_limiter.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/router.h"
#include "recorder/workshop/seed.h"
#include "recorder/workshop/url.h"

namespace redrive::workshop {
namespace {

constexpr Label kRateLimit("rate_limit");

bool IsLoopback(std::string_view ip) { return ip.substr(0, 4) == "127." || ip == "::1"; }

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

Response NoRoute(const Context& context) {
  const RequestReading& reading = context.reading;
  if (reading.match.other_slash) return RedirectSlash(context.request, reading.raw_path);
  if (reading.match.path_known) return Detail(405, "Method Not Allowed");
  return NotFound("Not Found");
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
      : options(std::move(options_in)),
        db(options.threads),
        root(Rng(options.seed).Split("ids")),
        memo_(router, options.seed) {
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
  Task<Response> Serve(Context& context);
  Task<Response> ServeStaff(Context& context);
  Ids IdsFor(TaskId task);
  void Finish(Context& context, Response& response) const;

  std::map<TaskId, std::uint64_t> requests_;  // so far, by task
  bool marked_ = false;
  std::vector<TaskId> counted_;  // the tasks of the requests since Mark
  const Rng root;
  ReadingMemo memo_;
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
  // Threads do not share readings: each request gets one of its own.
  const std::shared_ptr<RequestReading> kept =
      db.mutex() == nullptr ? memo_.Find(request) : nullptr;
  std::optional<RequestReading> own;
  if (kept == nullptr) own.emplace(request, router, options.seed);
  RequestReading& reading = kept != nullptr ? *kept : *own;
  // As uvicorn on loopback.
  const bool forwarded = !reading.forwarded_for.empty() && IsLoopback(peer);
  Context context{.env = env,
                  .db = db,
                  .request = request,
                  .reading = reading,
                  .client_ip = forwarded ? reading.forwarded_for : peer,
                  .options = options,
                  .epoch_seconds = options.epoch_seconds,
                  .ids = IdsFor(env.id()),
                  .identity = {},
                  .body = {}};
  Response response = co_await Serve(context);
  Finish(context, response);
  co_return response;
}

Task<Response> Workshop::Impl::Serve(Context& context) {
  const RequestReading& reading = context.reading;
  if (!reading.passes_csrf) co_return *CheckCsrf(context.request, reading.path);
  const RateCategory& category = reading.category;
  if (options.rate_limits && category.requests > 0) {
    const Access access(kRateLimit, HashBytes(context.client_ip) | 1U, Mode::kWrite,
                        context.client_ip);
    co_await context.env.Yield("rate_limit.hit", access);
    std::unique_lock<std::mutex> lock;
    if (db.mutex() != nullptr) lock = std::unique_lock(*db.mutex());
    const std::int64_t wait = limiter.Hit(context.client_ip, category, context.env.Now());
    if (wait > 0) co_return TooManyRequests(wait);
  }
  if (!reading.is_public) co_return co_await ServeStaff(context);
  if (reading.match.route == nullptr) co_return NoRoute(context);
  context.body = context.reading.Body().value;
  co_return co_await reading.match.route->handler(context);
}

Task<Response> Workshop::Impl::ServeStaff(Context& context) {
  const RequestReading& reading = context.reading;
  std::optional<Response> refused = co_await CheckTenant(context);
  if (refused) co_return *std::move(refused);
  const std::string_view tenant = context.identity.organization_id;
  if (!reading.match.first_segment_known) co_return Unmapped(context);
  if (!reading.required_plan.empty()) {
    refused = co_await CheckPlan(context, reading.required_plan);
    if (refused) co_return *std::move(refused);
  }
  Response response;
  if (reading.match.route == nullptr) {
    response = NoRoute(context);
  } else {
    const Gate gate = reading.match.route->gate;
    if (gate != Gate::kNone) {
      refused = co_await CheckFeature(context, gate, reading.path);
      if (refused) co_return *std::move(refused);
    }
    context.body = context.reading.Body().value;
    response = co_await reading.match.route->handler(context);
  }
  response.headers.push_back(Header{"X-Tenant-ID", std::string(tenant)});
  co_return response;
}

Ids Workshop::Impl::IdsFor(TaskId task) {
  std::unique_lock<std::mutex> lock;
  if (db.mutex() != nullptr) lock = std::unique_lock(*db.mutex());
  const std::uint64_t request = requests_[task]++;
  if (marked_) counted_.push_back(task);
  return Ids(root.Split(task).Split(request));
}

void Workshop::Impl::Finish(Context& context, Response& response) const {
  const Request& request = context.request;
  if (!context.reading.is_write) {
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
