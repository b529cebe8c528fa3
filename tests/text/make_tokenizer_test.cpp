// SPDX-License-Identifier: Apache-2.0
#include "text/make_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/deep_json.h"
#include "support/temp_directory.h"
#include "text/byte_tokenizer.h"
#include "text/text_samples.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Tokenizer> small_sentencepiece(std::int64_t vocab_size) {
  const TempDirectory folder;
  return train_tokenizer(TokenizerKind::sentencepiece,
                         {write_text(folder / "corpus.txt", small_corpus())}, vocab_size);
}

TEST(MakeTokenizer, MakesTheKindThatIsNamed) {
  EXPECT_EQ(make_tokenizer("byte", "")->kind(), "byte");
  const auto trained = small_sentencepiece(400);
  EXPECT_EQ(make_tokenizer("sentencepiece", trained->serialized())->fingerprint(),
            trained->fingerprint());
}

TEST(MakeTokenizer, RefusesAKindItDoesNotKnow) {
  EXPECT_THAT([] { make_tokenizer("morse", ""); },
              throws_error(ErrorKind::checkpoint, "knows no kind 'morse'"));
}

TEST(MakeTokenizer, NamesEveryKindAsItsTokenizersDo) {
  EXPECT_EQ(kind_name(TokenizerKind::byte), train_tokenizer(TokenizerKind::byte, {}, 0)->kind());
  EXPECT_EQ(kind_name(TokenizerKind::sentencepiece), small_sentencepiece(400)->kind());
}

TEST(SavedTokenizer, IsAbsentInAFolderWithoutOne) {
  const TempDirectory folder;
  EXPECT_EQ(load_tokenizer(folder.path()), nullptr);
  EXPECT_EQ(load_tokenizer(folder / "missing"), nullptr);
}

TEST(SavedTokenizer, ComesBackAsItWas) {
  const TempDirectory folder;
  const auto trained = small_sentencepiece(400);
  save_tokenizer(*trained, folder / "new" / "tokenizer");
  const auto loaded = load_tokenizer(folder / "new" / "tokenizer");
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->fingerprint(), trained->fingerprint());
  EXPECT_EQ(tokens_of(*loaded, "The dog\n"), tokens_of(*trained, "The dog\n"));
}

TEST(SavedTokenizer, OfAnotherRankIsWaitedFor) {
  const TempDirectory folder;
  const fs::path late = folder / "text";
  std::jthread other_rank([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    save_tokenizer(ByteTokenizer(), late);
  });
  const auto loaded = load_late_tokenizer(late);
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->kind(), "byte");
}

TEST(SavedTokenizer, OfAnotherRankThatDoesNotAppearIsNamed) {
  const TempDirectory folder;
  const auto load = [&] { load_late_tokenizer(folder.path(), std::chrono::milliseconds(20)); };
  EXPECT_THAT(load, throws_error(ErrorKind::checkpoint, "tokenizer.model: No such file"));
  write_text(folder / "tokenizer.model", "");
  EXPECT_THAT(load, throws_error(ErrorKind::checkpoint, "tokenizer.json: No such file"));
}

TEST(SavedTokenizer, ReplacesTheOneBefore) {
  const TempDirectory folder;
  save_tokenizer(*small_sentencepiece(400), folder.path());
  save_tokenizer(ByteTokenizer(), folder.path());
  EXPECT_EQ(load_tokenizer(folder.path())->kind(), "byte");
}

TEST(SavedTokenizer, IsRefusedWhenItsModelWasReplaced) {
  const TempDirectory folder;
  const auto described = small_sentencepiece(400);
  const auto other = small_sentencepiece(350);
  save_tokenizer(*described, folder.path());
  write_text(folder / "tokenizer.model", other->serialized());
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, described->fingerprint()));
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, other->fingerprint()));
}

TEST(SavedTokenizer, IsRefusedWhenItsModelIsGone) {
  const TempDirectory folder;
  save_tokenizer(ByteTokenizer(), folder.path());
  fs::remove(folder / "tokenizer.model");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, "tokenizer.model"));
}

TEST(SavedTokenizer, IsRefusedWhenItsModelIsDamaged) {
  const TempDirectory folder;
  save_tokenizer(*small_sentencepiece(400), folder.path());
  write_text(folder / "tokenizer.model", "garbage");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, folder.path().string()));
}

TEST(SavedTokenizer, IsRefusedWhenItsDescriptionIsDamaged) {
  const TempDirectory folder;
  write_text(folder / "tokenizer.json", "{\"kind\": ");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, "tokenizer.json is damaged"));
  write_text(folder / "tokenizer.json", "{\"kind\": " + deep_list() + "}");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, "it nests deeper than 100 levels"));
  write_text(folder / "tokenizer.json", R"({"version": "1.0", "model": {"type": "BPE"}})");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, "tokenizer.json is not one of Lockstep's"));
  write_text(folder / "tokenizer.json", "{\"kind\": 7}");
  EXPECT_THAT([&] { load_tokenizer(folder.path()); },
              throws_error(ErrorKind::checkpoint, "tokenizer.json is damaged"));
}

}  // namespace
}  // namespace lockstep::test
