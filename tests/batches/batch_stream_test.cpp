// SPDX-License-Identifier: Apache-2.0
#include "batches/batch_stream.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "support/temp_directory.h"
#include "text/token_file_writer.h"

namespace lockstep {
namespace {

// Tokens 0, 1, 2, ... so that a token says where it stands.
class BatchStreamTest : public testing::Test {
 protected:
  static TokenFile counting_tokens(const std::filesystem::path& path, TokenId count) {
    TokenFileWriter writer(path, /*vocab_size=*/count, "test", "test");
    std::vector<TokenId> tokens(count);
    std::iota(tokens.begin(), tokens.end(), TokenId{0});
    writer.append(tokens);
    writer.finish();
    return TokenFile::open(path);
  }

  // Hands out these lists of windows, then ends.
  static NextWindows listed(std::vector<std::vector<std::int64_t>> lists) {
    return [lists = std::move(lists), next = std::size_t{0}]() mutable {
      return next < lists.size() ? lists[next++] : std::vector<std::int64_t>();
    };
  }

  const test::TempDirectory temp_;
  const TokenFile tokens_ = counting_tokens(temp_ / "t", 100);
  const Windows windows_{.first_token = 10, .context = 4, .stride = 4, .count = 20};
};

TEST_F(BatchStreamTest, TargetsAreTheInputsOneTokenLater) {
  BatchStream stream(tokens_, windows_, listed({{2, 0}}));
  const Batch batch = stream.next();
  EXPECT_TRUE(
      batch.inputs_BT.equal(at::tensor({18, 19, 20, 21, 10, 11, 12, 13}, at::kLong).view({2, 4})));
  EXPECT_TRUE(batch.targets_BT.equal(batch.inputs_BT + 1));
}

TEST_F(BatchStreamTest, BatchesComeInTheOrderAsked) {
  std::vector<std::vector<std::int64_t>> lists;
  for (std::int64_t window = 0; window < 20; ++window) lists.push_back({19 - window});
  BatchStream stream(tokens_, windows_, listed(lists));
  for (std::int64_t window = 0; window < 20; ++window)
    EXPECT_EQ(stream.next().inputs_BT[0][0].item<std::int64_t>(), 10 + 4 * (19 - window));
}

TEST_F(BatchStreamTest, AskingBeyondTheEndIsAnError) {
  BatchStream stream(tokens_, windows_, listed({{1}}));
  stream.next();
  EXPECT_THROW(stream.next(), Error);
}

TEST_F(BatchStreamTest, AFailureOnTheReadingThreadReachesTheReader) {
  BatchStream stream(tokens_, windows_, []() -> std::vector<std::int64_t> {
    throw Error(ErrorKind::input, "no more windows");
  });
  try {
    stream.next();
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no more windows");
  }
}

TEST_F(BatchStreamTest, AFileThatWasCutIsToldBeforeItsTokensAreRead) {
  std::filesystem::resize_file(temp_ / "t", 4096);
  BatchStream stream(tokens_, windows_, listed({{1}}));
  try {
    stream.next();
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("and has 4096 now"));
  }
}

// The last token becomes another one as if at the time of the touch: who reads it again is told.
TEST_F(BatchStreamTest, AFileThatWasTouchedIsReadAgainOnceForAllStreams) {
  const std::filesystem::path path = temp_ / "t";
  const auto touched = std::filesystem::last_write_time(path) + std::chrono::seconds(1);
  std::filesystem::last_write_time(path, touched);
  EXPECT_NO_THROW(BatchStream(tokens_, windows_, listed({{1}})).next());
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(-1, std::ios::end)
      .put('x');
  std::filesystem::last_write_time(path, touched);
  EXPECT_NO_THROW(BatchStream(tokens_, windows_, listed({{1}})).next());
  std::filesystem::last_write_time(path, touched + std::chrono::seconds(1));
  EXPECT_THROW(BatchStream(tokens_, windows_, listed({{1}})).next(), Error);
}

TEST_F(BatchStreamTest, MayBeLeftBeforeItsEnd) {
  BatchStream stream(tokens_, windows_, [] { return std::vector<std::int64_t>{0}; });
  stream.next();
}

}  // namespace
}  // namespace lockstep
