// ResponseReader: turns the bytes of a connection into a Response, however they are split. Strict
// HTTP/1.1 (RFC 9112) with limits on everything; never trusts a length from outside. No sockets in
// it, so that a fuzzer can feed it.
//
// A reader holds memory only while an answer is under way: its buffer and its parser come from a
// store of the thread, which Release gives them back to. So thousands of idle users cost none.
// REQUIRES: a reader stays in one thread.
#ifndef REDRIVE_RECORDER_NET_RESPONSE_READER_H_
#define REDRIVE_RECORDER_NET_RESPONSE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "recorder/http.h"
#include "recorder/transport.h"

namespace redrive {

struct ResponseLimits {
  std::size_t header_max = 64U << 10;  // bytes of status line and headers together
  std::size_t body_max = 64U << 20;
  int interim_max = 16;  // 1xx answers before the final one
};

class ResponseReader {
 public:
  enum class State : std::uint8_t { kNeedMore, kDone, kFailed };
  enum class BodyRule : std::uint8_t { kAsFramed, kNone };  // kNone: the answer to a HEAD

  explicit ResponseReader(ResponseLimits limits);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // Headers that somebody acts upon, so that nobody has to look for them.
  enum Notable : std::uint8_t { kSetCookie = 1, kLocation = 2, kContentEncoding = 4 };

  // Begins the next answer; it is written into `out`, which must outlive the reading of it.
  // REQUIRES: no bytes are left over, see reusable().
  void Begin(BodyRule rule, Response* out);

  // Where the next bytes go, and how many of them came. Prepare() is never empty.
  std::span<char> Prepare();
  State Commit(std::size_t bytes);
  // The peer has ended the connection in good order.
  State CommitEof();

  // After kFailed: kGarbage, kTooLarge or kClosed, and one line about it.
  [[nodiscard]] SendError error() const { return error_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  // Bytes of the answer that arrived so far, interim answers included.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // After kDone: the connection may carry another request.
  [[nodiscard]] bool reusable() const;
  // Whether the answer's headers hold this one, once they are complete.
  [[nodiscard]] bool Has(Notable header) const;
  // Behind an answer: gives its memory back. What the functions above tell is lost, but for error,
  // message and bytes.
  void Release();

 private:
  class Parser;
  struct Workspace;
  friend struct WorkspaceStore;  // in the .cc
  State Parse();
  State EndOfInterim();
  State Fail(SendError error, std::string message);
  bool LooksLikeHttp();
  State FailParsing(const std::string& what, bool too_large_body, bool too_large_header);

  ResponseLimits limits_;
  std::unique_ptr<Workspace> work_;  // null: nothing is under way
  std::size_t begin_ = 0;            // of the bytes not parsed yet
  std::size_t end_ = 0;
  std::uint64_t bytes_ = 0;
  int interim_ = 0;
  BodyRule rule_ = BodyRule::kAsFramed;
  Response* out_ = nullptr;
  SendError error_ = SendError::kNone;
  std::string message_;
};

// "64 MiB", "1500 bytes".
std::string SizeText(std::uint64_t bytes);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_RESPONSE_READER_H_
