#include "recorder/locust_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redrive {
namespace {

using testing::ElementsAre;

std::string Text(const Result<std::vector<LocustSetting>>& settings) {
  if (settings.has_error()) return "error: " + settings.error().message;
  std::string text;
  for (const LocustSetting& setting : *settings) {
    text += std::to_string(setting.line) + " " + setting.name;
    for (const std::string& value : setting.values) text += "|" + value;
    text += "\n";
  }
  return text;
}

TEST(LocustConfTest, TheFormsThatLocustReads) {
  EXPECT_EQ(Text(ParseLocustConf("# comment\n\nusers = 100\nspawn_rate: 2.5 # fast\nrun-time 10m\n"
                                 "headless\n--csv 'a b#c'\ntags = [A, \"B\"]\n; x\n[any]\nhost =\n",
                                 "f", LocustConfKind::kConf)),
            "3 users|100\n4 spawn-rate|2.5\n5 run-time|10m\n6 headless\n7 csv|a b#c\n8 tags|A|B\n"
            "11 host|\n");
}

TEST(LocustConfTest, OnlyItsTableOfPyproject) {
  EXPECT_EQ(Text(ParseLocustConf("users = 1\n[tool.locust] # ours\nusers = 2\nheadless = true\n"
                                 "[tool.black]\nline-length = 100\n",
                                 "f", LocustConfKind::kPyproject)),
            "3 users|2\n4 headless|true\n");
}

TEST(LocustConfTest, ErrorsNameTheLine) {
  EXPECT_EQ(Text(ParseLocustConf("users = 1\n= 2\n", "a.conf", LocustConfKind::kConf)),
            "error: a.conf:2: expected a setting such as users = 50");
  EXPECT_EQ(Text(ParseLocustConf("tags = [a,\n b]\n", "a.conf", LocustConfKind::kConf)),
            "error: a.conf:1: the list of tags does not end: write it on one line");
}

TEST(LocustConfTest, ListsOfTheEnvironment) {
  EXPECT_THAT(LocustListValues("[a, b c,'d']"), ElementsAre("a", "b c", "d"));
  EXPECT_THAT(LocustListValues("a"), ElementsAre("a"));
  EXPECT_THAT(LocustListValues("[]"), ElementsAre());
}

}  // namespace
}  // namespace redrive
