#include "recorder/net/cookie_jar.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

constexpr std::int64_t kNow = 1'780'000'000;  // May 2026

class CookieJarTest : public testing::Test {
 protected:
  void Set(std::string_view cookie, std::string_view target = "/", bool secure = false,
           std::string_view host = "shop.example.org") {
    jar_.Store(cookie, {.host = host, .target = target, .secure = secure}, kNow);
  }
  std::string At(std::string_view host, std::string_view target = "/", bool secure = false,
                 std::int64_t now_s = kNow) {
    return jar_.HeaderFor({.host = host, .target = target, .secure = secure}, now_s);
  }

  CookieJar jar_;
};

TEST_F(CookieJarTest, NameValueAndOrder) {
  Set("a=1");
  Set("  b = \"two\"  ; HttpOnly; SameSite=Lax");
  Set("deep=3; Path=/api/x");
  Set("empty=");
  EXPECT_EQ(At("shop.example.org"), "a=1; b=\"two\"; empty=");
  EXPECT_EQ(At("SHOP.example.ORG", "/api/x?y=/z"), "deep=3; a=1; b=\"two\"; empty=");
  Set("a=4");  // in its old place
  EXPECT_EQ(At("shop.example.org"), "a=4; b=\"two\"; empty=");
}

TEST_F(CookieJarTest, WhatIsNoCookieIsIgnored) {
  for (const char* text : {"", ";", "=x", "novalue", "  =; Path=/", "a=b\nc", "a=b\x01"}) Set(text);
  Set("big=" + std::string(CookieJar::kCookieBytesMax, 'x'));
  EXPECT_EQ(jar_.size(), 0U);
}

TEST_F(CookieJarTest, Domains) {
  Set("host=1");
  Set("wide=2; Domain=example.org");
  Set("dot=3; Domain=.EXAMPLE.org");
  Set("other=4; Domain=example.net");
  Set("below=5; Domain=a.shop.example.org");
  Set("suffix=6; Domain=org");
  Set("part=7; Domain=ample.org");
  EXPECT_EQ(At("shop.example.org"), "host=1; wide=2; dot=3");
  EXPECT_EQ(At("example.org"), "wide=2; dot=3");
  EXPECT_EQ(At("a.shop.example.org"), "wide=2; dot=3");
  EXPECT_EQ(At("myexample.org"), "");
  EXPECT_EQ(At("org"), "");
}

TEST_F(CookieJarTest, AddressesAndSingleNamesMatchThemselvesOnly) {
  Set("a=1; Domain=127.0.0.1", "/", false, "127.0.0.1");
  Set("b=2; Domain=0.0.1", "/", false, "127.0.0.1");
  Set("c=3; Domain=localhost", "/", false, "localhost");
  EXPECT_EQ(At("127.0.0.1"), "a=1");
  EXPECT_EQ(At("1.127.0.0.1"), "");
  EXPECT_EQ(At("localhost"), "c=3");
  EXPECT_EQ(At("x.localhost"), "");
}

TEST_F(CookieJarTest, Paths) {
  Set("default=1", "/api/login?next=/x");
  Set("top=2", "/login");
  Set("own=3; Path=/api/", "/login");
  Set("relative=4; Path=api", "/a/b/c");
  EXPECT_EQ(At("shop.example.org", "/api"), "default=1; top=2");
  EXPECT_EQ(At("shop.example.org", "/api/x"), "own=3; default=1; top=2");
  EXPECT_EQ(At("shop.example.org", "/apiary"), "top=2");
  EXPECT_EQ(At("shop.example.org", "/a/b"), "relative=4; top=2");
}

TEST_F(CookieJarTest, SecureOnesNeedTls) {
  Set("s=1; Secure", "/", true);
  Set("p=2", "/", true);
  EXPECT_EQ(At("shop.example.org", "/", true), "s=1; p=2");
  EXPECT_EQ(At("shop.example.org", "/", false), "p=2");
}

TEST_F(CookieJarTest, Lifetimes) {
  Set("session=1");
  Set("short=2; Max-Age=10");
  Set("dated=3; Expires=Thu, 28 May 2026 20:26:50 GMT");  // kNow + 10
  Set("both=4; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  Set("odd=5; Max-Age=soon; Expires=never");
  EXPECT_EQ(At("shop.example.org"), "session=1; short=2; dated=3; both=4; odd=5");
  EXPECT_EQ(At("shop.example.org", "/", false, kNow + 9),
            "session=1; short=2; dated=3; both=4; odd=5");
  EXPECT_EQ(At("shop.example.org", "/", false, kNow + 10), "session=1; both=4; odd=5");
  Set("session=; Max-Age=0");
  Set("both=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  Set("odd=; Max-Age=-1");
  EXPECT_EQ(At("shop.example.org"), "short=2; dated=3");
  Set("huge=6; Max-Age=99999999999999999999999999");
  EXPECT_EQ(At("shop.example.org", "/", false, kNow + 1'000'000), "huge=6");
}

TEST_F(CookieJarTest, TheOldestGoesFirst) {
  for (std::size_t i = 0; i < CookieJar::kCookiesMax + 5; ++i) {
    Set("c" + std::to_string(i) + "=x");
  }
  EXPECT_EQ(jar_.size(), CookieJar::kCookiesMax);
  EXPECT_TRUE(At("shop.example.org").starts_with("c5=x; c6=x")) << At("shop.example.org");
}

TEST(CookieDateTest, AsServersWriteThem) {
  const std::vector<std::pair<const char*, std::int64_t>> good = {
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777},
      {"Sun Nov  6 08:49:37 1994", 784'111'777},
      {"6 november 1994 8:49:37", 784'111'777},
      {"Tue, 29 Feb 2000 23:59:59 GMT", 951'868'799},
      {"01-Jan-2038 00:00:00", 2'145'916'800},
  };
  for (const auto& [text, seconds] : good) {
    ASSERT_TRUE(ParseCookieDate(text).has_value()) << text;
    EXPECT_EQ(*ParseCookieDate(text), seconds) << text;
  }
  for (const char* text : {"", "never", "Thu, 01 Jan 1970", "00 Jan 1970 00:00:00",
                           "32 Jan 1970 00:00:00", "01 Jan 1600 00:00:00", "01 Jan 1970 24:00:00",
                           "01 Jan 1970 00:60:00", "01 Foo 1970 1:1:1", "1 Jan 19700 00:00:00"}) {
    EXPECT_FALSE(ParseCookieDate(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace redrive
