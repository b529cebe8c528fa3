// SPDX-License-Identifier: Apache-2.0
#include "train/prepared_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "comm/solo_world.h"
#include "support/message_of.h"
#include "support/temp_directory.h"
#include "support/thread_world.h"
#include "support/tiny_run.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

// What every rank is told.
std::string shared_failure(const std::function<void()>& work, ErrorKind kind = ErrorKind::input) {
  return test::message_of<SharedError>(work, kind);
}

class PreparedTextTest : public testing::Test {
 protected:
  PreparedText prepare(TextOrigin origin = TextOrigin::new_run,
                       const std::optional<StoredTokenizer>& stored = std::nullopt) {
    return prepare_text(solo_, config_, origin, stored);
  }
  std::string failure(ErrorKind kind, TextOrigin origin = TextOrigin::new_run,
                      const std::optional<StoredTokenizer>& stored = std::nullopt) {
    return shared_failure([&] { prepare(origin, stored); }, kind);
  }

  const test::TempDirectory temp_;
  SoloWorld solo_;
  RunConfig config_ = test::tiny_config(temp_.path());
};

TEST_F(PreparedTextTest, FillsInTheVocabularyThatTheTokenizerDecides) {
  ASSERT_EQ(config_.model.vocab_size, 0);
  const PreparedText text = prepare();
  EXPECT_EQ(config_.model.vocab_size, 256);
  EXPECT_EQ(text.train.count(),
            static_cast<std::int64_t>(std::filesystem::file_size(config_.data.files.front())));
  EXPECT_EQ(&text.validation_tokens(), &text.train);
}

TEST_F(PreparedTextTest, AFolderMayHaveAnyName) {
  config_.checkpoint.directory = (temp_ / "two\nlines").string();
  EXPECT_GT(prepare().train.count(), 0);
}

TEST_F(PreparedTextTest, EveryRankOpensWhatRankZeroMade) {
  const std::string digest = prepare().digest();
  test::run_ranks(3, [&](World& world) {
    RunConfig config = config_;
    EXPECT_EQ(prepare_text(world, config, TextOrigin::new_run, std::nullopt).digest(), digest);
  });
}

// A rank on a host where a path leads to another file than on that of rank 0.
class OtherHost : public World {
 public:
  OtherHost(World& world, std::string path, std::string own)
      : world_(world), path_(std::move(path)), own_(std::move(own)) {}
  int rank() const override { return world_.rank(); }
  int size() const override { return world_.size(); }
  int local_rank() const override { return 0; }
  int local_leader() const override { return rank(); }
  std::vector<std::string> gather_all(const std::string& text,
                                      std::chrono::seconds timeout) override {
    std::vector<std::string> texts = world_.gather_all(text, timeout);
    const std::size_t place = texts.front().find(path_);
    if (place != std::string::npos) texts.front().replace(place, path_.size(), own_);
    return texts;
  }
  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override {
    return world_.gather_all(numbers);
  }
  std::unique_ptr<PendingTexts> start_gather(const std::string& text) override {
    return world_.start_gather(text);
  }
  [[noreturn]] void abort(ExitCode /*exit_code*/) override { std::terminate(); }

 private:
  World& world_;
  std::string path_;
  std::string own_;
};

TEST_F(PreparedTextTest, APathMayHaveTheEndOfALineInIt) {
  const std::filesystem::path made = prepare().train.path();
  const std::filesystem::path folder = temp_ / "two\nlines";
  std::filesystem::copy(made.parent_path(), folder);
  config_.data.files = {(folder / made.filename()).string()};
  config_.data.validation_files = config_.data.files;
  config_.checkpoint.directory = (temp_ / "other\nlines").string();
  const PreparedText text = prepare();
  EXPECT_EQ(text.train.path(), folder / made.filename());
  ASSERT_TRUE(text.validation.has_value());
  EXPECT_EQ(text.validation->path(), folder / made.filename());
}

