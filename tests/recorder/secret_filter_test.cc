// SecretFilter may be wrong in one direction only: what it lets pass, the exact rules do not
// change.
#include "recorder/secret_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/rng.h"
#include "recorder/redact.h"

namespace redrive {
namespace {

// Texts from pieces that make names, quotes, values and their disguises meet.
std::string RandomText(Rng rng) {
  static const std::vector<std::string> kPieces = {
      "\"",     "'",     ":",        ": ",      ",",     "{",        "}",    "=",
      "&",      "?",     "\\",       "token",   "Token", "to_ken",   "pass", "word",
      "-",      "_",     "password", "secret",  "id",    "ticket",   "abc",  "[",
      "cookie", "%6b",   "\\u006b",  "api_key", "null",  "1234567",  " ",    "\n",
      "\":\"",  "\",\"", "session",  "gstin",   "key",   "customer", "\\\"", "x"};
  std::string text;
  const std::uint64_t pieces = rng.Below(24);
  for (std::uint64_t i = 0; i < pieces; ++i) text += kPieces[rng.Below(kPieces.size())];
  return text;
}

TEST(SecretFilterTest, WhatItLetsPassHoldsNoSecret) {
  const Redactor redactor(42, {"gstin-key"});
  const SecretFilter filter({"gstinkey", "authorization", "cookie", "setcookie", "password",
                             "token", "sessiontoken", "secret", "apikey", "xapikey", "csrftoken",
                             "accesstoken", "idtoken", "refreshtoken", "clientsecret",
                             "newpassword", "oldpassword"});
  std::uint64_t passed = 0;
  for (std::uint64_t i = 0; i < 300'000; ++i) {
    const std::string text = RandomText(Rng(7).Split(i));
    if (!filter.PerhapsBody(text)) {
      ++passed;
      ASSERT_EQ(redactor.RedactBody(text), text) << "text " << i << " of seed 7";
    }
    if (!filter.PerhapsParameters(text)) {
      ASSERT_EQ(redactor.RedactParameters(text), text) << "text " << i << " of seed 7";
    }
    if (!filter.PerhapsName(text)) {
      ASSERT_FALSE(redactor.IsSecretName(text)) << text;
    }
  }
  EXPECT_GT(passed, 10'000U);  // else it proves nothing
}

TEST(SecretFilterTest, OrdinaryTextPasses) {
  const SecretFilter filter({"password", "token", "apikey"});
  EXPECT_FALSE(filter.PerhapsBody(R"({"ticket_id":"t1","title":"Battery swap","items":[1,2]})"));
  EXPECT_FALSE(filter.PerhapsParameters("/api/tickets?page=1&limit=20"));
  EXPECT_TRUE(filter.PerhapsBody(R"({"Pass_Word" : "x"})"));
  EXPECT_TRUE(filter.PerhapsParameters("/login?tok%65n=x"));
  EXPECT_TRUE(filter.PerhapsName("API-Key"));
}

}  // namespace
}  // namespace redrive
