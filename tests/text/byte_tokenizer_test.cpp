// SPDX-License-Identifier: Apache-2.0
#include "text/byte_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_samples.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;

TEST(ByteTokenizer, HasATokenForEveryByteOfTheText) {
  EXPECT_THAT(tokens_of(ByteTokenizer(), "a\n\u00e9"), ElementsAre(97, 10, 0xC3, 0xA9));
}

TEST(ByteTokenizer, AppendsToTheTokensThereAre) {
  std::vector<TokenId> tokens = {1};
  ByteTokenizer().encode("a", tokens);
  EXPECT_THAT(tokens, ElementsAre(1, 97));
}

TEST(ByteTokenizer, GivesEveryByteBack) {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  const ByteTokenizer tokenizer;
  EXPECT_EQ(tokenizer.decode(tokens_of(tokenizer, text)), text);
}

TEST(ByteTokenizer, ReadsATokenItDoesNotHaveAsUnknown) {
  EXPECT_EQ(ByteTokenizer().decode({97, 256, 98}), "a\uFFFDb");
}

TEST(ByteTokenizer, IsKnownByAnUnchangingFingerprint) {
  const ByteTokenizer tokenizer;
  EXPECT_EQ(tokenizer.fingerprint(), "byte-v1");
  EXPECT_EQ(tokenizer.vocab_size(), 256);
  EXPECT_EQ(tokenizer.kind(), "byte");
}

}  // namespace
}  // namespace lockstep::test