TEST_F(PreparedTextTest, ATokenFileAmongTextsIsNoTextToLearnATokenizerFrom) {
  config_.data.files.push_back(prepare().train.path().string());
  config_.data.tokenizer = TokenizerKind::sentencepiece;
  EXPECT_THAT(failure(ErrorKind::input),
              HasSubstr("is a token file, which cannot be mixed with text"));
}

TEST_F(PreparedTextTest, OtherTokensOnAnotherHostAreTold) {
  const std::string tokens = prepare().train.path().string();
  RunConfig other = config_;
  other.checkpoint.directory = (temp_ / "other").string();
  write_durably(temp_ / "other.txt", std::string(6000, 'x'), ErrorKind::input);
  other.data.files = {(temp_ / "other.txt").string()};
  const std::string others =
      prepare_text(solo_, other, TextOrigin::new_run, std::nullopt).train.path().string();
  test::run_ranks(2, [&](World& world) {
    OtherHost host(world, tokens, world.rank() == 1 ? others : tokens);
    RunConfig config = config_;
    EXPECT_THAT(
        shared_failure([&] { prepare_text(host, config, TextOrigin::new_run, std::nullopt); }),
        HasSubstr("rank 1 has the tokens "));
  });
}

// Of two runs that begin in one directory, one may replace the tokenizer of the other.
TEST_F(PreparedTextTest, TokensOfAnotherTokenizerThanTheOneBesideThemAreRefused) {
  const std::string tokens = prepare().train.path().string();
  RunConfig other = config_;
  other.checkpoint.directory = (temp_ / "other").string();
  other.data.tokenizer = TokenizerKind::sentencepiece;
  other.data.tokenizer_vocab_size = 2048;
  other.model.vocab_size = 0;
  const PreparedText others = prepare_text(solo_, other, TextOrigin::new_run, std::nullopt);
  OtherHost host(solo_, tokens, others.train.path().string());
  RunConfig config = config_;
  EXPECT_THAT(
      shared_failure([&] { prepare_text(host, config, TextOrigin::new_run, std::nullopt); }),
      AllOf(HasSubstr("made with the tokenizer " + others.tokenizer->fingerprint()),
            HasSubstr("holds byte"), HasSubstr("start again")));
}

TEST_F(PreparedTextTest, AChangedTokenInTheFileOfAnotherHostIsTold) {
  const std::filesystem::path tokens = prepare().train.path();
  const std::filesystem::path copy = temp_ / "copy.tokens";
  std::filesystem::copy_file(tokens, copy);
  const auto prepare_on_two_hosts = [&](World& world) {
    OtherHost host(world, tokens.string(), world.rank() == 1 ? copy.string() : tokens.string());
    RunConfig config = config_;
    return prepare_text(host, config, TextOrigin::new_run, std::nullopt).digest();
  };
  test::run_ranks(2, prepare_on_two_hosts);
  std::fstream(copy, std::ios::in | std::ios::out).seekp(4096) << '\x7F';
  test::run_ranks(2, [&](World& world) {
    EXPECT_THAT(shared_failure([&] { prepare_on_two_hosts(world); }),
                AllOf(HasSubstr("rank 1: "), HasSubstr(copy.string()),
                      HasSubstr("its tokens have the digest")));
  });
}

TEST_F(PreparedTextTest, IsReadFromACopyOnTheHostWhereThatIsWanted) {
  const PreparedText shared = prepare();
  config_.data.local_dir = (temp_ / "scratch").string();
  test::run_ranks(2, [&](World& world) {  // of one host: one of them makes the copy
    RunConfig config = config_;
    const PreparedText text = prepare_text(world, config, TextOrigin::new_run, std::nullopt);
    EXPECT_EQ(text.train.path().parent_path(), config.data.local_dir);
    EXPECT_EQ(text.digest(), shared.digest());
  });
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp_ / "scratch"), {}), 1);
}

