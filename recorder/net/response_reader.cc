#include "recorder/net/response_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"

namespace redrive {
namespace {

namespace http = boost::beast::http;
using ErrorInfo = boost::system::error_code;
using Text = boost::beast::string_view;

constexpr std::size_t kBufferFirst = 8U << 10;
constexpr std::size_t kBufferBody = 64U << 10;
constexpr std::size_t kHeadersUsual = 8;
constexpr std::size_t kStoredMax = 64;         // workspaces kept by a thread
constexpr std::size_t kReserveMax = 1U << 20;  // of a body's announced length, before it arrives
constexpr std::string_view kHttp = "HTTP/";
// An empty chunked body, "0\r\n\r\n". Beast before Boost 1.86 asks for more when it has three bytes
// of it, and then asserts that it gets at least these five at once (boostorg/beast #2861).
constexpr std::size_t kEmptyChunked = 5;

}  // namespace

class ResponseReader::Parser final : public http::basic_parser<false> {
 public:
  Parser(const ResponseLimits& limits, BodyRule rule, Response* out)
      : header_max_(limits.header_max), out_(out) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_max, 1U << 30)));
    body_limit(limits.body_max);
    eager(true);
    if (rule == BodyRule::kNone) skip(true);
  }

  [[nodiscard]] bool before_first_chunk() const {
    return header_done_ && !chunk_seen_ && chunked();
  }
  [[nodiscard]] bool Has(Notable header) const { return (notable_ & header) != 0; }

 private:
  void on_request_impl(http::verb, Text, Text, int, ErrorInfo&) override {}
  void on_response_impl(int code, Text, int, ErrorInfo&) override { out_->status = code; }
  void on_field_impl(http::field field, Text name, Text value, ErrorInfo& error) override {
    if (header_done_) return;  // a trailer: nothing of ours reads those
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > header_max_) {
      error = http::error::header_limit;
      return;
    }
    if (field == http::field::set_cookie) notable_ |= kSetCookie;
    if (field == http::field::location) notable_ |= kLocation;
    if (field == http::field::content_encoding) notable_ |= kContentEncoding;
    if (out_->headers.empty()) out_->headers.reserve(kHeadersUsual);
    Header& header = out_->headers.emplace_back();
    header.name.assign(name.data(), name.size());
    header.value.assign(value.data(), value.size());
  }
  void on_header_impl(ErrorInfo&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorInfo&) override {
    if (length) out_->body.reserve(std::min<std::uint64_t>(*length, kReserveMax));
  }
  std::size_t on_body_impl(Text body, ErrorInfo&) override {
    out_->body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorInfo&) override { chunk_seen_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorInfo&) override {
    out_->body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(ErrorInfo&) override {}

  std::size_t header_max_;
  std::size_t header_bytes_ = 0;
  bool header_done_ = false;
  bool chunk_seen_ = false;
  unsigned notable_ = 0;
  Response* out_;
};

struct ResponseReader::Workspace {
  // As large, with the bytes in use kept.
  void Resize(std::size_t to, std::size_t used) {
    auto larger = std::make_unique_for_overwrite<char[]>(to);
    if (used > 0) std::memcpy(larger.get(), buffer.get(), used);
    buffer = std::move(larger);
    size = to;
  }

  std::unique_ptr<char[]> buffer;
  std::size_t size = 0;
  std::optional<Parser> parser;
};

// The workspaces of a thread that nobody uses.
struct WorkspaceStore {
  using Workspace = ResponseReader::Workspace;
  static std::vector<std::unique_ptr<Workspace>>& Free() {
    static thread_local std::vector<std::unique_ptr<Workspace>> free;
    return free;
  }
  static std::unique_ptr<Workspace> Take() {
    auto& free = Free();
    if (free.empty()) return std::make_unique<Workspace>();
    std::unique_ptr<Workspace> work = std::move(free.back());
    free.pop_back();
    return work;
  }
  static void Give(std::unique_ptr<Workspace> work) {
    work->parser.reset();
    if (work->size <= kBufferBody && Free().size() < kStoredMax) Free().push_back(std::move(work));
  }
};

ResponseReader::ResponseReader(ResponseLimits limits) : limits_(limits) {}
ResponseReader::~ResponseReader() { Release(); }

void ResponseReader::Release() {
  if (work_ != nullptr) WorkspaceStore::Give(std::move(work_));
}

void ResponseReader::Begin(BodyRule rule, Response* out) {
  begin_ = 0;
  end_ = 0;
  bytes_ = 0;
  interim_ = 0;
  rule_ = rule;
  out_ = out;
  error_ = SendError::kNone;
  message_.clear();
  *out_ = Response();
  if (work_ == nullptr) work_ = WorkspaceStore::Take();
  work_->parser.emplace(limits_, rule_, out_);
}

