#include "recorder/net/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace redrive {
namespace {

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

std::string Pack(const std::string& text, int format) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

struct Decoded {
  DecodeResult result;
  std::string body;
  std::string what;
};

Decoded Decode(const std::string& header, std::string body, std::size_t max = 1 << 20) {
  Decoded out{.result = DecodeResult::kDone, .body = std::move(body), .what = ""};
  out.result = DecodeContent(header, max, &out.body, &out.what);
  return out;
}

std::string Text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + ",";
  text.resize(size);
  return text;
}

TEST(ContentCodingTest, UnpacksEveryForm) {
  for (const std::size_t size : {1UL, 300UL, 5'000UL, 800'000UL}) {
    const std::string text = Text(size);
    EXPECT_EQ(Decode("gzip", Pack(text, kGzip)).body, text);
    EXPECT_EQ(Decode("X-GZip", Pack(text, kGzip)).body, text);
    EXPECT_EQ(Decode("deflate", Pack(text, kZlib)).body, text);
    EXPECT_EQ(Decode("deflate", Pack(text, kRaw)).body, text);
    EXPECT_EQ(Decode("deflate, identity, gzip", Pack(Pack(text, kZlib), kGzip)).body, text);
    EXPECT_EQ(Decode("gzip", Pack(text, kGzip) + Pack("more", kGzip)).body, text + "more");
    EXPECT_EQ(Decode("gzip", Pack(text, kGzip) + "trailing").body, text);
  }
  EXPECT_EQ(Decode("gzip", Pack("", kGzip)).body, "");
  EXPECT_EQ(Decode("gzip", "").result, DecodeResult::kDone);
  EXPECT_EQ(Decode("br", "as it is").body, "as it is");
  EXPECT_EQ(Decode("", "as it is").body, "as it is");
}

TEST(ContentCodingTest, EveryCutIsSeen) {
  for (const int format : {kGzip, kZlib, kRaw}) {
    const std::string packed = Pack(Text(2'000), format);
    for (std::size_t cut = 1; cut < packed.size(); ++cut) {
      const Decoded decoded = Decode(format == kGzip ? "gzip" : "deflate", packed.substr(0, cut));
      ASSERT_EQ(decoded.result, DecodeResult::kBroken) << format << " " << cut;
      EXPECT_EQ(decoded.body, packed.substr(0, cut));
      EXPECT_EQ(decoded.what,
                format == kGzip ? "gzip coding: ends early" : "deflate coding: ends early");
    }
  }
}

TEST(ContentCodingTest, BrokenBytes) {
  EXPECT_EQ(Decode("gzip", "{\"plain\": 1}").what, "gzip coding: incorrect header check");
  std::string spoilt = Pack(Text(2'000), kGzip);
  spoilt[spoilt.size() - 6] ^= 1;  // of the checksum
  EXPECT_EQ(Decode("gzip", spoilt).what, "gzip coding: incorrect data check");
  EXPECT_EQ(Decode("deflate", "\xff\xff\xff").result, DecodeResult::kBroken);
  EXPECT_EQ(Decode("gzip,gzip,gzip,gzip,gzip", "x").what, "more than 4 content codings");
}

TEST(ContentCodingTest, ABombStopsAtTheLimit) {
  const std::string bomb = Pack(std::string(50 << 20, '\0'), kGzip);
  EXPECT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(Decode("gzip", bomb, 1 << 20).result, DecodeResult::kTooLarge);
  EXPECT_EQ(Decode("deflate", Pack(std::string(5 << 20, 'x'), kRaw), 1 << 20).result,
            DecodeResult::kTooLarge);
  EXPECT_EQ(Decode("gzip, gzip", Pack(bomb, kGzip), 1 << 20).result, DecodeResult::kTooLarge);
  const std::string fits(1 << 20, 'y');
  EXPECT_EQ(Decode("gzip", Pack(fits, kGzip), fits.size()).body, fits);
  EXPECT_EQ(Decode("gzip", Pack(fits, kGzip), fits.size() - 1).result, DecodeResult::kTooLarge);
}

}  // namespace
}  // namespace redrive
