#include "recorder/net/http_transport.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check.h"
#include "recorder/net/connection.h"
#include "recorder/net/content_coding.h"
#include "recorder/net/cookie_jar.h"
#include "recorder/net/http_target.h"
#include "recorder/net/live_world_impl.h"
#include "recorder/net/redirects.h"
#include "recorder/net/request_text.h"
#include "recorder/net/response_reader.h"

namespace redrive {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using State = ResponseReader::State;

constexpr std::size_t kOutputKept = 16U << 10;  // bytes of a request's memory kept between requests

bool IsSafe(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// Requests of one user, one at a time.
class HttpTransport final : public Transport {
 public:
  HttpTransport(LiveWorld& world, std::shared_ptr<HttpTarget> target)
      : world_(world.impl()),
        target_(std::move(target)),
        impl_(target_->impl()),
        home_(world_, impl_, impl_.home),
        reader_({.header_max = impl_.options.header_max, .body_max = impl_.options.body_max}) {}

  Task<Reply> Send(Env& env, const Request& request) override;
  void ForgetUser() override { cookies_.reset(); }

 private:
  // One request on its way: where it goes, and what of it is under way.
  struct Hop {
    const Origin* origin;
    const Request* request;
    std::string_view base_path;
    RealTime began;      // of this hop
    bool again = false;  // it may be sent a second time, on a new connection
    bool left = false;   // some of it may have, by any connection
    std::size_t written = 0;
    State state = State::kNeedMore;
    error_code write_error;
    error_code read_error;
  };

  Task<void> Follow(RealTime began, const Request& request, Reply* reply);
  Task<void> SendHop(Connection& connection, Hop& hop, RealTime began, Reply* reply);
  Task<void> Exchange(Connection& connection, Hop& hop, RealTime now, Reply* reply);
  Task<void> ReadAnswer(Connection& connection, Hop& hop);
  Task<void> WriteRest(Connection& connection, Hop& hop);
  void Take(const IoResult& got, Connection& connection, Hop& hop);
  void Conclude(Connection& connection, Hop& hop, bool kept, Reply* reply);
  void GiveUp(Connection& connection, const Hop& hop, Reply* reply);
  std::string Write(const Hop& hop);
  Connection& ConnectionTo(const Origin& origin);
  void KeepCookies(const Hop& hop, const Response& response);
  void Decode(Reply* reply);
  std::int64_t CalendarSeconds() const;
  [[nodiscard]] bool Redirects(const Reply& reply) const {
    return noted_location_ && reply.error == SendError::kNone && impl_.options.redirects_max > 0 &&
           IsRedirectStatus(reply.response.status);
  }

  LiveWorld::Impl& world_;
  std::shared_ptr<HttpTarget> target_;
  HttpTarget::Impl& impl_;
  Connection home_;
  std::unique_ptr<Connection> away_;  // where a redirect led last
  ResponseReader reader_;
  std::unique_ptr<CookieJar> cookies_;  // null: none yet
  std::string output_;                  // head and body of the request
  bool noted_location_ = false;         // of the last answer
  bool noted_coding_ = false;
};

Task<Reply> HttpTransport::Send(Env&, const Request& request) {
  const RealTime began = Clock::now();
  Reply reply;
  Hop hop{.origin = &impl_.home,
          .request = &request,
          .base_path = impl_.home.frame.base_path,
          .began = began};
  co_await SendHop(home_, hop, began, &reply);
  if (Redirects(reply)) co_await Follow(began, request, &reply);
  if (noted_coding_ && reply.error == SendError::kNone) Decode(&reply);
  co_return reply;
}

// Goes where the answer in `reply` leads, and on from there; `reply` becomes the last answer.
Task<void> HttpTransport::Follow(RealTime began, const Request& request, Reply* reply) {
  const VirtualTime sent = reply->sent;
  Request next = request;
  const Origin* origin = &impl_.home;
  Location at{.url = origin->url, .target = origin->frame.base_path + request.target};
  for (std::uint32_t hops = 1; Redirects(*reply); ++hops) {
    std::string why;
    const Origin* to = nullptr;
    const Result<Location> location =
        ResolveLocation(at, *FindHeader(reply->response.headers, "Location"));
    if (hops > impl_.options.redirects_max) {
      why = "more than " + std::to_string(impl_.options.redirects_max) + " times";
    } else if (location.has_error()) {
      why = "to a place that is none: " + location.error().message;
    } else {
      to = impl_.Find(location->url, &why);
    }
    if (to == nullptr) {
      reply->error = SendError::kRedirect;
      reply->message = "redirected " + why;
      break;
    }
    AtomicCounts::Add(impl_.counts.redirects);
    RewriteForRedirect(reply->response.status, at.url, location->url, &next);
    at = *location;
    origin = to;
    next.target = at.target;
    Hop hop{.origin = origin, .request = &next, .base_path = "", .began = Clock::now()};
    Connection& connection = ConnectionTo(*origin);
    co_await SendHop(connection, hop, began, reply);
    // The earlier requests have gone out: as a whole it was sent, and may have had an effect.
    if (reply->error == SendError::kNotSent) reply->error = SendError::kClosed;
  }
  reply->sent = sent;
}

Task<void> HttpTransport::SendHop(Connection& connection, Hop& hop, RealTime began, Reply* reply) {
  *reply = Reply();
  reply->sent = world_.WorldTimeOf(hop.began);
  noted_location_ = false;
  noted_coding_ = false;
  std::string problem = Write(hop);
  if (problem.empty() && world_.stopping) problem = "not sent: the run was stopped";
  if (!problem.empty()) {
    reply->error = SendError::kNotSent;
    reply->message = std::move(problem);
    co_return;
  }
  const Connection::InUse in_use(connection, began);
  for (int tries = 0; tries < 2; ++tries) {
    RealTime now = hop.began;
    if (connection.is_open() && !connection.StillOpen(now)) connection.Close();
    if (!connection.is_open()) {
      problem = co_await connection.Open();
      if (!problem.empty()) {
        reply->error = hop.left ? SendError::kClosed : SendError::kNotSent;
        reply->message = (hop.left ? "sent without an answer; then " : "") + problem;
        reply->sent = world_.WorldTimeOf(connection.attempted());
        break;
      }
      now = Clock::now();
    }
    if (tries > 0) AtomicCounts::Add(impl_.counts.resent);
    co_await Exchange(connection, hop, now, reply);
    if (!hop.again) break;
  }
  if (impl_.options.cookies == Cookies::kKeep && reader_.Has(ResponseReader::kSetCookie)) {
    KeepCookies(hop, reply->response);
  }
  noted_location_ = reader_.Has(ResponseReader::kLocation);
  noted_coding_ = reader_.Has(ResponseReader::kContentEncoding);
  reader_.Release();
  if (output_.capacity() > kOutputKept) output_ = std::string();
}

Task<void> HttpTransport::Exchange(Connection& connection, Hop& hop, RealTime now, Reply* reply) {
  const bool kept = connection.used();
  *reply = Reply();
  reply->sent = world_.WorldTimeOf(now);
  hop.again = false;
  hop.state = State::kNeedMore;
  hop.read_error = error_code();
  reader_.Begin(hop.request->method == "HEAD" ? ResponseReader::BodyRule::kNone
                                              : ResponseReader::BodyRule::kAsFramed,
                &reply->response);
  (void)connection.TakeLeft();
  // Most requests fit into the socket's buffer: one system call and no way through the event loop.
  const IoResult written = connection.TryWrite(output_);
  hop.written = written.bytes;
  hop.write_error = written.error;
  if (hop.written < output_.size() &&
      (!hop.write_error || hop.write_error == asio::error::would_block)) {
    co_await WriteRest(connection, hop);
    now = Clock::now();
  }
  const bool nothing_left = hop.write_error && !connection.TakeLeft();
  if (hop.state == State::kNeedMore && !hop.read_error && !nothing_left) {
    // A server that refuses a large body answers and closes before it has read all of it: what it
    // said is read although the write has failed.
    if (reader_.bytes() == 0) connection.Arm(Limit::kFirstByte, now);
    co_await ReadAnswer(connection, hop);
  }
  if (nothing_left && reader_.bytes() == 0) {
    connection.Close();
    const std::string interrupted = connection.Interrupted();
    // The server closed the kept connection, and nothing of the request left.
    hop.again = kept && interrupted.empty();
    reply->error = SendError::kNotSent;
    reply->message =
        "not sent: " + (interrupted.empty() ? connection.Why(hop.write_error) : interrupted);
    co_return;
  }
  Conclude(connection, hop, kept, reply);
}

Task<void> HttpTransport::ReadAnswer(Connection& connection, Hop& hop) {
  while (hop.state == State::kNeedMore && !hop.read_error) {
    if (reader_.bytes() > 0) connection.ArmBody(Clock::now());
    IoResult got;
    if (connection.plain()) {
      auto read = connection.ReadPlain(reader_.Prepare());
      got = co_await read;
    } else if (connection.MayHaveBytes()) {
      got = connection.TryRead(reader_.Prepare());
    } else {
      got.error = asio::error::would_block;
    }
    if (got.error == asio::error::would_block) {
      auto readable = connection.Readable();
      const IoResult waited = co_await readable;
      // Closed by a limit: the socket's number may be another's by now.
      if (!waited.error && connection.is_open()) continue;
      got.error = asio::error::operation_aborted;
    }
    Take(got, connection, hop);
  }
}

// The rest of a request that the socket did not take at once. What the server says meanwhile is
// read, since it may wait for that with reading on.
Task<void> HttpTransport::WriteRest(Connection& connection, Hop& hop) {
  connection.Arm(Limit::kSend, Clock::now());
  while (hop.written < output_.size()) {
    const IoResult written = connection.TryWrite(std::string_view(output_).substr(hop.written));
    hop.written += written.bytes;
    hop.write_error = written.error;
    if (hop.write_error && hop.write_error != asio::error::would_block) co_return;
    hop.write_error = error_code();
    if (hop.written == output_.size()) co_return;
    const IoResult got = connection.TryRead(reader_.Prepare());
    if (got.error != asio::error::would_block) {
      Take(got, connection, hop);
      if (hop.state != State::kNeedMore || hop.read_error) co_return;
    }
    if (written.bytes > 0) connection.Arm(Limit::kSend, Clock::now());
    auto ready = connection.Ready();
    co_await ready;
    if (!connection.Interrupted().empty()) {
      hop.write_error = asio::error::operation_aborted;
      hop.read_error = asio::error::operation_aborted;
      co_return;
    }
  }
}

void HttpTransport::Take(const IoResult& got, Connection& connection, Hop& hop) {
  if (got.error == asio::error::eof && connection.Interrupted().empty()) {
    hop.state = reader_.CommitEof();
  } else if (got.error) {
    hop.read_error = got.error;
  } else {
    hop.state = reader_.Commit(got.bytes);
  }
}

// What an exchange has come to, once something of the request may have left.
void HttpTransport::Conclude(Connection& connection, Hop& hop, bool kept, Reply* reply) {
  const bool whole = hop.written == output_.size() && !hop.write_error;
  if (hop.state == State::kDone) {
    connection.Rest(Clock::now());
    const bool keep = whole && reader_.reusable() && impl_.options.keep_alive == KeepAlive::kOn;
    if (!keep) connection.Close();
    return;
  }
  hop.left = true;
  const bool unanswered = kept && reader_.bytes() == 0 && connection.Interrupted().empty();
  hop.again = unanswered && IsSafe(hop.request->method);
  GiveUp(connection, hop, reply);
  connection.Close();
}

// Fills in why there is no usable answer.
void HttpTransport::GiveUp(Connection& connection, const Hop& hop, Reply* reply) {
  const std::uint64_t bytes = reader_.bytes();
  const std::string got = std::to_string(bytes) + " bytes of the answer";
  if (connection.cancelled()) {
    reply->error = SendError::kCancelled;
    reply->message = "the run was stopped";
  } else if (connection.timed_out()) {
    reply->error = SendError::kTimeout;
    reply->message = connection.Interrupted();
    const Limit limit = *connection.timed_out();
    if (hop.written < output_.size()) {
      reply->message += ": only " + std::to_string(hop.written) + " of " +
                        std::to_string(output_.size()) + " bytes of the request were taken";
    } else if (bytes == 0) {
      reply->message += " waiting for the first byte";
    } else if (limit == Limit::kIdle) {
      reply->message += " without another byte: only " + got + " came";
    } else {
      if (limit == Limit::kBody) reply->message += " of reading the answer";
      reply->message += ": only " + got + " came";
    }
  } else if (hop.state == State::kFailed) {
    reply->error = reader_.error();
    reply->message = reader_.message();
  } else {
    reply->error = SendError::kClosed;
    reply->message = connection.Why(hop.read_error) + " after " + got;
  }
}

// The request's bytes into output_; why it cannot be sent, or "".
std::string HttpTransport::Write(const Hop& hop) {
  std::string cookie;
  if (cookies_ != nullptr && cookies_->size() > 0) {
    const Url& url = hop.origin->url;
    const std::string target = std::string(hop.base_path) + hop.request->target;
    cookie = cookies_->HeaderFor(
        {.host = url.host, .target = target, .secure = url.scheme == Scheme::kHttps},
        CalendarSeconds());
  }
  return WriteRequest(hop.origin->frame, *hop.request, hop.base_path, cookie, &output_);
}

Connection& HttpTransport::ConnectionTo(const Origin& origin) {
  if (&origin == &impl_.home) return home_;
  if (away_ == nullptr || &away_->origin() != &origin) {
    away_ = std::make_unique<Connection>(world_, impl_, origin);
  }
  return *away_;
}

void HttpTransport::KeepCookies(const Hop& hop, const Response& response) {
  if (cookies_ == nullptr) cookies_ = std::make_unique<CookieJar>();
  const Url& url = hop.origin->url;
  const std::string target = std::string(hop.base_path) + hop.request->target;
  const CookiePlace from{
      .host = url.host, .target = target, .secure = url.scheme == Scheme::kHttps};
  for (const Header& header : response.headers) {
    if (!EqualIgnoringCase(header.name, "Set-Cookie")) continue;
    cookies_->Store(header.value, from, CalendarSeconds());
  }
}

// The recorded body, and its length in the statistics, are those of the unpacked one, as Locust's.
void HttpTransport::Decode(Reply* reply) {
  std::string names;
  for (const Header& header : reply->response.headers) {
    if (!EqualIgnoringCase(header.name, "Content-Encoding")) continue;
    names += (names.empty() ? "" : ", ") + header.value;
  }
  std::string what;
  switch (DecodeContent(names, impl_.options.body_max, &reply->response.body, &what)) {
    case DecodeResult::kDone:
      return;
    case DecodeResult::kBroken:
      reply->error = SendError::kGarbage;
      reply->message = "answer's " + what;
      return;
    case DecodeResult::kTooLarge:
      reply->error = SendError::kTooLarge;
      reply->message = "answer larger than " + SizeText(impl_.options.body_max) + " when unpacked";
      return;
  }
}

// By the calendar, as cookies want it; real time has passed since the run began.
std::int64_t HttpTransport::CalendarSeconds() const {
  const auto now = std::chrono::nanoseconds(world_.started_unix_ns) + (Clock::now() - world_.start);
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

std::unique_ptr<Transport> MakeHttpTransport(LiveWorld& world, std::shared_ptr<HttpTarget> target) {
  REDRIVE_CHECK(target != nullptr);
  return std::make_unique<HttpTransport>(world, std::move(target));
}

}  // namespace redrive
