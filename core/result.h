// Result<T>: what a function returns when the world may refuse. Bugs use REDRIVE_CHECK instead.
// Functions that return a Result say [[nodiscard]] themselves, since Boost's type does not.
#ifndef REDRIVE_CORE_RESULT_H_
#define REDRIVE_CORE_RESULT_H_

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace redrive {

// A code exists only where some caller reacts to it; the message is for people.
enum class ErrorCode {
  kInvalid,      // the input (flag, file, JSON, bytes) is wrong: exit 2
  kIo,           // the operating system refused a file or a socket
  kTruncated,    // the input ends early
  kCorrupt,      // a checksum or a structure does not hold
  kUnsupported,  // valid, but of a version or kind that this build does not read
  kLimit,        // a limit was reached
  kDiverged,     // a replay was offered something else than was recorded
};

struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message;  // one line: the place, what is wrong, the remedy
};

// Required by boost::system::result for value() on an error: that call is a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error("value() of a failed Result: " + error.message);
}

template <typename T = void>
using Result = boost::system::result<T, Error>;

}  // namespace redrive

#endif  // REDRIVE_CORE_RESULT_H_
