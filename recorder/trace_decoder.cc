#include "recorder/trace_codec.h"

#include <cereal/archives/portable_binary.hpp>
#include <cstring>
#include <istream>
#include <streambuf>
#include <string>
#include <vector>

#include "recorder/trace_chunk.h"
#include "recorder/trace_fields.h"

namespace redrive {
namespace {

using namespace trace_fields;

class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads straight from memory; istringstream copies.
class ReadBuffer final : public std::streambuf {
 public:
  explicit ReadBuffer(std::string_view bytes) {
    char* const begin = const_cast<char*>(bytes.data());  // never written to: no put area
    setg(begin, begin, begin + bytes.size());
  }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(egptr() - gptr()); }

 protected:
  std::streamsize xsgetn(char* data, std::streamsize size) override {
    const auto taken = std::min(static_cast<std::size_t>(size), left());
    std::memcpy(data, gptr(), taken);
    setg(eback(), gptr() + taken, egptr());
    return static_cast<std::streamsize>(taken);
  }
};

class In {
 public:
  In(std::string_view raw, std::uint32_t version) : buffer_(raw), version_(version) {
    if (raw.empty() || raw.front() != static_cast<char>(kLittleEndianMark)) {
      bad_start_ = true;
    } else {
      archive_.emplace(stream_);
    }
  }

  template <typename T>
  void Number(T& value) {
    (*archive_)(value);
  }
  void Flag(bool& value) {
    std::uint8_t byte = 0;
    Number(byte);
    if (byte > 1) throw DecodeError("a flag is neither 0 nor 1");
    value = byte == 1;
  }
  void Optional(std::optional<std::uint64_t>& value) {
    bool present = false;
    Flag(present);
    if (present) Number(value.emplace());
  }
  template <typename E>
  void Enum(E& value, E last) {
    std::uint8_t byte = 0;
    Number(byte);
    if (byte > static_cast<std::uint8_t>(last)) {
      throw DecodeError("the enumeration value " + std::to_string(byte) + " has no meaning");
    }
    value = static_cast<E>(byte);
  }
  void Text(std::string& text) {
    const std::size_t size = Length(kTextBytesMax, 1, "text");
    text.resize(size);
    archive_->loadBinary<1>(text.data(), static_cast<std::streamsize>(size));
  }
  void Name(std::string& name) {
    std::uint32_t id = 0;
    Number(id);
    if (id < names_.size()) {
      name = names_[id];
      return;
    }
    if (id != kUnnamed && (id != names_.size() || id >= kNamesMax)) {
      throw DecodeError("a name refers to number " + std::to_string(id) + " of " +
                        std::to_string(names_.size()));
    }
    Text(name);
    if (id != kUnnamed) names_.push_back(name);
  }
  void Value(std::string& value) {
    if (version_ == 1) return Text(value);
    Name(value);
  }
  template <typename T, typename Body>
  void List(std::vector<T>& items, std::size_t items_max, std::size_t item_bytes_min,
            const Body& body) {
    items.resize(Length(items_max, item_bytes_min, "list"));
    for (T& item : items) body(item);
  }

  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] bool bad_start() const { return bad_start_; }
  [[nodiscard]] std::size_t left() const { return buffer_.left(); }

 private:
  std::size_t Length(std::size_t length_max, std::size_t item_bytes_min, const char* what) {
    std::uint32_t length = 0;
    Number(length);
    if (length > length_max || length > buffer_.left() / item_bytes_min) {
      throw DecodeError("a " + std::string(what) + " says its length is " + std::to_string(length) +
                        ", but the chunk has " + std::to_string(buffer_.left()) +
                        " bytes left and the limit is " + std::to_string(length_max));
    }
    return length;
  }

  ReadBuffer buffer_;
  std::uint32_t version_;
  std::istream stream_{&buffer_};
  std::optional<cereal::PortableBinaryInputArchive> archive_;
  std::vector<std::string> names_;
  bool bad_start_ = false;
};

template <std::size_t kIndex = 0>
TraceRecord ReadRecord(In& in, std::size_t index) {
  if constexpr (kIndex == std::variant_size_v<TraceRecord>) {
    throw DecodeError("a record of the unknown kind " + std::to_string(index + 1));
  } else {
    if (index != kIndex) return ReadRecord<kIndex + 1>(in, index);
    std::variant_alternative_t<kIndex, TraceRecord> record;
    Fields(in, record);
    return record;
  }
}

}  // namespace

struct RecordDecoder::Impl {
  Impl(std::string_view raw, std::uint32_t version) : in(raw, version) {}
  In in;
};

RecordDecoder::RecordDecoder(std::string_view raw, std::uint32_t version)
    : impl_(std::make_unique<Impl>(raw, version)) {}
RecordDecoder::~RecordDecoder() = default;
bool RecordDecoder::AtEnd() const { return !impl_->in.bad_start() && impl_->in.left() == 0; }

Result<TraceRecord> RecordDecoder::Next() {
  if (impl_->in.bad_start()) {
    return Error{ErrorCode::kCorrupt, "the byte order mark of its records is missing"};
  }
  try {
    std::uint8_t kind = 0;
    impl_->in.Number(kind);
    return ReadRecord(impl_->in, std::size_t{kind} - 1);
  } catch (const DecodeError& error) {
    return Error{ErrorCode::kCorrupt, error.what()};
  } catch (const cereal::Exception&) {
    return Error{ErrorCode::kCorrupt, "a record ends early"};
  }
}

}  // namespace redrive
