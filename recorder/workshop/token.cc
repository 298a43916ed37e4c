#include "recorder/workshop/token.h"

#include "core/hash.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/url.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";  // HS256, JWT

// 32 bytes, as long as an HMAC-SHA256.
std::string Signature(std::uint64_t seed, std::string_view signed_text) {
  const std::uint64_t hash = HashBytes(signed_text);
  std::string bytes;
  for (std::uint64_t part = 0; part < 4; ++part) {
    std::uint64_t word = Scramble(hash ^ Scramble(seed + part * 0x9e3779b97f4a7c15ULL));
    for (int i = 0; i < 8; ++i) {
      bytes += static_cast<char>(word & 255U);
      word >>= 8;
    }
  }
  return Base64UrlEncode(bytes);
}

}  // namespace

std::string MakeToken(std::uint64_t seed, const Claims& claims) {
  Value payload = Object("user_id", claims.user_id, "role", claims.role, "email", claims.email);
  if (!claims.organization_id.empty()) payload.Add("org_id", claims.organization_id);
  payload.Add("exp", claims.expires);
  std::string token(kHeader);
  token += '.';
  token += Base64UrlEncode(ToJson(payload));
  const std::string signature = Signature(seed, token);
  token += '.';
  return token += signature;
}

std::optional<Claims> ReadToken(std::uint64_t seed, std::string_view token) {
  const std::size_t last_dot = token.rfind('.');
  const std::size_t first_dot = token.find('.');
  if (last_dot == std::string_view::npos || first_dot == last_dot || token.size() > 4'096) {
    return std::nullopt;
  }
  if (Signature(seed, token.substr(0, last_dot)) != token.substr(last_dot + 1)) {
    return std::nullopt;
  }
  std::string payload_text;
  if (!Base64UrlDecode(token.substr(first_dot + 1, last_dot - first_dot - 1), &payload_text)) {
    return std::nullopt;
  }
  const JsonResult payload = ParseJson(payload_text);
  if (payload.error != nullptr) return std::nullopt;
  Claims claims;
  claims.user_id = payload.value["user_id"].String();
  claims.role = payload.value["role"].String();
  claims.email = payload.value["email"].String();
  claims.organization_id = payload.value["org_id"].String();
  claims.expires = payload.value["exp"].Int();
  return claims;
}

std::string HashPassword(std::string_view password) {
  return "h1$" + ToHex(Scramble(HashBytes(password) ^ 0x776f726b73686f70ULL));
}

}  // namespace redrive::workshop
