// SPDX-License-Identifier: Apache-2.0
#include "app/run_plan.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/file.h"
#include "support/message_of.h"
#include "support/temp_directory.h"
#include "text/corpus.h"
#include "text/token_file_writer.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A run of bytes over a text of 1000 of them, in whose folder tokens of the text may lie already.
class RunPlanTest : public testing::Test {
 protected:
  RunPlanTest() {
    write_durably(text_, std::string(1000, 'x'), ErrorKind::input);
    config_.data.files = {text_.string()};
    config_.data.tokenizer = TokenizerKind::byte;
    config_.model.block_size = 100;
    config_.model.vocab_size = 0;
    config_.checkpoint.directory = (temp_ / "run").string();
    make_directory(tokens_.parent_path(), ErrorKind::input);
  }

  void prepare(const std::string& tokenizer_fingerprint, std::size_t count) {
    TokenFileWriter writer(tokens_, 256, tokenizer_fingerprint, corpus_fingerprint({text_}));
    writer.append(std::vector<TokenId>(count, 7));
    writer.finish();
  }
  RunPlan plan() { return plan_run({.config = config_, .file = {}}, 1); }

  const TempDirectory temp_;
  const fs::path text_ = temp_ / "text.txt";
  const fs::path tokens_ = temp_ / "run" / "text" / "train.tokens";
  RunConfig config_;
};

TEST_F(RunPlanTest, CountsTheTokensThatAreThereAlready) {
  prepare("byte-v1", 900);
  EXPECT_EQ(plan().train_tokens, 720);
  config_.data.tokenizer = TokenizerKind::sentencepiece;
  prepare("sentencepiece-0123", 800);
  EXPECT_EQ(plan().train_tokens, 640);
  EXPECT_FALSE(plan().tokens_are_estimated);
}

TEST_F(RunPlanTest, DoesNotCountTokensOfAnotherKindOfTokenizer) {
  prepare("sentencepiece-0123", 250);
  EXPECT_EQ(plan().train_tokens, 800);
  EXPECT_NO_THROW(check_text(config_));
}

TEST_F(RunPlanTest, DamagedTokensAreThoseThatWillBeMadeAgain) {
  prepare("byte-v1", 1000);
  fs::resize_file(tokens_, 5000);
  EXPECT_EQ(plan().train_tokens, 800);
  EXPECT_NO_THROW(check_text(config_));
}

TEST_F(RunPlanTest, ATokenFileAmongTextsIsRefusedBeforeAnythingIsMade) {
  prepare("byte-v1", 1000);
  config_.data.files.push_back(tokens_.string());
  EXPECT_THAT(message_of([&] { check_text(config_); }, ErrorKind::input),
              HasSubstr("is a token file, which cannot be mixed with text"));
}

TEST_F(RunPlanTest, TooLittleTextIsRefusedBeforeAnythingIsMade) {
  config_.model.block_size = 300;
  EXPECT_THAT(message_of([&] { check_text(config_); }, ErrorKind::input),
              HasSubstr("the text has 1000 tokens, at least 1506 are needed"));
}

}  // namespace
}  // namespace lockstep::test
