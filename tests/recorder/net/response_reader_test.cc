#include "recorder/net/response_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/rng.h"

namespace redrive {
namespace {

using State = ResponseReader::State;

struct Read {
  State state = State::kNeedMore;
  Response response;
  SendError error = SendError::kNone;
  std::string message;
  bool reusable = false;
};

// Feeds `bytes` in pieces of 1 to `piece_max` bytes, then the end of the connection.
Read ReadAll(std::string_view bytes, std::size_t piece_max, std::uint64_t seed,
             ResponseLimits limits = {}) {
  Read read;
  ResponseReader reader(limits);
  reader.Begin(ResponseReader::BodyRule::kAsFramed, &read.response);
  Rng pieces = Rng(seed).Split("pieces");
  while (!bytes.empty() && read.state == State::kNeedMore) {
    const std::span<char> space = reader.Prepare();
    const std::size_t piece =
        std::min({space.size(), bytes.size(), std::size_t{1} + pieces.Below(piece_max)});
    std::memcpy(space.data(), bytes.data(), piece);
    bytes.remove_prefix(piece);
    read.state = reader.Commit(piece);
  }
  if (read.state == State::kNeedMore) read.state = reader.CommitEof();
  read.error = reader.error();
  read.message = reader.message();
  read.reusable = read.state == State::kDone && reader.reusable();
  return read;
}

const std::string kAnswers[] = {
    "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 11\r\n\r\nhello world",
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
};

TEST(ResponseReaderTest, SplitsDoNotMatter) {
  for (const std::string& answer : kAnswers) {
    const Read whole = ReadAll(answer, answer.size(), 1);
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const Read split = ReadAll(answer, 1 + seed % 7, seed);
      EXPECT_EQ(split.state, whole.state) << answer << " seed " << seed;
      EXPECT_EQ(split.response, whole.response) << answer << " seed " << seed;
      EXPECT_EQ(split.error, whole.error) << answer << " seed " << seed;
      EXPECT_EQ(split.reusable, whole.reusable) << answer << " seed " << seed;
    }
  }
}

TEST(ResponseReaderTest, KnowsWhenTheConnectionCanGoOn) {
  EXPECT_TRUE(ReadAll(kAnswers[0], 100, 1).reusable);
  EXPECT_TRUE(ReadAll(kAnswers[1], 100, 1).reusable);
  EXPECT_FALSE(ReadAll(kAnswers[3], 100, 1).reusable);
  EXPECT_FALSE(ReadAll("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 100, 1)
                   .reusable);
  EXPECT_FALSE(ReadAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", 100, 1).reusable);
}

TEST(ResponseReaderTest, LimitsHoldExactly) {
  const ResponseLimits limits{.header_max = 1000, .body_max = 10};
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const std::string& framing :
       {std::string("Content-Length: N\r\n\r\n"), std::string("\r\n")}) {
    for (const std::size_t size : {std::size_t{10}, std::size_t{11}}) {
      std::string answer = head + framing;
      if (const auto at = answer.find('N'); at != std::string::npos) {
        answer.replace(at, 1, std::to_string(size));
      }
      const Read read = ReadAll(answer + std::string(size, 'x'), 4, 7, limits);
      EXPECT_EQ(read.error, size == 10 ? SendError::kNone : SendError::kTooLarge) << read.message;
    }
  }
  const Read chunks =
      ReadAll(head + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nabcde", 4, 7, limits);
  EXPECT_EQ(chunks.error, SendError::kTooLarge);
  const Read trailer = ReadAll(
      head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(5000, 'y'), 512, 7, limits);
  EXPECT_EQ(trailer.error, SendError::kTooLarge) << trailer.message;
  const Read extension = ReadAll(
      head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'y'), 512, 7, limits);
  EXPECT_EQ(extension.error, SendError::kTooLarge) << extension.message;
}

TEST(ResponseReaderTest, SizesAsPeopleSayThem) {
  EXPECT_EQ(SizeText(64U << 20), "64 MiB");
  EXPECT_EQ(SizeText(64U << 10), "64 KiB");
  EXPECT_EQ(SizeText(1000), "1000 bytes");
}

}  // namespace
}  // namespace redrive
