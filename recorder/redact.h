// Redactor: takes secrets out of requests and responses before they reach a sink.
//
// A secret becomes "[redacted:8 hex digits]", a keyed one-way hash: equal secrets stay equal within
// a trace and different ones different, so a reader still sees who used whose token. It protects
// from reading or replaying a credential out of a shared trace. It does not protect a guessable
// secret: the key is the run's seed, which the trace holds, so whoever has the file can test
// guesses. A secret in a place that no rule below names (a path segment, a free text) is not found.
#ifndef REDRIVE_RECORDER_REDACT_H_
#define REDRIVE_RECORDER_REDACT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/http.h"
#include "recorder/secret_filter.h"

namespace redrive {

// Not thread-safe: it remembers what it has hidden.
class Redactor {
 public:
  // `key` is the run's seed. `extra_names` are more names of headers, JSON members and query or
  // form parameters whose values are secret. Names match without regard to case, '-' and '_', so
  // "access_token" covers "accessToken".
  explicit Redactor(std::uint64_t key, const std::vector<std::string>& extra_names = {});

  // Headers, query and body, in place. Idempotent.
  void Redact(Request* request) const;
  void Redact(Response* response) const;
  // False: Redact would change nothing. Quick, where Redact is not.
  [[nodiscard]] bool PerhapsSecret(const Request& request) const;

  // Members with secret names at any depth, in JSON that may be broken or cut short; also JSON
  // inside JSON strings, and name=value pairs. Valid JSON stays valid: a value of any type becomes
  // a string, null stays null.
  [[nodiscard]] std::string RedactBody(std::string_view body) const;

  // "?name=secret&…" in a request target, a URL or a form body.
  [[nodiscard]] std::string RedactParameters(std::string_view text) const;

  // "[redacted:8 hex digits]"; an empty or already redacted text is returned as it is.
  [[nodiscard]] std::string Hide(std::string_view secret) const;

  [[nodiscard]] bool IsSecretName(std::string_view name) const;

 private:
  [[nodiscard]] bool PerhapsSecret(const std::vector<Header>& headers) const;
  void RedactHeaders(std::vector<Header>* headers) const;
  [[nodiscard]] std::string RedactJson(std::string_view body, int depth) const;

  std::uint64_t key_;
  std::vector<std::string> names_;  // normalised, sorted
  SecretFilter filter_;
  mutable std::map<std::string, std::string, std::less<>> hidden_;  // by secret
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_REDACT_H_
