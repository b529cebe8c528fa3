// SPDX-License-Identifier: Apache-2.0
#include "text/corpus.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>

#include "support/temp_directory.h"
#include "text/text_samples.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;
using testing::ElementsAre;

std::vector<std::string> pieces_of(const std::vector<fs::path>& files,
                                   std::size_t piece_bytes = kCorpusPieceBytes) {
  CorpusReader reader(files, piece_bytes);
  std::vector<std::string> pieces;
  while (const std::optional<std::string_view> piece = reader.next()) pieces.emplace_back(*piece);
  return pieces;
}

TEST(TextFiles, KeepTheOrderInWhichTheyAreNamed) {
  const TempDirectory folder;
  const fs::path b = write_text(folder / "b.txt", "b");
  const fs::path a = write_text(folder / "a.txt", "a");
  EXPECT_THAT(list_text_files({b.string(), a.string()}), ElementsAre(b, a));
}

TEST(TextFiles, OfAFolderAreSortedWithThoseBelow) {
  const TempDirectory folder;
  const fs::path c = write_text(folder / "c.txt", "c");
  const fs::path b = write_text(folder / "b" / "deep" / "x.txt", "x");
  const fs::path a = write_text(folder / "a.txt", "a");
  EXPECT_THAT(list_text_files({folder.path().string()}), ElementsAre(a, b, c));
}

TEST(TextFiles, OfAFolderLeaveOutWhatIsHidden) {
  const TempDirectory folder;
  write_text(folder / ".git" / "config", "x");
  write_text(folder / ".hidden", "x");
  const fs::path a = write_text(folder / "a.txt", "a");
  EXPECT_THAT(list_text_files({folder.path().string()}), ElementsAre(a));
}

TEST(TextFiles, OfAFolderAreThoseBehindLinksToo) {
  const TempDirectory folder;
  const TempDirectory elsewhere;
  write_text(elsewhere / "deep" / "x.txt", "x");
  const fs::path a = write_text(folder / "a.txt", "a");
  fs::create_directory_symlink(elsewhere.path(), folder / "link");
  EXPECT_THAT(list_text_files({folder.path().string()}),
              ElementsAre(a, folder / "link" / "deep" / "x.txt"));
}

TEST(TextFiles, OfAFolderThatLinksLeadToCountOnce) {
  const TempDirectory folder;
  const fs::path x = write_text(folder / "real" / "x.txt", "x");
  fs::create_directory_symlink(folder / "real", folder / "another");
  fs::create_directory_symlink(folder.path(), folder / "real" / "up");
  EXPECT_THAT(list_text_files({folder.path().string()}), ElementsAre(x));
}

TEST(TextFiles, OfAFolderNameTheOneThatCannotBeLookedAt) {
  const TempDirectory folder;
  write_text(folder / "deep" / "x.txt", "x");
  const fs::path loop = folder / "deep" / "loop";
  fs::create_symlink("loop", loop);
  EXPECT_THAT([&] { list_text_files({folder.path().string()}); },
              throws_error(ErrorKind::input, loop.string() + " cannot be listed: Too many levels"));
}

TEST(TextFiles, OfAFolderDoNotLookAtWhatIsHidden) {
  const TempDirectory folder;
  fs::create_symlink(".loop", folder / ".loop");
  const fs::path a = write_text(folder / "a.txt", "a");
  EXPECT_THAT(list_text_files({folder.path().string()}), ElementsAre(a));
}

TEST(TextFiles, AMissingOneIsNamedWithTheRemedy) {
  EXPECT_THAT([] { list_text_files({"data/foo.txt"}); },
              throws_error(ErrorKind::input,
                           "reading the text: data/foo.txt does not exist; check --data-file"));
}

TEST(TextFiles, AreLookedForInTheFlagThatNamedThem) {
  const TempDirectory folder;
  for (const std::string& name :
       {folder.path().string(), std::string("/dev/null"), std::string("none.txt")})
    EXPECT_THAT([&] { list_text_files({name}, kValidationTextFlag); },
                throws_error(ErrorKind::input, "; check --val-file"));
}

TEST(TextFiles, AllThatAreMissingAreNamedAtOnce) {
  EXPECT_THAT(
      [] {
        list_text_files({"no/a", "no/b", ".", "no/c"});
      },
      throws_error(ErrorKind::input,
                   "reading the text: no/a, no/b and no/c do not exist; check "
                   "--data-file"));
}

TEST(TextFiles, AnEmptyFolderIsAnError) {
  const TempDirectory folder;
  EXPECT_THAT([&] { list_text_files({folder.path().string()}); },
              throws_error(ErrorKind::input, folder.path().string() + " is a folder without"));
}

TEST(TextFiles, ADeviceIsAnError) {
  EXPECT_THAT([] { list_text_files({"/dev/null"}); },
              throws_error(ErrorKind::input, "/dev/null is neither a file nor a folder"));
}

TEST(TextFiles, NamingNoneIsAnError) {
  EXPECT_THAT([] { list_text_files({}); }, throws_error(ErrorKind::input, "no file is named"));
}

TEST(CorpusFingerprint, StaysWhileTheFilesAreUntouched) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one");
  EXPECT_EQ(corpus_fingerprint({a}), corpus_fingerprint({a}));
}

