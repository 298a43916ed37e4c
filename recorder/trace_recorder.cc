#include "recorder/trace_recorder.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/check.h"
#include "recorder/chunk_file.h"
#include "recorder/trace_codec.h"
#include "recorder/trace_parts.h"

namespace redrive {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRateWindow = std::chrono::milliseconds(250);
constexpr std::size_t kSparesMax = 8;  // chunks' memory that is kept for the next ones

struct Waiting {
  std::string raw;
  std::uint32_t records = 0;
};

// Whether there is time to compress: judged by the rate of the last quarter of a second.
class RateGauge {
 public:
  explicit RateGauge(std::uint64_t bytes_per_second_max) : most_(bytes_per_second_max) {}

  [[nodiscard]] bool Calm(std::size_t bytes) {
    const Clock::time_point now = Clock::now();
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - begin_);
    bytes_ += bytes;
    if (passed >= kRateWindow) {
      calm_ = bytes_ * 1'000'000 / static_cast<std::uint64_t>(passed.count()) <= most_;
      begin_ = now;
      bytes_ = 0;
    } else if (bytes_ * 4 > most_) {
      calm_ = false;  // the quarter is not over, and it is over the rate already
    }
    return calm_;
  }

 private:
  std::uint64_t most_;
  Clock::time_point begin_ = Clock::now();
  std::uint64_t bytes_ = 0;
  bool calm_ = true;
};

}  // namespace

struct TraceRecorder::Impl {
  Impl(std::unique_ptr<ChunkFile> file_in, TraceRecorderOptions options_in)
      : file(std::move(file_in)), options(std::move(options_in)) {}

  std::string HandOver(Waiting chunk);
  void Write();
  void Lose(std::uint64_t records, const std::string& reason);
  void StopWriter();

  std::unique_ptr<ChunkFile> file;  // the writer's, while it runs
  TraceRecorderOptions options;
  std::vector<std::unique_ptr<LaneImpl>> lanes;
  std::thread writer;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  std::deque<Waiting> queue;
  std::size_t queued_bytes = 0;
  std::vector<std::string> spares;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  std::string error;
  bool broken = false;  // a write failed: nothing more but the end is tried
  bool stopping = false;
};

class TraceRecorder::LaneImpl final : public Lane {
 public:
  explicit LaneImpl(Impl& recorder) : recorder_(recorder) {}

  void OnHeader(const TraceHeader&) override { REDRIVE_CHECK(false); }
  void OnInvoke(const InvokeRecord& record) override { Add(record); }
  void OnReturn(const ReturnRecord& record) override { Add(record); }
  void OnStep(const StepRecord&) override { REDRIVE_CHECK(false); }
  void OnEnd(const Schedule&, const EndRecord&) override { REDRIVE_CHECK(false); }

  void Tick() override {
    if (encoder_.records() == 0) return;
    if (std::exchange(waited_, true)) HandOver();
  }
  void HandOver() {
    waited_ = false;
    const std::uint32_t records = encoder_.records();
    if (records == 0) return;
    spare_ = recorder_.HandOver(Waiting{encoder_.Take(std::move(spare_)), records});
  }

 private:
  template <typename Record>
  void Add(const Record& record) {
    if (!encoder_.Add(record)) {
      HandOver();  // perhaps it only does not fit behind the others
      if (!encoder_.Add(record)) {
        recorder_.Lose(1, kOverLimits);
        REDRIVE_CHECK(AddShortened(record, &encoder_));
      }
    }
    if (encoder_.raw().size() >= recorder_.options.chunk_bytes) HandOver();
  }

  Impl& recorder_;
  RecordEncoder encoder_;
  std::string spare_;  // memory for the chunk after this one
  bool waited_ = false;
};

// Returns memory for another chunk.
std::string TraceRecorder::Impl::HandOver(Waiting chunk) {
  std::string spare;
  {
    const std::lock_guard lock(mutex);
    bytes += chunk.raw.size();
    if (broken) {
      dropped += chunk.records;
      return std::move(chunk.raw);
    }
    if (!spares.empty()) {
      spare = std::move(spares.back());
      spares.pop_back();
    }
    if (queued_bytes + chunk.raw.size() <= options.queue_bytes_max) {
      queued_bytes += chunk.raw.size();
      queue.push_back(std::move(chunk));
      wake.notify_one();
      return spare;
    }
  }
  Lose(chunk.records,
       "the disk is slower than the run: " + std::to_string(options.queue_bytes_max >> 20) +
           " MiB wait to be written");
  return std::move(chunk.raw);
}

