// Nothing of the data, and no password, may be shown.
#include "recorder/probe/mask_query.h"

#include <gtest/gtest.h>

#include <utility>

namespace redrive {
namespace {

TEST(MaskQueryTest, LiteralsGoNamesStay) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT * FROM t WHERE a = 'x' AND b = 12", "SELECT * FROM t WHERE a = ? AND b = ?"},
      {"select 'it''s', E'a\\'b', 'c'", "select ?, ?, ?"},
      {"SELECT name'x'", "SELECT name?"},
      {"SELECT $$a'b$$, $tag$ $$ x $tag$, $1", "SELECT ?, ?, $1"},
      {"SELECT 1.5e-3, 0x1F, t1.c2", "SELECT ?-?, ?, t1.c2"},
      {"SELECT a /* it's 7 /* nested */ 8 */ , b -- 'x'\n FROM t", "SELECT a , b FROM t"},
      {"SELECT \"Col 7\"  ,\n\t c", "SELECT \"Col 7\" , c"},
      {"INSERT INTO t VALUES ('cut off here", "INSERT INTO t VALUES (?"},
      {"SELECT $tag$cut", "SELECT ?"},
      {"", ""},
  };
  for (const auto& [sql, masked] : cases) EXPECT_EQ(MaskSql(sql), masked) << sql;
}

TEST(MaskQueryTest, LongOnesAreCutBetweenCharacters) {
  std::string names;
  for (int i = 0; i < 200; ++i) names += "ä";
  const std::string masked = MaskSql("x" + names);
  EXPECT_LE(masked.size(), 200U);
  EXPECT_TRUE(masked.ends_with("ä…")) << masked;
}

TEST(WithoutPasswordTest, HoweverItIsWritten) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgresql://app:pw@h:5432/db?sslmode=require",
       "postgresql://app@h:5432/db?sslmode=require"},
      {"postgresql://app@h/db", "postgresql://app@h/db"},
      {"postgresql://h/db?user=a&password=pw&x=1", "postgresql://h/db?user=a&x=1"},
      {"postgresql://h/db?sslpassword=pw", "postgresql://h/db"},
      {"mongodb://a:p@w@h1:1,h2:2/db", "mongodb://a@h1:1,h2:2/db"},
      {"mongodb://a:p?w/@h/db", "mongodb://a@h/db"},
      {"mongodb://a:pw@h/?authMechanismProperties=AWS_SESSION_TOKEN:pw", "mongodb://a@h/"},
      {"mongodb://h/?tlsCertificateKeyFilePassword=pw&tls=true", "mongodb://h/?tls=true"},
      {"host=h password=pw", ""},
      {"pw", ""},
  };
  for (const auto& [uri, shown] : cases) EXPECT_EQ(WithoutPassword(uri), shown) << uri;
}

TEST(ScrubTest, WrittenAndDecoded) {
  EXPECT_EQ(Scrub("bad s%40c and s@c", "x://u:s%40c@h/"), "bad *** and ***");
  EXPECT_EQ(Scrub("bad pw", "x://h/?password=pw"), "bad ***");
  EXPECT_EQ(Scrub("as it was", "x://u@h/"), "as it was");
  EXPECT_EQ(Scrub("a*b", "x://u:*@h/"), "a***b");  // comes to an end
}

}  // namespace
}  // namespace redrive
