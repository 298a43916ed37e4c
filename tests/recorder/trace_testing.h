// Traces for tests: a small fixed one, random ones, and files in a directory of the test's own.
#ifndef REDRIVE_TESTS_RECORDER_TRACE_TESTING_H_
#define REDRIVE_TESTS_RECORDER_TRACE_TESTING_H_

#include <string>

#include "recorder/trace_file.h"

namespace redrive::testing_support {

// Two users whose ticket creations overlap, with their data operations, and an open third request.
Trace SmallTrace();

// `operations` requests with bodies that differ, all returned.
Trace LongTrace(std::uint64_t operations);

// Every field differs from its default and depends on `seed`; reaches empty and large values.
Trace RandomTrace(std::uint64_t seed);

// Gives the records of `trace` to `sink` in their total order.
void Feed(const Trace& trace, TraceSink* sink);

// All fields; `note` is not compared.
void ExpectEqual(const Trace& a, const Trace& b);

std::string ReadBytes(const std::string& path);
void WriteBytes(const std::string& path, const std::string& bytes);

// A directory that goes away with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  [[nodiscard]] std::string Path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The bytes of the file that a TraceWriter makes of `trace`.
std::string Encode(const Trace& trace, TraceWriterOptions options = {});

}  // namespace redrive::testing_support

#endif  // REDRIVE_TESTS_RECORDER_TRACE_TESTING_H_