// The writer's thread.
void TraceRecorder::Impl::Write() {
  RateGauge gauge(options.packed_bytes_per_second_max);
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    Waiting chunk = std::move(queue.front());
    queue.pop_front();
    if (broken) {
      queued_bytes -= chunk.raw.size();
      dropped += chunk.records;
      continue;
    }
    lock.unlock();
    const std::size_t size = chunk.raw.size();
    const ChunkFramer::Packing packing =
        gauge.Calm(size) ? ChunkFramer::Packing::kZstd : ChunkFramer::Packing::kNone;
    const std::string problem = file->Append(chunk.raw, chunk.records, packing);
    lock.lock();
    queued_bytes -= size;
    if (spares.size() < kSparesMax) spares.push_back(std::move(chunk.raw));
    if (problem.empty()) continue;
    broken = true;
    lock.unlock();
    Lose(chunk.records, problem);
    lock.lock();
  }
}

void TraceRecorder::Impl::Lose(std::uint64_t records, const std::string& reason) {
  std::string line;
  {
    const std::lock_guard lock(mutex);
    dropped += records;
    if (!error.empty()) return;
    error = LossText(file->path(), reason, broken);
    line = error;
  }
  if (options.report) {
    options.report(line);
  } else {
    std::fprintf(stderr, "warning: %s\n", line.c_str());
  }
}

void TraceRecorder::Impl::StopWriter() {
  if (!writer.joinable()) return;
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_one();
  writer.join();
}

TraceRecorder::TraceRecorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TraceRecorder::~TraceRecorder() {
  for (const auto& lane : impl_->lanes) lane->HandOver();
  impl_->StopWriter();
}

Result<std::unique_ptr<TraceRecorder>> TraceRecorder::Open(const std::string& path,
                                                           TraceRecorderOptions options) {
  Result<std::unique_ptr<ChunkFile>> file = ChunkFile::Open(path);
  if (file.has_error()) return file.error();
  auto impl = std::make_unique<Impl>(std::move(*file), std::move(options));
  return std::unique_ptr<TraceRecorder>(new TraceRecorder(std::move(impl)));
}

void TraceRecorder::Begin(const TraceHeader& header) {
  Impl& impl = *impl_;
  REDRIVE_CHECK(!impl.writer.joinable());
  RecordEncoder encoder;
  std::string problem = impl.file->WritePreamble();
  if (problem.empty() && !encoder.Add(header)) problem = kOverLimits;
  if (problem.empty()) problem = impl.file->Append(encoder.raw(), encoder.records());
  if (!problem.empty()) {
    impl.broken = true;
    impl.Lose(1, problem);
  }
  impl.writer = std::thread([&impl] { impl.Write(); });
}

TraceRecorder::Lane& TraceRecorder::NewLane() {
  impl_->lanes.push_back(std::make_unique<LaneImpl>(*impl_));
  return *impl_->lanes.back();
}

void TraceRecorder::End(const EndRecord& record) {
  Impl& impl = *impl_;
  for (const auto& lane : impl.lanes) lane->HandOver();
  impl.StopWriter();
  RecordEncoder encoder;
  EndRecord end = record;
  end.dropped += impl.dropped;
  REDRIVE_CHECK(encoder.Add(end));
  // Room may have come back; a cut trace that ends properly says how much it lost.
  const std::string problem = impl.file->has_preamble()
                                  ? impl.file->Append(encoder.raw(), encoder.records())
                                  : std::string("no header");
  if (!problem.empty()) impl.Lose(1, problem);
}

std::uint64_t TraceRecorder::dropped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->dropped;
}
std::string TraceRecorder::error() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->error;
}
std::uint64_t TraceRecorder::bytes() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->bytes;
}
const std::string& TraceRecorder::path() const { return impl_->file->path(); }

}  // namespace redrive
