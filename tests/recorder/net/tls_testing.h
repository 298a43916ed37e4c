// Certificates made at test time, so that none lies in the repository or expires.
#ifndef REDRIVE_TESTS_RECORDER_NET_TLS_TESTING_H_
#define REDRIVE_TESTS_RECORDER_NET_TLS_TESTING_H_

#include <string>

#include "recorder/net/server.h"
#include "tests/recorder/net/net_testing.h"

namespace redrive {

struct LeafOptions {
  std::string names = "DNS:localhost,IP:127.0.0.1";  // subjectAltName
  long valid_from_s = -3600;                         // from now
  long valid_until_s = 3600;
};

// Files in a directory that lives as long as this.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  [[nodiscard]] std::string ca_file() const { return directory_.File("ca.pem"); }
  // Server options with a fresh certificate: signed by the authority, or by itself.
  ServerOptions Sign(const LeafOptions& leaf);
  ServerOptions SelfSign(const LeafOptions& leaf);

 private:
  struct Keys;
  ServerOptions Make(const LeafOptions& leaf, bool by_itself);
  TemporaryDirectory directory_;
  std::unique_ptr<Keys> keys_;
  int made_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_TESTS_RECORDER_NET_TLS_TESTING_H_
