#include "recorder/trace_chunk.h"

#include <zstd.h>

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/hash.h"

namespace redrive {
namespace {

// The last byte is no text and no UTF-8, so neither an editor nor a text transfer leaves it intact.
constexpr std::string_view kMagic = "REDRIVE\x9e";
constexpr std::uint32_t kChunkMarker = 0x4b4e4843;       // "CHNK": zstd
constexpr std::uint32_t kPlainChunkMarker = 0x504e4843;  // "CHNP": as it is; from version 2 on
constexpr int kZstdLevel = 1;
constexpr const char* kWrongSize =
    "unpacks to another size than its head says; no redrive wrote this";

void PutNumber(std::string* out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t GetNumber(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
  }
  return value;
}

// The head has a checksum of its own: with a flipped bit in a length, a whole chunk could not be
// told from one that was cut short. The index makes a chunk in a wrong place a corrupt one.
std::uint64_t HeadSum(std::string_view head24, std::uint64_t index) {
  std::string text(head24);
  PutNumber(&text, index, 8);
  return HashBytes(text);
}

bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

std::string EncodePreamble(std::uint32_t version) {
  std::string preamble(kMagic);
  PutNumber(&preamble, version, 4);
  PutNumber(&preamble, HashBytes(preamble), 4);
  return preamble;
}

bool LooksLikeTrace(std::string_view start) { return start.substr(0, kMagic.size()) == kMagic; }

struct ChunkFramer::Impl {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string frame;
  ~Impl() { ZSTD_freeCCtx(context); }
};

ChunkFramer::ChunkFramer() : impl_(std::make_unique<Impl>()) {}
ChunkFramer::~ChunkFramer() = default;

std::string_view ChunkFramer::Frame(std::uint64_t index, std::string_view raw,
                                    std::uint32_t records, Packing packing) {
  REDRIVE_CHECK(raw.size() <= kChunkRawMax);
  std::string& frame = impl_->frame;
  std::size_t stored = raw.size();
  if (packing == Packing::kNone) {
    frame.assign(kChunkHeadBytes, '\0').append(raw);
  } else {
    frame.resize(kChunkHeadBytes + ZSTD_compressBound(raw.size()));
    stored = ZSTD_compressCCtx(impl_->context, frame.data() + kChunkHeadBytes,
                               frame.size() - kChunkHeadBytes, raw.data(), raw.size(), kZstdLevel);
    REDRIVE_CHECK(ZSTD_isError(stored) == 0);
    frame.resize(kChunkHeadBytes + stored);
  }
  std::string head;
  PutNumber(&head, packing == Packing::kNone ? kPlainChunkMarker : kChunkMarker, 4);
  PutNumber(&head, stored, 4);
  PutNumber(&head, raw.size(), 4);
  PutNumber(&head, records, 4);
  PutNumber(&head, HashBytes(std::string_view(frame).substr(kChunkHeadBytes)), 8);
  PutNumber(&head, HeadSum(head, index), 8);
  std::copy(head.begin(), head.end(), frame.begin());
  return frame;
}

ChunkReader::ChunkReader(Source source, std::string name)
    : source_(std::move(source)), name_(std::move(name)) {}
ChunkReader::~ChunkReader() = default;

Result<void> ChunkReader::ReadPreamble() {
  std::array<char, kPreambleBytes> buffer{};
  const Result<std::size_t> got = source_(buffer.data(), buffer.size());
  if (!got) return got.error();
  const std::string_view bytes(buffer.data(), *got);
  if (bytes.empty()) {
    return Error{ErrorCode::kTruncated,
                 name_ + ": the file is empty, no trace was written; record it again"};
  }
  const std::size_t magic = std::min(bytes.size(), kMagic.size());
  if (bytes.substr(0, magic) != kMagic.substr(0, magic)) {
    const bool json = bytes.front() == '{' || bytes.front() == '[';
    return Error{ErrorCode::kInvalid,
                 name_ + ": not a Redrive trace" +
                     (json ? " but JSON; a scenario is executed with 'redrive run'"
                           : "; expected a file written by 'redrive run --trace FILE'")};
  }
  if (bytes.size() < kPreambleBytes) {
    return Error{ErrorCode::kTruncated, name_ + ": the file ends after " +
                                            std::to_string(bytes.size()) +
                                            " bytes, inside its preamble; record it again"};
  }
  if (GetNumber(bytes, 12, 4) != (HashBytes(bytes.substr(0, 12)) & 0xffffffffU)) {
    return Error{ErrorCode::kCorrupt, name_ +
                                          ": preamble at byte 0: checksum mismatch, the file is "
                                          "damaged; take it from where it was recorded"};
  }
  const std::uint64_t version = GetNumber(bytes, 8, 4);
  if (version < 1 || version > kTraceVersion) {
    return Error{ErrorCode::kUnsupported, name_ + ": trace version " + std::to_string(version) +
                                              ", this redrive reads 1 to " +
                                              std::to_string(kTraceVersion) +
                                              "; use the redrive that recorded it"};
  }
  version_ = static_cast<std::uint32_t>(version);
  offset_ = kPreambleBytes;
  return {};
}

Result<std::optional<Chunk>> ChunkReader::Next() {
  std::array<char, kChunkHeadBytes> buffer{};
  const Result<std::size_t> got = source_(buffer.data(), buffer.size());
  if (!got) return got.error();
  if (*got == 0) return std::optional<Chunk>();
  const std::string_view head(buffer.data(), *got);
  Chunk chunk{.index = next_index_, .offset = offset_, .records = 0, .raw = {}};
  if (head.size() < kChunkHeadBytes) {
    NoteTornTail(head.size(), "the start of a chunk");
    return std::optional<Chunk>();
  }
  if (GetNumber(head, 24, 8) != HeadSum(head.substr(0, 24), next_index_)) {
    const Result<bool> zero = RestIsZero(head);  // a file system may leave zeros after a power cut
    if (!zero) return zero.error();
    if (*zero) return std::optional<Chunk>();
    return Error{ErrorCode::kCorrupt,
                 Place(chunk) +
                     "checksum of its head does not match, the file is damaged or was "
                     "edited; take it from where it was recorded"};
  }
  const std::size_t stored = GetNumber(head, 4, 4);
  const std::size_t raw = GetNumber(head, 8, 4);
  chunk.records = static_cast<std::uint32_t>(GetNumber(head, 12, 4));
  const std::uint64_t marker = GetNumber(head, 0, 4);
  if (marker != kChunkMarker && (marker != kPlainChunkMarker || version_ < 2)) {
    return Error{ErrorCode::kCorrupt, Place(chunk) + "no chunk marker; the file is damaged"};
  }
  if (stored > kChunkStoredMax || raw > kChunkRawMax) {
    return Error{ErrorCode::kLimit, Place(chunk) + "says it has " + std::to_string(stored) +
                                        " bytes that unpack to " + std::to_string(raw) +
                                        ", the limit is " + std::to_string(kChunkRawMax) +
                                        "; no redrive wrote this"};
  }
  stored_.resize(stored);
  const Result<std::size_t> body = source_(stored_.data(), stored);
  if (!body) return body.error();
  if (*body < stored) {
    NoteTornTail(kChunkHeadBytes + *body, "a chunk that is cut short");
    return std::optional<Chunk>();
  }
  if (HashBytes(stored_) != GetNumber(head, 16, 8)) {
    return Error{ErrorCode::kCorrupt,
                 Place(chunk) + "checksum of its " + std::to_string(stored) +
                     " bytes does not match, the file is damaged; take it from where it was "
                     "recorded"};
  }
  if (marker == kPlainChunkMarker) {
    if (stored != raw) return Error{ErrorCode::kCorrupt, Place(chunk) + kWrongSize};
    raw_.swap(stored_);
  } else if (const Result<void> unpacked = Unpack(chunk, raw); !unpacked) {
    return unpacked.error();
  }
  chunk.raw = raw_;
  offset_ += kChunkHeadBytes + stored;
  ++next_index_;
  return std::optional<Chunk>(chunk);
}

Result<void> ChunkReader::Unpack(const Chunk& chunk, std::size_t raw) {
  if (ZSTD_getFrameContentSize(stored_.data(), stored_.size()) != raw) {
    return Error{ErrorCode::kCorrupt, Place(chunk) + kWrongSize};
  }
  raw_.resize(raw);
  const std::size_t unpacked = ZSTD_decompress(raw_.data(), raw, stored_.data(), stored_.size());
  if (ZSTD_isError(unpacked) != 0 || unpacked != raw) {
    return Error{ErrorCode::kCorrupt, Place(chunk) + "does not unpack; no redrive wrote this"};
  }
  return {};
}

std::string ChunkReader::Place(const Chunk& chunk) const {
  return name_ + ": chunk " + std::to_string(chunk.index) + " at byte " +
         std::to_string(chunk.offset) + ": ";
}

Result<bool> ChunkReader::RestIsZero(std::string_view start) {
  if (!AllZero(start)) return false;
  std::uint64_t length = start.size();
  std::string buffer(64 * 1024, '\0');
  while (true) {
    const Result<std::size_t> got = source_(buffer.data(), buffer.size());
    if (!got) return got.error();
    if (!AllZero(std::string_view(buffer).substr(0, *got))) return false;
    length += *got;
    if (*got < buffer.size()) break;
  }
  NoteTornTail(length, "nothing but zeros");
  return true;
}

void ChunkReader::NoteTornTail(std::uint64_t bytes, std::string_view kind) {
  tail_note_ = "the last " + std::to_string(bytes) + " bytes, from byte " +
               std::to_string(offset_) + " on, are " + std::string(kind) + " and were left out";
}

}  // namespace redrive
