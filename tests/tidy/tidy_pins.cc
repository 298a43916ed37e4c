#include "tests/tidy/tidy_pins.h"

namespace redrive::tidy {

const std::vector<Pin>& Pins() {
  static const std::vector<Pin> pins = {
      {{"boost/asio", "boost/beast", "openssl/"},
       {"recorder/net/", "tests/"},
       "sockets live in recorder/net; use its interface"},
      {{"boost/"},
       {"core/result.h", "recorder/net/", "tests/"},
       "use core/result.h, or ask for the library in docs/ARCHITECTURE.md first"},
      {{"nlohmann/"},
       {"recorder/", "replayer/", "cli/", "tests/"},
       "core and the workshop write and read JSON as text: nlohmann is too slow there"},
      {{"cereal/"}, {"recorder/trace", "tests/"}, "traces go through recorder/trace*.h"},
      {{"CLI/"}, {"cli/flags.cc"}, "CLI11 costs 6 s to compile: declare flags through cli/flags.h"},
      {{"libpq", "postgres", "mongoc", "bson"},
       {"recorder/probe/postgres_connection.cc", "recorder/probe/mongo_client.cc", "tests/"},
       "databases are asked through recorder/probe's postgres_connection.h and mongo_client.h"},
      {{"zstd.h>"}, {"recorder/trace", "tests/"}, "compress through recorder/trace*.h"},
      {{"zlib.h>"},
       {"recorder/net/content_coding.cc", "tests/"},
       "unpack answers through recorder/net/content_coding.h"},
      {{"re2/"}, {"recorder/pattern.cc"}, "match through recorder/pattern.h"},
      {{"xxhash.h>"}, {"core/hash.cc"}, "hash through core/hash.h"},
      {{"rapidcheck"}, {"replayer/property", "tests/"}, "use replayer/property.h"},
      {{"benchmark/"}, {"tests/bench/"}, "benchmarks live in tests/bench"},
  };
  return pins;
}

}  // namespace redrive::tidy
