// The same scenario over real sockets: recorded, checked, replayed on its timeline.
#include <gtest/gtest.h>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

constexpr const char* kShort = "redrive run peak_burst_full --seed 42 --run-time 2s";

TEST(LiveTest, TheWorkshopOverHttpIsRecordedCheckedAndReplayed) {
  const Folder folder;
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0 --op-delay-us 3000");
  ASSERT_FALSE(workshop.url().empty());
  const Finished live =
      RunLine(folder, std::string(kShort) + " --trace live.redrive --host " + workshop.url());
  EXPECT_EQ(live.exit_code, 1) << live.out << live.err;
  EXPECT_NE(live.out.find("lateness of "), std::string::npos) << live.out;
  EXPECT_NE(live.out.find("\nconnections: "), std::string::npos) << live.out;

  const Finished simulated = RunLine(folder, std::string(kShort) + " --no-trace --confirm 0");
  EXPECT_EQ(live.out.substr(0, 29), simulated.out.substr(0, 29)) << "the plan digests differ";

  EXPECT_EQ(RunLine(folder, "redrive check live.redrive").exit_code, 1);
  const Finished nowhere = RunLine(folder, "redrive replay live.redrive");
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_NE(nowhere.err.find("--host " + workshop.url()), std::string::npos) << nowhere.err;

  const Finished replay =
      RunLine(folder, "redrive replay live.redrive --trace again.redrive --host " + workshop.url());
  EXPECT_NE(replay.out.find("sent again "), std::string::npos) << replay.out << replay.err;
  EXPECT_NE(replay.out.find("order inversions"), std::string::npos) << replay.out;
  EXPECT_EQ(RunLine(folder, "redrive show again.redrive --summary").exit_code, 0);
  EXPECT_EQ(workshop.Stop(), 0);
}

TEST(LiveTest, TheFixedWorkshopHasNoDuplicateNumbersOverHttp) {
  const Folder folder;
  Background workshop(folder,
                      "redrive workshop --listen 127.0.0.1:0 --workshop fixed --op-delay-us 3000");
  ASSERT_FALSE(workshop.url().empty());
  const Finished live =
      RunLine(folder, std::string(kShort) + " --no-trace --host " + workshop.url());
  EXPECT_EQ(live.exit_code, 0) << live.out << live.err;
}

TEST(LiveTest, AnUntrustedCertificateIsRefused) {
  const Folder folder;
  const Finished made =
      RunLine(folder,
              "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
              "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  Background workshop(
      folder, "redrive workshop --listen 127.0.0.1:0 --tls-cert cert.pem --tls-key key.pem");
  ASSERT_TRUE(workshop.url().starts_with("https://")) << workshop.url();
  const std::string run = "redrive run normal_operations -u 2 -t 1s --no-trace --host ";
  const Finished refused = RunLine(folder, run + workshop.url());
  EXPECT_EQ(refused.exit_code, 3) << refused.out;
  EXPECT_NE(refused.out.find("certificate"), std::string::npos) << refused.out;
  const Finished trusted = RunLine(folder, run + workshop.url() + " --cacert cert.pem");
  EXPECT_EQ(trusted.exit_code, 0) << trusted.err;
  EXPECT_NE(trusted.out.find("TLS sessions resumed "), std::string::npos) << trusted.out;
  EXPECT_EQ(RunLine(folder, run + workshop.url() + " --insecure").exit_code, 0);
}

}  // namespace
}  // namespace redrive
