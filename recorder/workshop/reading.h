// RequestReading: what the bytes of a request say, whatever the state of the workshop: route,
// parameters, body, credentials. ReadingMemo keeps readings of requests that come again and again,
// as they do in a search and often under load.
#ifndef REDRIVE_RECORDER_WORKSHOP_READING_H_
#define REDRIVE_RECORDER_WORKSHOP_READING_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recorder/http.h"
#include "recorder/workshop/rate_limiter.h"
#include "recorder/workshop/router.h"
#include "recorder/workshop/token.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {

struct FieldRule;

// A body as the handler sees it.
struct RequestBody {
  Value value;                  // parsed and sanitised; a string when it was not sent as JSON
  const char* error = nullptr;  // why it could not be parsed
  std::size_t error_at = 0;
};

// Not thread-safe: what is rarely asked for is worked out when it is. `request` and `router` must
// outlive this.
class RequestReading {
 public:
  RequestReading(const Request& request, const Router& router, std::uint64_t seed);
  RequestReading(const RequestReading&) = delete;
  RequestReading& operator=(const RequestReading&) = delete;

  std::string_view raw_path;  // without query
  std::string_view path;      // without its /api or /api/v1 prefix; empty when it has none
  bool is_write = false;
  bool is_public = false;  // needs no token
  bool passes_csrf = false;
  std::string_view required_plan;  // of a write; empty when every plan may
  RateCategory category;
  Match match;
  std::vector<PathParameter> parameters;
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string_view forwarded_for;  // the last address of X-Forwarded-For; empty without one
  std::string_view token;          // of the bearer or the session cookie; empty without one

  const RequestBody& Body();
  // Of the token; empty when it is none of this workshop's.
  const std::optional<Claims>& TokenClaims();

  // The rules that body and query were last found to obey; null for none. Each handler has rules of
  // its own, so they are known by their place.
  const FieldRule* body_obeys = nullptr;
  const FieldRule* query_obeys = nullptr;

 private:
  const Request& request_;
  std::uint64_t seed_;
  std::optional<RequestBody> body_;
  std::optional<std::optional<Claims>> claims_;
};

// A fixed number of places; a request that comes for the second time takes the place of another.
// What it finds is the reading of an equal request, compared byte for byte, so it changes no
// answer. Not thread-safe.
class ReadingMemo {
 public:
  // `router` must outlive this.
  ReadingMemo(const Router& router, std::uint64_t seed) : router_(router), seed_(seed) {}
  // Null unless an equal request came before; keep it while the request is being answered.
  std::shared_ptr<RequestReading> Find(const Request& request);

 private:
  static constexpr std::size_t kPlaces = 256;
  static constexpr std::size_t kBytesMax = 16'384;  // larger requests are not kept
  struct Kept;
  struct Place {
    std::uint64_t last = 0;  // the hash of the request that came last
    std::shared_ptr<Kept> kept;
  };
  const Router& router_;
  std::uint64_t seed_;
  std::array<Place, kPlaces> places_;
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_READING_H_
