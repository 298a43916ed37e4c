#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/hash.h"
#include "recorder/name_table.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_codec.h"
#include "recorder/trace_fields.h"

namespace redrive {
namespace {

using namespace trace_fields;

// What the layouts of trace_fields.h are written to. Writes the bytes that cereal's portable
// archive would write, itself: a request under load has 60 numbers.
class Out {
 public:
  Out() { Clear(); }
  [[nodiscard]] static std::uint32_t version() { return kTraceVersion; }

  template <typename T>
  void Number(const T& value) {
    static_assert(std::is_integral_v<T> && std::endian::native == std::endian::little);
    std::memcpy(Room(sizeof value), &value, sizeof value);
    size_ += sizeof value;
  }
  void Flag(const bool& value) { Number(static_cast<std::uint8_t>(value)); }
  void Optional(const std::optional<std::uint64_t>& value) {
    Flag(value.has_value());
    if (value) Number(*value);
  }
  template <typename E>
  void Enum(const E& value, E) {
    Number(static_cast<std::uint8_t>(value));
  }
  void Text(std::string_view text) {
    if (text.size() > kTextBytesMax) fits_ = false;
    if (!fits_) return;
    Number(static_cast<std::uint32_t>(text.size()));
    std::memcpy(Room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void Name(std::string_view name) {
    const std::uint64_t hash = HashBytes(name);
    const std::uint32_t known = names_.Find(bytes(), name, hash);
    if (known != NameTable::kNone) return Number(known);
    const std::size_t next = names_.size();
    const bool remembered = next < kNamesMax && name.size() <= kTextBytesMax;
    Number(remembered ? static_cast<std::uint32_t>(next) : kUnnamed);
    Text(name);
    if (remembered && fits_) names_.Add(size_ - name.size(), name.size(), hash);
  }
  // Header values are often the same in all answers; a long one hardly comes twice.
  void Value(std::string_view value) {
    if (value.size() <= kValueNameMax) return Name(value);
    Number(kUnnamed);
    Text(value);
  }
  template <typename T, typename Body>
  void List(const std::vector<T>& items, std::size_t items_max, std::size_t, const Body& body) {
    if (items.size() > items_max) fits_ = false;
    if (!fits_) return;
    Number(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) body(item);
  }

  template <typename Body>
  bool Record(std::uint8_t kind, const Body& body) {
    const std::size_t bytes_before = size_;
    const std::size_t names_before = names_.size();
    fits_ = true;
    Number(kind);
    body();
    if (fits_ && size_ <= kChunkRawMax) {
      ++records_;
      return true;
    }
    size_ = bytes_before;
    names_.Shrink(names_before);
    return false;
  }

  void Clear() {
    size_ = 0;
    names_.Clear();
    records_ = 0;
    Number(kLittleEndianMark);
  }
  [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }
  [[nodiscard]] std::uint32_t records() const { return records_; }
  // Gives the chunk away and begins the next one in `memory`.
  std::string Take(std::string memory) {
    buffer_.resize(size_);
    std::string taken = std::exchange(buffer_, std::move(memory));
    Clear();
    return taken;
  }

 private:
  // Where the next `size` bytes go.
  char* Room(std::size_t size) {
    if (buffer_.size() - size_ < size) {
      const std::size_t wanted = std::max(size_ + size, buffer_.capacity());
      buffer_.resize(std::max(wanted, 2 * buffer_.size()));
    }
    return buffer_.data() + size_;
  }

  std::string buffer_;  // its size is what is initialised; what is used is `size_`
  std::size_t size_ = 0;
  NameTable names_;
  std::uint32_t records_ = 0;
  bool fits_ = true;
};

template <typename R, std::size_t kIndex = 0>
constexpr std::size_t KindOf() {
  if constexpr (std::is_same_v<R, std::variant_alternative_t<kIndex, TraceRecord>>) {
    return kIndex + 1;
  } else {
    return KindOf<R, kIndex + 1>();
  }
}

}  // namespace

struct RecordEncoder::Impl {
  Out out;

  template <typename R>
  bool Add(const R& record) {
    constexpr auto kind = static_cast<std::uint8_t>(KindOf<R>());
    return out.Record(kind, [&] { Fields(out, record); });
  }
};

RecordEncoder::RecordEncoder() : impl_(std::make_unique<Impl>()) {}
RecordEncoder::~RecordEncoder() = default;
bool RecordEncoder::Add(const TraceHeader& record) { return impl_->Add(record); }
bool RecordEncoder::Add(const InvokeRecord& record) { return impl_->Add(record); }
bool RecordEncoder::Add(const ReturnRecord& record) { return impl_->Add(record); }
bool RecordEncoder::Add(const StepRecord& record) { return impl_->Add(record); }
bool RecordEncoder::Add(const Schedule& part) { return impl_->Add(part); }
bool RecordEncoder::Add(const EndRecord& record) { return impl_->Add(record); }
std::string_view RecordEncoder::raw() const { return impl_->out.bytes(); }
std::uint32_t RecordEncoder::records() const { return impl_->out.records(); }
void RecordEncoder::Clear() { impl_->out.Clear(); }
std::string RecordEncoder::Take(std::string memory) { return impl_->out.Take(std::move(memory)); }

}  // namespace redrive
