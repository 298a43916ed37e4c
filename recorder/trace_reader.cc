#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_codec.h"
#include "recorder/trace_file.h"

namespace redrive {
namespace {

// How far the numbers of operations may run ahead of their count: lanes are written in turns, and a
// recorder that loses records leaves gaps.
constexpr std::uint64_t kOperationsAhead = 16'000'000;

// Checks that the records belong together before anyone indexes by what they say.
class RecordChecker {
 public:
  // `in_order`: operations come in the order of their numbers, as in version 1.
  RecordChecker(TraceSink& sink, bool in_order) : sink_(sink), in_order_(in_order) {}

  // Hands the record to the sink; otherwise says what is wrong with it.
  [[nodiscard]] std::string Take(TraceRecord&& record) {
    if (has_end_) return "a record after the end record";
    if (has_header_ == std::holds_alternative<TraceHeader>(record)) {
      return has_header_ ? "a second header" : "a record before the header";
    }
    return std::visit([this](auto& value) { return On(value); }, record);
  }
  [[nodiscard]] bool has_header() const { return has_header_; }
  [[nodiscard]] bool has_end() const { return has_end_; }
  // What the recorder could not write, for people; "" when nothing is missing.
  [[nodiscard]] std::string LossNote() const {
    const std::uint64_t missing = states_.size() - seen_;
    std::string note;
    if (missing > 0) {
      note = std::to_string(missing) +
             " requests were not recorded; those behind them have lower numbers here than they had";
    }
    if (orphans_ > 0) {
      note += (note.empty() ? "" : "; ") + std::to_string(orphans_) +
              " answers came to requests that were not recorded";
    }
    return note;
  }

 private:
  std::string On(const TraceHeader& header) {
    has_header_ = true;
    sink_.OnHeader(header);
    return {};
  }
  std::string On(const InvokeRecord& record) {
    if (record.operation == 0 || record.operation > seen_ + kOperationsAhead) {
      return "operation " + std::to_string(record.operation) + " among the first " +
             std::to_string(seen_ + 1);
    }
    if (in_order_ && record.operation != seen_ + 1) {
      return "operation " + std::to_string(record.operation) + " follows operation " +
             std::to_string(seen_);
    }
    if (states_.size() < record.operation) states_.resize(record.operation, State::kUnknown);
    State& state = states_[record.operation - 1];
    if (state != State::kUnknown) {
      return "operation " + std::to_string(record.operation) + " is invoked twice";
    }
    state = State::kInvoked;
    ++seen_;
    sink_.OnInvoke(record);
    return {};
  }
  std::string On(const ReturnRecord& record) {
    const bool known = record.operation > 0 && record.operation <= states_.size();
    const State state = known ? states_[record.operation - 1] : State::kUnknown;
    if (state == State::kUnknown && !in_order_) {  // its invocation was lost, see the end record
      ++orphans_;
      return {};
    }
    if (state != State::kInvoked) {
      return "operation " + std::to_string(record.operation) +
             " returns twice or without an invocation";
    }
    states_[record.operation - 1] = State::kReturned;
    sink_.OnReturn(record);
    return {};
  }
  std::string On(const StepRecord& record) {
    if (record.sequence <= last_step_) {
      return "step " + std::to_string(record.sequence) + " follows step " +
             std::to_string(last_step_);
    }
    last_step_ = record.sequence;
    sink_.OnStep(record);
    return {};
  }
  std::string On(const Schedule& part) {
    if (schedule_.size() + part.size() > kDecisionsMax) {
      return "a schedule of more than " + std::to_string(kDecisionsMax) + " decisions";
    }
    for (const Decision& decision : part) {
      if (decision.value >= decision.bound) return "a decision outside its bound";
    }
    schedule_.insert(schedule_.end(), part.begin(), part.end());
    return {};
  }
  std::string On(const EndRecord& record) {
    has_end_ = true;
    sink_.OnEnd(schedule_, record);
    return {};
  }

  enum class State : std::uint8_t { kUnknown, kInvoked, kReturned };

