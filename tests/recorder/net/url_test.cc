#include "recorder/net/url.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

TEST(UrlTest, Parts) {
  const Url plain = ParseUrl("http://shop.example").value();
  EXPECT_EQ(plain.scheme, Scheme::kHttp);
  EXPECT_EQ(plain.host, "shop.example");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.base_path, "");
  EXPECT_EQ(plain.Authority(), "shop.example");
  const Url full = ParseUrl("HTTPS://me:se%3Acret@[::1]:8443/api/v1/").value();
  EXPECT_EQ(full.scheme, Scheme::kHttps);
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 8443);
  EXPECT_EQ(full.base_path, "/api/v1");
  EXPECT_EQ(full.authorization, "Basic bWU6c2U6Y3JldA==");
  EXPECT_EQ(full.Authority(), "[::1]:8443");
  EXPECT_EQ(ParseUrl("https://h:443").value().Authority(), "h");
  EXPECT_EQ(ParseUrl("https://h:80").value().Authority(), "h:80");
}

TEST(UrlTest, ErrorsNameThePart) {
  const std::pair<const char*, const char*> cases[] = {
      {"shop.example", "http:// or https:// is expected first"},
      {"ftp://h", "scheme 'ftp' is neither http nor https"},
      {"http://", "the host is missing"},
      {"http://:80", "the host is missing"},
      {"http://h:", "port '' is not a number from 1 to 65535"},
      {"http://h:0", "port '0' is not a number from 1 to 65535"},
      {"http://h:65536", "port '65536' is not a number from 1 to 65535"},
      {"http://h:8o", "port '8o' is not a number from 1 to 65535"},
      {"http://h%2f", "a host cannot hold '%'"},
      {"http://[::1", "the address in brackets has no end"},
      {"http://[zz]", "'zz' is not an IPv6 address"},
      {"http://[::1]8", "after the address a ':' and the port is expected"},
      {"http://u%zz@h", "the user or password has a broken %-escape"},
      {"http://h/?a=1", "a target has no query and no fragment"},
      {"http://h/a b", "holds a blank or a control character"},
      {"http://h/\r\nX: 1", "holds a blank or a control character"},
  };
  for (const auto& [text, message] : cases) {
    const Result<Url> url = ParseUrl(text);
    ASSERT_TRUE(url.has_error()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kInvalid);
    EXPECT_NE(url.error().message.find(message), std::string::npos) << url.error().message;
  }
  EXPECT_EQ(ParseUrl("http://me:secret@h:x").error().message.find("secret"), std::string::npos);
}

TEST(UrlTest, Loopback) {
  for (const char* text :
       {"http://localhost", "http://LOCALHOST:1", "http://localhost./", "http://127.0.0.1",
        "http://127.9.9.9:80", "https://[::1]:8443", "http://[::ffff:127.0.0.1]"}) {
    EXPECT_TRUE(IsLoopbackHost(text).value()) << text;
  }
  for (const char* text : {"http://shop.example", "http://127.0.0.1.example", "http://10.0.0.1",
                           "http://[::2]", "http://localhost.example", "http://0.0.0.0",
                           "http://localhost@shop.example", "http://127.0.0.1@10.0.0.1"}) {
    EXPECT_FALSE(IsLoopbackHost(text).value()) << text;
  }
  EXPECT_TRUE(IsLoopbackHost("localhost").has_error());
}

}  // namespace
}  // namespace redrive
