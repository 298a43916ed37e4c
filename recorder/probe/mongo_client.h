// MongoClient: the one face of libmongoc. Commands go in and come out as JSON.
#ifndef REDRIVE_RECORDER_PROBE_MONGO_CLIENT_H_
#define REDRIVE_RECORDER_PROBE_MONGO_CLIENT_H_

#include <memory>
#include <string>

#include "core/result.h"

namespace redrive {

class MongoClient {
 public:
  // `uri` is "mongodb://…" or "mongodb+srv://…". Connects to nothing. Error (kInvalid): it is no
  // such URI; never quotes its password.
  [[nodiscard]] static Result<std::unique_ptr<MongoClient>> Make(const std::string& uri);
  ~MongoClient();

  // The database in the URI's path; "" when it names none.
  [[nodiscard]] const std::string& database() const;

  // The server's answer as relaxed extended JSON (numbers are numbers, a date is {"$date": …}).
  // Connects when needed, as application "redrive"; comes back within about ten seconds. Errors
  // (kIo): no server, the server's own error, an answer that is no BSON; one line, no password.
  [[nodiscard]] Result<std::string> Command(const std::string& database,
                                            const std::string& command_json);

 private:
  struct Impl;
  explicit MongoClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_MONGO_CLIENT_H_
