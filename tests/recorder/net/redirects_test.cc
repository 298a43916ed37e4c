#include "recorder/net/redirects.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

std::string Resolve(const std::string& target, const std::string& location,
                    const std::string& base = "http://shop.example:8001") {
  const Result<Location> found =
      ResolveLocation({.url = ParseUrl(base).value(), .target = target}, location);
  if (found.has_error()) return "error: " + found.error().message;
  return (found->url.scheme == Scheme::kHttps ? "https://" : "http://") + found->url.Authority() +
         found->target;
}

TEST(ResolveLocationTest, ReferencesOfEveryKind) {
  const std::string base = "/b/c/d;p?q";  // the examples of RFC 3986, 5.4
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"g", "/b/c/g"},
      {"./g", "/b/c/g"},
      {"g/", "/b/c/g/"},
      {"/g", "/g"},
      {"?y", "/b/c/d;p?y"},
      {"g?y", "/b/c/g?y"},
      {"#s", "/b/c/d;p?q"},
      {"g#s", "/b/c/g"},
      {"g?y#s", "/b/c/g?y"},
      {";x", "/b/c/;x"},
      {"", "/b/c/d;p?q"},
      {".", "/b/c/"},
      {"./", "/b/c/"},
      {"..", "/b/"},
      {"../g", "/b/g"},
      {"../..", "/"},
      {"../../g", "/g"},
      {"../../../g", "/g"},
      {"/./g", "/g"},
      {"/../g", "/g"},
      {"g.", "/b/c/g."},
      {"..g", "/b/c/..g"},
      {"./g/.", "/b/c/g/"},
      {"g/../h", "/b/c/h"},
      {"g;x=1/../y", "/b/c/y"},
      {"g?y/../x", "/b/c/g?y/../x"},
      {"/über alles", "/%C3%BCber%20alles"},
  };
  for (const auto& [location, target] : cases) {
    EXPECT_EQ(Resolve(base, location), "http://shop.example:8001" + target) << location;
  }
}

TEST(ResolveLocationTest, OtherServers) {
  EXPECT_EQ(Resolve("/a", "https://other.example/x?y"), "https://other.example/x?y");
  EXPECT_EQ(Resolve("/a", "HTTP://other.example"), "http://other.example/");
  EXPECT_EQ(Resolve("/a", "http://other.example?y"), "http://other.example/?y");
  EXPECT_EQ(Resolve("/a", "//other.example:99/x", "https://shop.example"),
            "https://other.example:99/x");
  EXPECT_EQ(Resolve("/a", "http://user:secret@[::1]:8/x"), "http://[::1]:8/x");
}

TEST(ResolveLocationTest, WhatLeadsNowhere) {
  for (const std::string location :
       {"ftp://shop.example/x", "javascript:alert(1)", "http:", "http:///x", "http://a b/",
        "http://shop.example:0/", "mailto:a@b", "http://[::1/"}) {
    EXPECT_TRUE(Resolve("/a", location).starts_with("error: Location '"))
        << location << " " << Resolve("/a", location);
  }
  EXPECT_TRUE(Resolve("/a", "/" + std::string(10'000, 'x')).starts_with("error: "));
}

Request Rewritten(int status, const std::string& method,
                  const std::string& to = "http://a.example") {
  Request request{method,
                  "/x",
                  {{"Host", "me"},
                   {"Content-Type", "text/plain"},
                   {"Authorization", "Bearer t"},
                   {"Cookie", "a=b"},
                   {"X-Own", "1"}},
                  "body"};
  RewriteForRedirect(status, ParseUrl("http://a.example").value(), ParseUrl(to).value(), &request);
  return request;
}

TEST(RewriteForRedirectTest, MethodAndBody) {
  struct Case {
    int status;
    const char* method;
    const char* becomes;
  };
  for (const Case& c : std::vector<Case>{{301, "POST", "GET"},
                                         {301, "PUT", "PUT"},
                                         {302, "POST", "GET"},
                                         {302, "DELETE", "GET"},
                                         {302, "HEAD", "HEAD"},
                                         {303, "PUT", "GET"},
                                         {307, "POST", "POST"},
                                         {308, "PATCH", "PATCH"}}) {
    const Request request = Rewritten(c.status, c.method);
    EXPECT_EQ(request.method, c.becomes) << c.status << c.method;
    const bool to_get = std::string(c.becomes) == "GET";
    EXPECT_EQ(request.body, to_get ? "" : "body");
    EXPECT_EQ(FindHeader(request.headers, "Content-Type") == nullptr, to_get);
    EXPECT_EQ(FindHeader(request.headers, "Host"), nullptr);
    EXPECT_NE(FindHeader(request.headers, "X-Own"), nullptr);
    EXPECT_NE(FindHeader(request.headers, "Authorization"), nullptr);
  }
}

TEST(RewriteForRedirectTest, SecretsStayWithTheirOrigin) {
  for (const char* to : {"http://b.example", "http://a.example:8080", "https://a.example:8443"}) {
    const Request request = Rewritten(307, "POST", to);
    EXPECT_EQ(FindHeader(request.headers, "Authorization"), nullptr) << to;
    EXPECT_EQ(FindHeader(request.headers, "Cookie"), nullptr) << to;
  }
  EXPECT_NE(FindHeader(Rewritten(307, "POST", "https://A.example").headers, "Authorization"),
            nullptr);
}

}  // namespace
}  // namespace redrive
