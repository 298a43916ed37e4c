// Any bytes as the answers of a server, split anyhow: a response or an error, never a crash or more
// memory than the limits allow; and the split must not matter.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/check.h"
#include "core/rng.h"
#include "recorder/net/response_reader.h"

namespace {

using redrive::ResponseReader;
using State = ResponseReader::State;

struct Answer {
  State state = State::kNeedMore;
  redrive::Response response;
  redrive::SendError error = redrive::SendError::kNone;
};

Answer ReadAnswer(std::string_view bytes, std::size_t piece_max, ResponseReader::BodyRule rule) {
  const redrive::ResponseLimits limits{.header_max = 4096, .body_max = 8192, .interim_max = 4};
  Answer answer;
  ResponseReader reader(limits);
  reader.Begin(rule, &answer.response);
  redrive::Rng pieces(piece_max);
  while (!bytes.empty() && answer.state == State::kNeedMore) {
    const std::span<char> space = reader.Prepare();
    REDRIVE_CHECK(!space.empty());
    const std::size_t wanted = 1 + pieces.Below(piece_max);
    const std::size_t piece = std::min({space.size(), bytes.size(), wanted});
    std::memcpy(space.data(), bytes.data(), piece);
    bytes.remove_prefix(piece);
    answer.state = reader.Commit(piece);
  }
  if (answer.state == State::kNeedMore) answer.state = reader.CommitEof();
  REDRIVE_CHECK(answer.state != State::kNeedMore);
  REDRIVE_CHECK((answer.state == State::kFailed) == (reader.error() != redrive::SendError::kNone));
  REDRIVE_CHECK(reader.message().empty() == (answer.state == State::kDone));
  REDRIVE_CHECK(answer.response.body.size() <= limits.body_max);
  answer.error = reader.error();
  return answer;
}

}  // namespace

// The first byte chooses how the rest is split, and whether it answers a HEAD.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto rule =
      (data[0] & 1U) != 0 ? ResponseReader::BodyRule::kNone : ResponseReader::BodyRule::kAsFramed;
  const Answer split = ReadAnswer(bytes, 1 + data[0] / 2U, rule);
  const Answer whole = ReadAnswer(bytes, 1 << 20, rule);
  REDRIVE_CHECK((split.state == State::kDone) == (whole.state == State::kDone));
  if (whole.state == State::kDone) REDRIVE_CHECK(split.response == whole.response);
  return 0;
}
