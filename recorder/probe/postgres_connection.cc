#include "recorder/probe/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/check.h"
#include "recorder/probe/mask_query.h"

namespace redrive {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kConnectMax = std::chrono::seconds(5);
constexpr auto kQueryMax = std::chrono::seconds(3);
constexpr int kRowsMax = 10'000;
constexpr std::size_t kMessageBytesMax = 300;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, Clear>;

// libpq's messages have several lines and end in one.
std::string OneLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  return text;
}

// False: the deadline has passed.
bool WaitForSocket(int socket, short events, Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  if (left <= 0 || socket < 0) return false;
  pollfd waiting{socket, events, 0};
  return ::poll(&waiting, 1, static_cast<int>(left)) > 0;
}

void Quiet(void*, const PGresult*) {}  // notices go nowhere, not to standard error

}  // namespace

struct PostgresConnection::Impl {
  std::string uri;
  PGconn* connection = nullptr;

  ~Impl() { Close(); }
  void Close() {
    if (connection != nullptr) PQfinish(connection);
    connection = nullptr;
  }
  Error Fail(const std::string& what) {
    Error error{ErrorCode::kIo, Scrub(OneLine(what), uri)};
    Close();
    return error;
  }
  Result<void> Establish();
  Result<PgResult> Await(Clock::time_point deadline);
};

PostgresConnection::PostgresConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Make(const std::string& uri) {
  const bool scheme = uri.starts_with("postgresql://") || uri.starts_with("postgres://");
  char* message = nullptr;
  PQconninfoOption* const options = scheme ? PQconninfoParse(uri.c_str(), &message) : nullptr;
  if (message != nullptr) PQfreemem(message);  // it quotes what may be the password
  if (options == nullptr) {
    return Error{ErrorCode::kInvalid,
                 "not a URI of PostgreSQL; expected postgresql://user:password@host:5432/database "
                 "with special characters percent-encoded"};
  }
  PQconninfoFree(options);
  auto impl = std::make_unique<Impl>();
  impl->uri = uri;
  return std::unique_ptr<PostgresConnection>(new PostgresConnection(std::move(impl)));
}

bool PostgresConnection::connected() const { return impl_->connection != nullptr; }

int PostgresConnection::server_version() const {
  return connected() ? PQserverVersion(impl_->connection) : 0;
}

Result<void> PostgresConnection::Connect() {
  if (connected()) return {};
  const Result<void> established = impl_->Establish();
  if (established.has_error()) return established;
  for (const char* setting :
       {"SET default_transaction_read_only = on", "SET statement_timeout = 2000",
        "SET lock_timeout = 1000", "SET search_path = pg_catalog"}) {
    const Result<std::vector<PostgresRow>> set = Query(setting);
    if (set.has_error()) return impl_->Fail(set.error().message);
  }
  return {};
}

Result<void> PostgresConnection::Impl::Establish() {
  // The first is expanded; the later ones win over what it says.
  const char* const keywords[] = {"dbname", "application_name", "client_encoding", nullptr};
  const char* const values[] = {uri.c_str(), "redrive", "UTF8", nullptr};
  connection = PQconnectStartParams(keywords, values, 1);
  if (connection == nullptr) return Fail("out of memory");
  const Clock::time_point deadline = Clock::now() + kConnectMax;
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (PQstatus(connection) == CONNECTION_BAD) return Fail(PQerrorMessage(connection));
  while (status != PGRES_POLLING_OK) {
    const short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!WaitForSocket(PQsocket(connection), events, deadline)) {
      return Fail("no connection within 5 s");
    }
    status = PQconnectPoll(connection);
    if (status == PGRES_POLLING_FAILED) return Fail(PQerrorMessage(connection));
  }
  PQsetNoticeReceiver(connection, Quiet, nullptr);
  return {};
}

// The next result, or a null one behind the last.
Result<PgResult> PostgresConnection::Impl::Await(Clock::time_point deadline) {
  while (PQisBusy(connection) != 0) {
    if (!WaitForSocket(PQsocket(connection), POLLIN, deadline)) {
      return Fail("no answer within 3 s");
    }
    if (PQconsumeInput(connection) == 0) return Fail(PQerrorMessage(connection));
  }
  return PgResult(PQgetResult(connection));
}

Result<std::vector<PostgresRow>> PostgresConnection::Query(const std::string& sql) {
  REDRIVE_CHECK(connected());
  Impl& impl = *impl_;
  const Clock::time_point deadline = Clock::now() + kQueryMax;
  if (PQsendQuery(impl.connection, sql.c_str()) == 0) {
    return impl.Fail(PQerrorMessage(impl.connection));
  }
  std::vector<PostgresRow> rows;
  std::optional<Error> refused;
  while (true) {
    Result<PgResult> result = impl.Await(deadline);
    if (result.has_error()) return result.error();
    const PGresult* const table = result->get();
    if (table == nullptr) break;
    const ExecStatusType status = PQresultStatus(table);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
      refused = Error{ErrorCode::kIo, Scrub(OneLine(PQresultErrorMessage(table)), impl.uri)};
      continue;
    }
    for (int row = 0; row < std::min(PQntuples(table), kRowsMax); ++row) {
      PostgresRow& cells = rows.emplace_back();
      for (int column = 0; column < PQnfields(table); ++column) {
        if (PQgetisnull(table, row, column) != 0) {
          cells.emplace_back();
          continue;
        }
        const auto size = static_cast<std::size_t>(PQgetlength(table, row, column));
        cells.emplace_back(std::string(PQgetvalue(table, row, column), size));
      }
    }
  }
  if (PQstatus(impl.connection) == CONNECTION_BAD) {
    return impl.Fail(refused ? refused->message : PQerrorMessage(impl.connection));
  }
  if (refused) return *refused;
  return rows;
}

}  // namespace redrive
