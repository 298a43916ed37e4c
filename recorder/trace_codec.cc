#include "recorder/trace_codec.h"

#include <cereal/archives/portable_binary.hpp>
#include <cstring>
#include <istream>
#include <map>
#include <ostream>
#include <streambuf>
#include <string>
#include <type_traits>
#include <vector>

#include "recorder/trace_chunk.h"

namespace redrive {
namespace {

constexpr std::size_t kNamesMax = 65'536;  // per chunk; further ones are written out each time
constexpr std::uint32_t kUnnamed = 0xffffffffU;
const auto kLittleEndian = cereal::PortableBinaryOutputArchive::Options::LittleEndian();

class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// ostringstream copies and locks; these two only move bytes.
class WriteBuffer final : public std::streambuf {
 public:
  std::string bytes;

 protected:
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    bytes.append(data, static_cast<std::size_t>(size));
    return size;
  }
  int_type overflow(int_type c) override {
    bytes.push_back(traits_type::to_char_type(c));
    return c;
  }
};

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

// Out and In have the same methods, so that Fields() below states each layout once.
class Out {
 public:
  Out() { Clear(); }

  template <typename T>
  void Number(const T& value) {
    (*archive_)(value);
  }
  void Flag(const bool& value) { Number(static_cast<std::uint8_t>(value)); }
  template <typename E>
  void Enum(const E& value, E) {
    Number(static_cast<std::uint8_t>(value));
  }
  void Text(const std::string& text) {
    if (text.size() > kTextBytesMax) fits_ = false;
    if (!fits_) return;
    Number(static_cast<std::uint32_t>(text.size()));
    archive_->saveBinary<1>(text.data(), static_cast<std::streamsize>(text.size()));
  }
  void Name(const std::string& name) {
    const auto known = names_.find(name);
    if (known != names_.end()) return Number(known->second);
    if (names_.size() == kNamesMax) {
      Number(kUnnamed);
    } else {
      Number(static_cast<std::uint32_t>(names_.size()));
      names_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    }
    Text(name);
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
    const std::size_t bytes_before = buffer_.bytes.size();
    const std::size_t names_before = names_.size();
    fits_ = true;
    Number(kind);
    body();
    if (fits_ && buffer_.bytes.size() <= kChunkRawMax) {
      ++records_;
      return true;
    }
    buffer_.bytes.resize(bytes_before);
    std::erase_if(names_, [&](const auto& name) { return name.second >= names_before; });
    return false;
  }

  void Clear() {
    buffer_.bytes.clear();
    names_.clear();
    records_ = 0;
    archive_.emplace(stream_, kLittleEndian);  // writes one byte that tells the byte order
  }
  [[nodiscard]] std::string_view bytes() const { return buffer_.bytes; }
  [[nodiscard]] std::uint32_t records() const { return records_; }

