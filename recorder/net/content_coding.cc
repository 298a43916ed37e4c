#include "recorder/net/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "core/check.h"
#include "recorder/http.h"
#include "recorder/net/url.h"

namespace redrive {
namespace {

constexpr std::size_t kCodingsMax = 4;  // "gzip, gzip, …": nobody means it
constexpr std::size_t kFirstPiece = 4U << 10;
constexpr std::size_t kBytesMax = 1U << 30;  // zlib counts in 32 bits

// What zlib calls "window bits": the format, and the largest window.
constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

// One per thread: setting one up costs more than unpacking a small answer.
class Inflater {
 public:
  Inflater() { REDRIVE_CHECK(inflateInit2(&stream_, kGzip) == Z_OK); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  DecodeResult Inflate(std::string_view in, int format, std::size_t out_max, std::string* out,
                       std::string* what) {
    out->clear();
    inflateReset2(&stream_, format);
    // zlib's interface is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    std::size_t used = 0;
    while (true) {
      if (used == out->size()) {
        if (used > out_max) return DecodeResult::kTooLarge;
        // One byte over the limit tells a body that fits from one that does not.
        const std::size_t wanted = std::max({kFirstPiece, in.size() * 3, used});
        out->append(std::min(wanted, out_max + 1 - used), '\0');
      }
      stream_.next_out = reinterpret_cast<Bytef*>(out->data() + used);
      stream_.avail_out = static_cast<uInt>(out->size() - used);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      used = out->size() - stream_.avail_out;
      if (result == Z_STREAM_END) {
        if (format == kGzip && NextMember()) continue;
        break;
      }
      if (result == Z_OK && (stream_.avail_in > 0 || stream_.avail_out == 0)) continue;
      // Z_BUF_ERROR with room left: it wants bytes that did not come.
      const bool ends_early = result == Z_OK || (result == Z_BUF_ERROR && stream_.avail_in == 0);
      *what = ends_early ? "ends early" : stream_.msg != nullptr ? stream_.msg : "broken";
      return DecodeResult::kBroken;
    }
    if (used > out_max) return DecodeResult::kTooLarge;
    out->erase(used);
    return DecodeResult::kDone;
  }

 private:
  // A gzip file may hold several members, one behind the other. Other bytes behind the end are
  // passed over, as browsers and Locust do.
  bool NextMember() {
    if (stream_.avail_in < 2 || stream_.next_in[0] != 0x1f || stream_.next_in[1] != 0x8b) {
      return false;
    }
    Bytef* const in = stream_.next_in;
    const uInt left = stream_.avail_in;
    inflateReset(&stream_);
    stream_.next_in = in;
    stream_.avail_in = left;
    return true;
  }

  z_stream stream_{};
};

DecodeResult DecodeOne(std::string_view coding, std::string_view in, std::size_t out_max,
                       std::string* out, std::string* what) {
  static thread_local Inflater inflater;
  if (in.size() > kBytesMax) return DecodeResult::kTooLarge;
  if (!EqualIgnoringCase(coding, "deflate")) {
    return inflater.Inflate(in, kGzip, out_max, out, what);
  }
  const DecodeResult result = inflater.Inflate(in, kZlib, out_max, out, what);
  if (result != DecodeResult::kBroken || *what == "ends early") return result;
  return inflater.Inflate(in, kRaw, out_max, out, what);
}

// The names in the header, in their order.
std::vector<std::string_view> Names(std::string_view header) {
  std::vector<std::string_view> names;
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view name = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t first = name.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    name = name.substr(first, name.find_last_not_of(" \t") - first + 1);
    if (!EqualIgnoringCase(name, "identity")) names.push_back(name);
  }
  return names;
}

bool IsKnown(std::string_view coding) {
  return EqualIgnoringCase(coding, "gzip") || EqualIgnoringCase(coding, "x-gzip") ||
         EqualIgnoringCase(coding, "deflate");
}

}  // namespace

DecodeResult DecodeContent(std::string_view content_encoding, std::size_t body_max,
                           std::string* body, std::string* what) {
  if (body->empty()) return DecodeResult::kDone;
  const std::vector<std::string_view> names = Names(content_encoding);
  if (names.size() > kCodingsMax) {
    *what = "more than " + std::to_string(kCodingsMax) + " content codings";
    return DecodeResult::kBroken;
  }
  std::string decoded;
  std::string_view in = *body;
  for (auto name = names.rbegin(); name != names.rend() && IsKnown(*name); ++name) {
    std::string out;
    std::string why;
    const DecodeResult result = DecodeOne(*name, in, std::min(body_max, kBytesMax), &out, &why);
    if (result != DecodeResult::kDone) {
      *what = Lower(*name) + " coding: " + why;
      return result;
    }
    decoded = std::move(out);
    in = decoded;
  }
  if (in.data() != body->data()) *body = std::move(decoded);
  return DecodeResult::kDone;
}

}  // namespace redrive
