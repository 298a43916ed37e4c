// PostgresConnection: the one face of libpq. Asks one query at a time and gives up in time, also
// when the server has stopped answering.
#ifndef REDRIVE_RECORDER_PROBE_POSTGRES_CONNECTION_H_
#define REDRIVE_RECORDER_PROBE_POSTGRES_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace redrive {

// Null is an empty optional.
using PostgresRow = std::vector<std::optional<std::string>>;

class PostgresConnection {
 public:
  // `uri` is "postgresql://…"; what it leaves out comes from libpq's usual places (PGPASSWORD,
  // ~/.pgpass). Connects to nothing. Error (kInvalid): it is no such URI; never quotes it.
  [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> Make(const std::string& uri);
  ~PostgresConnection();

  // Connects when it is not connected: as application "redrive", reads only, two seconds for each
  // statement. Errors (kIo) are libpq's, in one line, without the password; at most five seconds.
  [[nodiscard]] Result<void> Connect();
  // At most three seconds; an error of the server keeps the connection, any other ends it.
  // At most 10,000 rows are kept. REQUIRES: connected.
  [[nodiscard]] Result<std::vector<PostgresRow>> Query(const std::string& sql);
  [[nodiscard]] bool connected() const;
  [[nodiscard]] int server_version() const;  // 150004; 0 when not connected

 private:
  struct Impl;
  explicit PostgresConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_POSTGRES_CONNECTION_H_
