// A PostgreSQL server of the test's own, from Debian's packages: made, started and removed with the
// object, on a free port of loopback.
#ifndef REDRIVE_TESTS_RECORDER_PROBE_POSTGRES_TESTING_H_
#define REDRIVE_TESTS_RECORDER_PROBE_POSTGRES_TESTING_H_

#include <libpq-fe.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace redrive::testing_support {

// "" when it is not installed.
std::string PostgresPrograms();

class PostgresServer {
 public:
  // REQUIRES: PostgresPrograms() is not empty. `settings` are lines of postgresql.conf.
  explicit PostgresServer(const std::vector<std::string>& settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  [[nodiscard]] const std::string& problem() const { return problem_; }  // "" when it runs
  [[nodiscard]] std::string Uri(const std::string& user = "app") const;
  [[nodiscard]] const std::string& password() const { return password_; }
  void Stop();  // at once, as a crash
  void Start();

 private:
  [[nodiscard]] bool Run(const std::vector<std::string>& words) const;

  std::string programs_;
  std::string folder_;
  std::string password_ = "s3cr3t/p@ss";
  std::string problem_;
  std::uint16_t port_ = 0;
  pid_t server_ = -1;
};

// A client of the test's own.
class PostgresClient {
 public:
  explicit PostgresClient(const std::string& uri);
  ~PostgresClient();
  PostgresClient(const PostgresClient&) = delete;
  PostgresClient& operator=(const PostgresClient&) = delete;
  // The SQLSTATE of an error, or "".
  std::string Do(const std::string& sql);
  [[nodiscard]] bool connected() const;

 private:
  PGconn* connection_;
};

}  // namespace redrive::testing_support

#endif  // REDRIVE_TESTS_RECORDER_PROBE_POSTGRES_TESTING_H_