std::span<char> ResponseReader::Prepare() {
  Workspace& work = *work_;
  const bool was_full = end_ == work.size;
  if (begin_ > 0) {
    std::memmove(work.buffer.get(), work.buffer.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (work.size == 0) {
    work.Resize(kBufferFirst, 0);
  } else if (end_ == work.size) {
    work.Resize(work.size * 2, end_);  // Parse() refuses more than a header's worth
  } else if (was_full && work.size < kBufferBody) {
    work.Resize(kBufferBody, end_);  // a long body: fewer and larger reads
  }
  return std::span<char>(work.buffer.get() + end_, work.size - end_);
}

ResponseReader::State ResponseReader::Commit(std::size_t bytes) {
  REDRIVE_CHECK(work_ != nullptr && bytes <= work_->size - end_);
  end_ += bytes;
  bytes_ += bytes;
  return Parse();
}

ResponseReader::State ResponseReader::Parse() {
  Parser& parser = *work_->parser;
  while (begin_ < end_) {
    const char* const bytes = work_->buffer.get() + begin_;
    if (!parser.got_some() && !LooksLikeHttp()) {
      return Fail(SendError::kGarbage, "answer is not HTTP: bad version at byte " +
                                           std::to_string(bytes_ - (end_ - begin_)));
    }
    if (parser.before_first_chunk() && *bytes == '0' && end_ - begin_ < kEmptyChunked) {
      return State::kNeedMore;
    }
    ErrorInfo error;
    const boost::asio::const_buffer input(bytes, end_ - begin_);
    begin_ += parser.put(input, error);
    if (error == http::error::need_more) {
      // Whatever is not parsed yet is one header, or the head or trailer of a chunk.
      if (end_ - begin_ > limits_.header_max) return FailParsing("", false, true);
      return State::kNeedMore;
    }
    if (error) {
      return FailParsing(error.message(), error == http::error::body_limit,
                         error == http::error::header_limit);
    }
    if (!parser.is_done()) continue;
    if (out_->status / 100 != 1) return State::kDone;
    const State state = EndOfInterim();
    if (state != State::kNeedMore) return state;
  }
  return State::kNeedMore;
}

// Answers 100 to 199 announce the real one.
ResponseReader::State ResponseReader::EndOfInterim() {
  if (out_->status == 101) {
    return Fail(SendError::kGarbage, "answer 101 switches to a protocol that was not asked for");
  }
  if (++interim_ > limits_.interim_max) {
    return Fail(SendError::kGarbage,
                "more than " + std::to_string(limits_.interim_max) + " interim (1xx) answers");
  }
  *out_ = Response();
  work_->parser.emplace(limits_, rule_, out_);
  return State::kNeedMore;
}

ResponseReader::State ResponseReader::CommitEof() {
  Parser& parser = *work_->parser;
  if (parser.got_some()) {
    ErrorInfo error;
    parser.put_eof(error);
    if (!error && parser.is_done()) return State::kDone;
  }
  if (bytes_ == 0) return Fail(SendError::kClosed, "connection closed before the answer");
  return Fail(SendError::kClosed,
              "connection closed after " + std::to_string(bytes_) + " bytes of the answer");
}

bool ResponseReader::reusable() const {
  if (work_ == nullptr) return false;
  const Parser& parser = *work_->parser;
  return parser.is_done() && parser.keep_alive() && begin_ == end_;
}

bool ResponseReader::Has(Notable header) const {
  return work_ != nullptr && work_->parser->Has(header);
}

bool ResponseReader::LooksLikeHttp() {
  const std::size_t known = std::min(kHttp.size(), end_ - begin_);
  return std::string_view(work_->buffer.get() + begin_, known) == kHttp.substr(0, known);
}

ResponseReader::State ResponseReader::FailParsing(const std::string& what, bool too_large_body,
                                                  bool too_large_header) {
  if (too_large_body) {
    return Fail(SendError::kTooLarge, "answer larger than " + SizeText(limits_.body_max));
  }
  if (too_large_header) {
    return Fail(SendError::kTooLarge,
                "answer's header larger than " + SizeText(limits_.header_max));
  }
  return Fail(SendError::kGarbage, "answer is not HTTP: " + what + " at byte " +
                                       std::to_string(bytes_ - (end_ - begin_)));
}

ResponseReader::State ResponseReader::Fail(SendError error, std::string message) {
  error_ = error;
  message_ = std::move(message);
  return State::kFailed;
}

std::string SizeText(std::uint64_t bytes) {
  if (bytes >= 1U << 20 && bytes % (1U << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
  if (bytes >= 1U << 10 && bytes % (1U << 10) == 0) return std::to_string(bytes >> 10) + " KiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace redrive