  TraceSink& sink_;
  bool in_order_;
  std::vector<State> states_;  // by operation, from 1
  std::uint64_t seen_ = 0;     // invocations
  std::uint64_t orphans_ = 0;  // returns whose invocations were lost
  std::uint64_t last_step_ = 0;
  Schedule schedule_;
  bool has_header_ = false;
  bool has_end_ = false;
};

Result<void> ReadChunk(const ChunkReader& reader, const Chunk& chunk, RecordChecker* checker) {
  RecordDecoder decoder(chunk.raw, reader.version());
  std::uint32_t records = 0;
  while (!decoder.AtEnd()) {
    Result<TraceRecord> record = decoder.Next();
    std::string problem = record ? checker->Take(std::move(*record)) : record.error().message;
    if (!problem.empty()) {
      return Error{ErrorCode::kCorrupt, reader.Place(chunk) + "record " + std::to_string(records) +
                                            ": " + problem + "; no redrive wrote this"};
    }
    ++records;
  }
  if (records != chunk.records) {
    return Error{ErrorCode::kCorrupt, reader.Place(chunk) + "has " + std::to_string(records) +
                                          " records, its head says " +
                                          std::to_string(chunk.records) +
                                          "; no redrive wrote this"};
  }
  return {};
}

Result<std::string> Stream(ChunkReader::Source source, const std::string& name, TraceSink& sink,
                           std::uint64_t bytes_max) {
  ChunkReader reader(std::move(source), name);
  if (const Result<void> preamble = reader.ReadPreamble(); !preamble) return preamble.error();
  RecordChecker checker(sink, reader.version() == 1);
  std::uint64_t bytes = 0;
  while (true) {
    const Result<std::optional<Chunk>> chunk = reader.Next();
    if (!chunk) return chunk.error();
    if (!chunk->has_value()) break;
    bytes += (*chunk)->raw.size();
    if (bytes > bytes_max) {
      return Error{ErrorCode::kLimit, reader.Place(**chunk) + "the trace unpacks to more than " +
                                          std::to_string(bytes_max) +
                                          " bytes, too much for memory; record a shorter run"};
    }
    if (const Result<void> read = ReadChunk(reader, **chunk, &checker); !read) return read.error();
  }
  if (!checker.has_header()) {
    return Error{ErrorCode::kTruncated,
                 name +
                     ": the file ends before its header is complete, nothing can be read; record "
                     "it again"};
  }
  std::string note = reader.tail_note();
  const std::string loss = checker.LossNote();
  if (!loss.empty()) note = note.empty() ? loss : loss + "; " + note;
  if (!checker.has_end()) {
    note =
        "the recording was cut short: it has no end record" + (note.empty() ? note : "; " + note);
  }
  return note;
}

Result<Trace> Collect(ChunkReader::Source source, const std::string& name,
                      const TraceReadLimits& limits) {
  TraceCollector collector;
  Result<std::string> note = Stream(std::move(source), name, collector, limits.bytes_max);
  if (!note) return note.error();
  collector.CloseGaps();
  collector.trace.note = std::move(*note);
  return std::move(collector.trace);
}

// Opens `path`; the descriptor lives as long as the source.
Result<ChunkReader::Source> OpenFile(const std::string& path) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) {
    return Error{ErrorCode::kIo, path + ": cannot open the trace: " + std::strerror(errno)};
  }
  const std::shared_ptr<int> descriptor(new int(opened), [](const int* value) {
    ::close(*value);
    delete value;
  });
  return ChunkReader::Source(
      [path, descriptor](char* buffer, std::size_t size) -> Result<std::size_t> {
        std::size_t done = 0;
        while (done < size) {
          const ssize_t got = ::read(*descriptor, buffer + done, size - done);
          if (got < 0 && errno == EINTR) continue;
          if (got < 0) {
            return Error{ErrorCode::kIo, path + ": cannot read the trace: " + std::strerror(errno)};
          }
          if (got == 0) break;
          done += static_cast<std::size_t>(got);
        }
        return done;
      });
}

}  // namespace

Result<Trace> ReadTrace(const std::string& path, const TraceReadLimits& limits) {
  Result<ChunkReader::Source> source = OpenFile(path);
  if (!source) return source.error();
  return Collect(std::move(*source), path, limits);
}

Result<std::string> StreamTrace(const std::string& path, TraceSink& sink) {
  Result<ChunkReader::Source> source = OpenFile(path);
  if (!source) return source.error();
  return Stream(std::move(*source), path, sink, ~std::uint64_t{0});
}

Result<Trace> ReadTraceBytes(std::string_view bytes, const std::string& name,
                             const TraceReadLimits& limits) {
  std::size_t at = 0;
  return Collect(
      [&](char* buffer, std::size_t size) -> Result<std::size_t> {
        const std::size_t taken = std::min(size, bytes.size() - at);
        std::copy_n(bytes.data() + at, taken, buffer);
        at += taken;
        return taken;
      },
      name, limits);
}

void TraceCollector::OnInvoke(const InvokeRecord& record) {
  REDRIVE_CHECK(record.operation > in_order_);
  const std::size_t place = trace.invokes.size();
  if (place == in_order_ && record.operation == in_order_ + 1) {
    ++in_order_;
  } else {
    open_.emplace(record.operation, place);
  }
  trace.invokes.push_back(record);
  trace.returns.emplace_back();
}

void TraceCollector::OnReturn(const ReturnRecord& record) {
  REDRIVE_CHECK(record.operation >= 1);
  if (record.operation <= in_order_) {
    trace.returns[record.operation - 1] = record;
    return;
  }
  const auto open = open_.find(record.operation);
  REDRIVE_CHECK(open != open_.end());
  trace.returns[open->second] = record;
  open_.erase(open);
}

void TraceCollector::CloseGaps() {
  open_.clear();
  if (in_order_ == trace.invokes.size()) return;
  std::vector<std::size_t> order(trace.invokes.size() - in_order_);
  std::iota(order.begin(), order.end(), in_order_);
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return trace.invokes[a].operation < trace.invokes[b].operation;
  });
  std::vector<InvokeRecord> invokes;
  std::vector<std::optional<ReturnRecord>> returns;
  for (const std::size_t place : order) {
    invokes.push_back(std::move(trace.invokes[place]));
    returns.push_back(std::move(trace.returns[place]));
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = in_order_ + i;
    trace.invokes[place] = std::move(invokes[i]);
    trace.returns[place] = std::move(returns[i]);
    trace.invokes[place].operation = place + 1;
    if (trace.returns[place]) trace.returns[place]->operation = place + 1;
  }
  in_order_ = trace.invokes.size();
}

void TraceCollector::OnEnd(const Schedule& schedule, const EndRecord& record) {
  CloseGaps();
  trace.schedule = schedule;
  trace.end = record;
}

}  // namespace redrive