TEST(CorpusFingerprint, ChangesWithTheSize) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one");
  const fs::file_time_type time = fs::last_write_time(a);
  const std::string before = corpus_fingerprint({a});
  write_text(a, "three");
  fs::last_write_time(a, time);
  EXPECT_NE(corpus_fingerprint({a}), before);
}

TEST(CorpusFingerprint, ChangesWithANanosecond) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one");
  const std::string before = corpus_fingerprint({a});
  fs::last_write_time(a, fs::last_write_time(a) + std::chrono::nanoseconds(1));
  EXPECT_NE(corpus_fingerprint({a}), before);
}

TEST(CorpusFingerprint, KnowsFilesThatTheClockThinksOfTheFarFuture) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one");
  const timespec year_2300{.tv_sec = 10413792000, .tv_nsec = 0};
  const std::array<timespec, 2> times = {year_2300, year_2300};
  ASSERT_EQ(::utimensat(AT_FDCWD, a.c_str(), times.data(), 0), 0);
  const std::string before = corpus_fingerprint({a});
  EXPECT_EQ(corpus_bytes({a}), 3U);
  write_text(a, "three");
  EXPECT_NE(corpus_fingerprint({a}), before);
}

TEST(CorpusFingerprint, ChangesWithTheNameAndTheOrder) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one");
  const fs::path b = write_text(folder / "b.txt", "one");
  fs::last_write_time(b, fs::last_write_time(a));
  EXPECT_NE(corpus_fingerprint({a}), corpus_fingerprint({b}));
  EXPECT_NE(corpus_fingerprint({a, b}), corpus_fingerprint({b, a}));
}

TEST(CorpusReader, GivesEveryFileAPieceOfItsOwn) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\ntwo");
  const fs::path b = write_text(folder / "b.txt", "three\n");
  EXPECT_THAT(pieces_of({a, b}), ElementsAre("one\ntwo", "three\n"));
}

TEST(CorpusReader, CutsBehindTheLastWholeLine) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\ntwo\nthree\nfour");
  EXPECT_THAT(pieces_of({a}, 10), ElementsAre("one\ntwo\n", "three\n", "four"));
}

TEST(CorpusReader, CutsALongLineBetweenCharacters) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "a\u4eca\u5929\u6c14\nb");
  EXPECT_THAT(pieces_of({a}, 6), ElementsAre("a\u4eca", "\u5929\u6c14", "\nb"));
}

TEST(CorpusReader, ReadsAFileAsLongAsAPiece) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "12345678");
  EXPECT_THAT(pieces_of({a}, 8), ElementsAre("12345678"));
}

TEST(CorpusReader, PassesOverEmptyFiles) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "");
  const fs::path b = write_text(folder / "b.txt", "b");
  EXPECT_THAT(pieces_of({a, b, a}), ElementsAre("b"));
}

TEST(CorpusReader, LeavesOutAByteOrderMarkOfEachFile) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "\xEF\xBB\xBFone");
  const fs::path b = write_text(folder / "b.txt", "\xEF\xBB\xBF");
  EXPECT_THAT(pieces_of({a, b, a}), ElementsAre("one", "one"));
}

TEST(CorpusReader, KeepsAByteOrderMarkWithinTheText) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\xEF\xBB\xBF");
  EXPECT_THAT(pieces_of({a}), ElementsAre("one\xEF\xBB\xBF"));
}

TEST(CorpusReader, KeepsCarriageReturnsAndNulBytes) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\r\n\0two"sv);
  EXPECT_THAT(pieces_of({a}), ElementsAre("one\r\n\0two"sv));
}

TEST(CorpusReader, NamesFileAndByteWhereTheTextIsNotUtf8) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "\xEF\xBB\xBFone\ntwo\n\xFF\n");
  EXPECT_THAT([&] { pieces_of({a}, 5); },
              throws_error(ErrorKind::input, a.string() + " is not UTF-8 text: byte 11 "));
}

TEST(CorpusReader, CountsTheBytesOfEachFileFromItsStart) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\n");
  const fs::path b = write_text(folder / "b.txt", "two\xFF");
  EXPECT_THAT(
      [&] {
        pieces_of({a, b});
      },
      throws_error(ErrorKind::input, b.string() + " is not UTF-8 text: byte 3 "));
}

TEST(CorpusReader, RefusesATextThatBreaksOffWithinACharacter) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt", "one\xE4\xBB");
  EXPECT_THAT([&] { pieces_of({a}); }, throws_error(ErrorKind::input, "byte 3 "));
}

TEST(CorpusReader, RefusesAPackedFile) {
  const TempDirectory folder;
  const fs::path a = write_text(folder / "a.txt.gz", "\x1F\x8B\x08\x00\x00\x00"sv);
  EXPECT_THAT([&] { pieces_of({a}); }, throws_error(ErrorKind::input, "byte 1 "));
}

TEST(CorpusReader, NamesAFileThatIsGone) {
  EXPECT_THAT([] { pieces_of({"gone.txt"}); },
              throws_error(ErrorKind::input, "gone.txt cannot be opened: No such file"));
}

}  // namespace
}  // namespace lockstep::test