TEST_F(PreparedTextTest, ACopyThatCannotBeMadeIsToldOnEveryRank) {
  config_.data.local_dir = (temp_ / "text.txt" / "scratch").string();
  test::run_ranks(2, [&](World& world) {
    RunConfig config = config_;
    EXPECT_THROW(prepare_text(world, config, TextOrigin::new_run, std::nullopt), SharedError);
  });
  EXPECT_THAT(failure(ErrorKind::input), HasSubstr("text.txt"));
}

TEST_F(PreparedTextTest, AMissingTextIsToldOnEveryRank) {
  config_.data.files = {(temp_ / "missing.txt").string()};
  test::run_ranks(2, [&](World& world) {
    RunConfig config = config_;
    EXPECT_THROW(prepare_text(world, config, TextOrigin::new_run, std::nullopt), SharedError);
  });
  EXPECT_THAT(failure(ErrorKind::input), HasSubstr("missing.txt"));
}

TEST_F(PreparedTextTest, ValidationTextOfItsOwnIsUsedWhole) {
  config_.data.validation_files = config_.data.files;
  const PreparedText text = prepare();
  ASSERT_TRUE(text.validation.has_value());
  EXPECT_EQ(text.validation->digest(), text.train.digest());
  EXPECT_EQ(text.split.train.count, text.split.validation.count);
}

TEST_F(PreparedTextTest, ValidationTextThatIsTrainedOnTooIsTold) {
  const std::filesystem::path folder = temp_ / "texts";
  std::filesystem::create_directory(folder);
  std::filesystem::rename(temp_ / "text.txt", folder / "text.txt");
  std::filesystem::create_symlink(folder / "text.txt", temp_ / "val.txt");
  config_.data.files = {folder.string()};
  config_.data.validation_files = {(temp_ / "val.txt").string()};
  testing::internal::CaptureStderr();
  prepare();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("validating on " + (temp_ / "val.txt").string() +
                        ": the training text has it too"));
  std::filesystem::remove(temp_ / "val.txt");
  std::filesystem::copy_file(folder / "text.txt", temp_ / "val.txt");
  testing::internal::CaptureStderr();
  prepare();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(PreparedTextTest, ATokenizerLargerThanTheModelIsRefused) {
  config_.model.vocab_size = 100;
  EXPECT_THAT(failure(ErrorKind::input), HasSubstr("256"));
}

TEST_F(PreparedTextTest, ATokenFileIsUsedWithTheTokenizerBesideIt) {
  const PreparedText made = prepare();
  config_.data.files = {made.train.path().string()};
  config_.checkpoint.directory = (temp_ / "other").string();
  EXPECT_EQ(prepare().train.path(), made.train.path());
  std::filesystem::remove(made.train.path().parent_path() / "tokenizer.json");
  EXPECT_THAT(failure(ErrorKind::input), HasSubstr("tokenizer"));
}

TEST_F(PreparedTextTest, ATokenFileWithAChangedTokenIsRefused) {
  const PreparedText made = prepare();
  config_.data.files = {made.train.path().string()};
  config_.checkpoint.directory = (temp_ / "other").string();
  std::fstream(made.train.path(), std::ios::in | std::ios::out).seekp(4096) << '\x7F';
  EXPECT_THAT(failure(ErrorKind::input), HasSubstr("its tokens have the digest"));
}

TEST_F(PreparedTextTest, ATokenFileOfAnotherVocabularyThanItsTokenizersIsRefused) {
  const PreparedText made = prepare();
  config_.data.files = {made.train.path().string()};
  config_.checkpoint.directory = (temp_ / "other").string();
  std::fstream(made.train.path(), std::ios::in | std::ios::out).seekp(24) << '\x02';
  EXPECT_THAT(failure(ErrorKind::input),
              HasSubstr("its vocabulary has 258 tokens, that of its tokenizer 256"));
}