 private:
  WriteBuffer buffer_;
  std::ostream stream_{&buffer_};
  std::optional<cereal::PortableBinaryOutputArchive> archive_;
  std::map<std::string, std::uint32_t> names_;
  std::uint32_t records_ = 0;
  bool fits_ = true;
};

class In {
 public:
  explicit In(std::string_view raw) : buffer_(raw) {
    if (raw.empty() || raw.front() != 1) {
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
  template <typename T, typename Body>
  void List(std::vector<T>& items, std::size_t items_max, std::size_t item_bytes_min,
            const Body& body) {
    items.resize(Length(items_max, item_bytes_min, "list"));
    for (T& item : items) body(item);
  }

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
  std::istream stream_{&buffer_};
  std::optional<cereal::PortableBinaryInputArchive> archive_;
  std::vector<std::string> names_;
  bool bad_start_ = false;
};

// The layouts. `record` is const for Out and not for In.
template <typename Io, typename Spec>
void SpecFields(Io& io, Spec& spec) {
  const auto name = [&](auto& text) { io.Name(text); };
  io.Text(spec.scenario_name);
  io.Text(spec.scenario_json);
  io.Number(spec.seed);
  io.Number(spec.users);
  io.Number(spec.spawn_rate_milli);
  io.Number(spec.run_time_ns);
  io.Text(spec.pacing);
  io.Text(spec.workshop);
  io.Text(spec.strategy);
  io.Number(spec.epoch_seconds);
  io.List(spec.user_classes, kListMax, 4, name);
  io.List(spec.tags, kListMax, 4, name);
  io.List(spec.exclude_tags, kListMax, 4, name);
  io.List(spec.settings, kListMax, 8, [&](auto& setting) {
    io.Text(setting.first);
    io.Text(setting.second);
  });
}

template <typename Io, typename Headers>
void HeaderFields(Io& io, Headers& headers) {
  io.List(headers, kHeadersMax, 8, [&](auto& header) {
    io.Name(header.name);
    io.Text(header.value);
  });
}

template <typename Io, typename R>
void Fields(Io& io, R& r) {
  using Record = std::remove_const_t<R>;
  if constexpr (std::is_same_v<Record, TraceHeader>) {
    io.Text(r.redrive_version);
    io.Enum(r.target_kind, TargetKind::kGate);
    io.Text(r.target);
    SpecFields(io, r.spec);
    io.Number(r.plan_digest);
    io.Number(r.started_unix_ns);
  } else if constexpr (std::is_same_v<Record, InvokeRecord>) {
    io.Number(r.operation);
    io.Number(r.sequence);
    io.Enum(r.phase, Phase::kAudit);
    io.Number(r.task);
    io.Number(r.user);
    io.Number(r.iteration);
    io.Number(r.step);
    io.Name(r.user_class);
    io.Name(r.action);
    io.Name(r.name);
    io.Number(r.intended_ns);
    io.Number(r.sent_ns);
    io.Name(r.request.method);
    io.Text(r.request.target);
    HeaderFields(io, r.request.headers);
    io.Text(r.request.body);
  } else if constexpr (std::is_same_v<Record, ReturnRecord>) {
    io.Number(r.operation);
    io.Number(r.sequence);
    io.Number(r.done_ns);
    io.Enum(r.error, SendError::kRedirect);
    io.Text(r.message);
    io.Enum(r.outcome, Outcome::kInfo);
    io.Flag(r.accepted);
    io.Text(r.failure);
    io.Number(r.response.status);
    HeaderFields(io, r.response.headers);
    io.Text(r.response.body);
  } else if constexpr (std::is_same_v<Record, StepRecord>) {
    io.Number(r.sequence);
    io.Number(r.at_ns);
    io.Number(r.task);
    io.Number(r.operation);
    io.Name(r.label);
    io.Name(r.resource);
    io.Enum(r.mode, Mode::kWrite);
  } else if constexpr (std::is_same_v<Record, Schedule>) {
    io.List(r, kDecisionsPerRecord, 13, [&](auto& decision) {
      io.Number(decision.value);
      io.Number(decision.bound);
      io.Number(decision.fingerprint);
      io.Enum(decision.kind, DecisionKind::kDraw);
    });
  } else {
    static_assert(std::is_same_v<Record, EndRecord>);
    io.Enum(r.ending, Ending::kRedundant);
    io.Number(r.digest);
    io.Number(r.unseed);
    io.Number(r.events);
    io.Number(r.started);
    io.Number(r.ok);
    io.Number(r.fail);
    io.Number(r.info);
    io.Number(r.dropped);
    io.Number(r.duration_ns);
  }
}

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

struct RecordEncoder::Impl {
  Out out;

  template <typename R>
  bool Add(const R& record) {
    const auto kind = static_cast<std::uint8_t>(TraceRecord(std::in_place_type<R>).index() + 1);
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

struct RecordDecoder::Impl {
  explicit Impl(std::string_view raw) : in(raw) {}
  In in;
};

RecordDecoder::RecordDecoder(std::string_view raw) : impl_(std::make_unique<Impl>(raw)) {}
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
