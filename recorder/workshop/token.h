// Tokens: three base64url parts as a JWT with HS256. The signature is a keyed hash of the
// workshop's seed, verified on use; it protects a simulation, not a service.
#ifndef REDRIVE_RECORDER_WORKSHOP_TOKEN_H_
#define REDRIVE_RECORDER_WORKSHOP_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redrive::workshop {

inline constexpr std::int64_t kTokenSeconds = 168 * 3600;

struct Claims {
  std::string user_id;
  std::string role;
  std::string email;
  std::string organization_id;  // "" for none
  std::int64_t expires = 0;     // seconds since 1970
};

std::string MakeToken(std::uint64_t seed, const Claims& claims);
// Empty when the token is malformed or its signature does not hold. Does not look at `expires`.
std::optional<Claims> ReadToken(std::uint64_t seed, std::string_view token);

// A password as it is stored; not for real secrets.
std::string HashPassword(std::string_view password);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_TOKEN_H_