TEST_F(PreparedTextTest, AResumedRunKeepsItsTokenizer) {
  config_.data.tokenizer = TokenizerKind::sentencepiece;
  config_.data.tokenizer_vocab_size = 2048;
  const PreparedText first = prepare();
  const StoredTokenizer stored{first.tokenizer->kind(), first.tokenizer->serialized()};
  config_.data.tokenizer = TokenizerKind::byte;
  EXPECT_EQ(prepare(TextOrigin::resumed_run, stored).digest(), first.digest());
}

TEST_F(PreparedTextTest, TheTokensOfAResumedRunAreNotReplacedByThoseOfAChangedText) {
  config_.data.validation_files = {(temp_ / "val.txt").string()};
  write_durably(temp_ / "val.txt", std::string(200, 'x'), ErrorKind::input);
  const PreparedText first = prepare();
  const std::filesystem::path tokens = first.validation->path();
  const std::string before = read_file(tokens, ErrorKind::input);
  const auto resume = [&] {
    return prepare_text(solo_, config_, TextOrigin::resumed_run, std::nullopt,
                        {first.digest(), "my run/epoch_0001"});
  };
  write_durably(temp_ / "val.txt", std::string(300, 'y'), ErrorKind::input);
  try {
    resume();
    ADD_FAILURE() << "did not throw";
  } catch (const SharedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("resuming my run/epoch_0001: the text is not the one"),
                      HasSubstr("(--val-file " + tokens.string() + ")"),
                      HasSubstr("--checkpoint \"my run/epoch_0001\" and")));
  }
  EXPECT_EQ(read_file(tokens, ErrorKind::input), before);
  config_.data.validation_files = {tokens.string()};
  EXPECT_EQ(resume().digest(), first.digest());
}

TEST_F(PreparedTextTest, OtherTokensThanThoseOfAResumedRunAreReplaced) {
  const std::string digest = prepare().digest();
  write_durably(temp_ / "text.txt", std::string(6000, 'x'), ErrorKind::input);
  const PreparedText text = prepare_text(solo_, config_, TextOrigin::resumed_run, std::nullopt,
                                         {std::string(32, '0'), "epoch_0001"});
  EXPECT_NE(text.digest(), digest);
}

// Left by a start with --overwrite that ended before it removed the old run.
TEST_F(PreparedTextTest, AResumedRunPutsItsTokenizerBackInPlaceOfAnother) {
  const std::string tokens = prepare().digest();
  const StoredTokenizer stored{"byte", ""};
  RunConfig other = config_;
  other.data.tokenizer = TokenizerKind::sentencepiece;
  other.data.tokenizer_vocab_size = 2048;
  other.model.vocab_size = 0;
  const std::string fingerprint =
      prepare_text(solo_, other, TextOrigin::new_run, std::nullopt).tokenizer->fingerprint();
  testing::internal::CaptureStderr();
  const PreparedText text = prepare(TextOrigin::resumed_run, stored);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("is " + fingerprint + ", but the run was trained with byte-v1"),
                    HasSubstr("that of the checkpoint is written there")));
  EXPECT_EQ(text.tokenizer->kind(), "byte");
  EXPECT_EQ(text.digest(), tokens);
  testing::internal::CaptureStderr();
  prepare(TextOrigin::resumed_run, stored);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(PreparedTextTest, AResumedRunPutsItsTokenizerBackInPlaceOfADamagedOne) {
  const std::filesystem::path folder = prepare().train.path().parent_path();
  write_durably(folder / "tokenizer.json", "{", ErrorKind::input);
  testing::internal::CaptureStderr();
  EXPECT_EQ(prepare(TextOrigin::resumed_run, StoredTokenizer{"byte", ""}).tokenizer->kind(),
            "byte");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("tokenizer.json is damaged"));
}

}  // namespace
}  // namespace lockstep
