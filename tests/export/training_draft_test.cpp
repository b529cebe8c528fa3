// SPDX-License-Identifier: Apache-2.0
#include "export/training_draft.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "export/pt_reader.h"
#include "export/samples.h"
#include "export/small_run.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

const std::string kRoot(64, 'a');

class TrainingDraftTest : public testing::Test {
 protected:
  // Writes the slice of one rank in runs of `run_elements`, all arrays of a run before the next
  // run, and returns its pieces.
  std::vector<PtPiece> write_part(const SmallRun& run, ElementRange slice,
                                  std::int64_t run_elements) const {
    const TrainingFilePlan plan(run.content);
    SharedFile file(path_, ErrorKind::checkpoint);
    TrainingFilePart part(plan, file);
    for (std::int64_t first = slice.first; first < slice.last; first += run_elements) {
      const ElementRange range{first, std::min(slice.last, first + run_elements)};
      for (const StateArray array : kStateArrays)
        part.write(array, range, run.elements(array, range));
    }
    file.finish();
    return part.pieces();
  }

  std::vector<PtPiece> write_parts(const SmallRun& run, std::int64_t parts,
                                   std::int64_t run_elements) const {
    std::vector<PtPiece> all;
    const std::int64_t elements = run.content.layout.elements();
    // Edges anywhere: a slice of ours begins at a chunk edge, but nothing here depends on it.
    for (std::int64_t part = parts - 1; part >= 0; --part) {
      const std::vector<PtPiece> pieces =
          write_part(run, {elements * part / parts, elements * (part + 1) / parts}, run_elements);
      all.insert(all.end(), pieces.begin(), pieces.end());
    }
    return all;
  }

  void finish(const SmallRun& run, const std::vector<PtPiece>& pieces) const {
    SharedFile file(path_, ErrorKind::checkpoint);
    finish_training_file(TrainingFilePlan(run.content), file, pieces, run.digests(), kRoot);
    file.finish();
  }

  std::string bytes_of_parts(const SmallRun& run, std::int64_t parts, std::int64_t run_elements) {
    std::filesystem::remove(path_);
    finish(run, write_parts(run, parts, run_elements));
    return bytes_of(path_);
  }

  std::string error_of(const std::vector<PtPiece>& pieces) const {
    return checkpoint_error_of([&] { finish(run_, pieces); });
  }

  SmallRun run_ = small_run();

 private:
  TempDirectory directory_;

 protected:
  std::filesystem::path path_ = directory_ / "model.pt";
};

TEST_F(TrainingDraftTest, HasEqualBytesWhateverThePartsAndRuns) {
  const SmallRun run = two_chunk_run();
  const std::string expected = bytes_of_parts(run, 1, 40000);
  PtReader(path_).check_all_bytes();
  EXPECT_EQ(static_cast<std::int64_t>(expected.size()), TrainingFilePlan(run.content).file_bytes());
  for (const std::int64_t parts : {1, 2, 3, 7}) {
    for (const std::int64_t run_elements : {977, 16384, 40000})
      EXPECT_TRUE(bytes_of_parts(run, parts, run_elements) == expected)
          << parts << " parts, runs of " << run_elements;
  }
}

TEST_F(TrainingDraftTest, HasTheBytesThatOneProcessWritesInOneGo) {
  run_.write(path_);
  const std::string whole = bytes_of(path_);
  std::filesystem::remove(path_);
  const std::vector<PtPiece> pieces = write_parts(run_, 3, 5);
  SharedFile file(path_, ErrorKind::checkpoint);
  finish_training_file(TrainingFilePlan(run_.content), file, pieces, run_.digests(),
                       state_root(run_.content.layout, run_.digests()));
  EXPECT_TRUE(bytes_of(path_) == whole);
}

TEST_F(TrainingDraftTest, MakesOnePieceOfATensorsRuns) {
  const std::vector<PtPiece> pieces = write_part(run_, {0, 16}, 4);
  ASSERT_EQ(pieces.size(), 3U);  // wte of each array
  for (const PtPiece& piece : pieces) {
    EXPECT_EQ(piece.first, 0);
    EXPECT_EQ(piece.bytes, 64);
  }
}

TEST_F(TrainingDraftTest, CutsARunAtTheEdgesOfTensors) {
  std::vector<PtPiece> pieces = write_part(run_, {14, 20}, 6);
  ASSERT_EQ(pieces.size(), 9U);
  EXPECT_EQ(pieces[0].first, 56);
  EXPECT_EQ(pieces[0].bytes, 8);
  EXPECT_EQ(pieces[1].first, 0);
  EXPECT_EQ(pieces[1].bytes, 8);
  EXPECT_EQ(pieces[2].first, 0);
  EXPECT_EQ(pieces[2].bytes, 8);
}

TEST_F(TrainingDraftTest, HasNoMomentsBeforeTheFirstStep) {
  run_.content.state.step = 0;
  const std::vector<PtPiece> pieces = write_part(run_, {0, 32}, 32);
  EXPECT_EQ(pieces.size(), 4U);
  finish(run_, pieces);
  PtReader(path_).check_all_bytes();
}

TEST_F(TrainingDraftTest, WritesALargeMaskInBlocks) {
  run_.content.model.block_size = 700;  // 1.87 MiB
  finish(run_, write_parts(run_, 1, 32));
  const PtReader reader(path_);
  reader.check_all_bytes();
  const PtDict& model = *reader.root().as<PtDict>()->find("model")->as<PtDict>();
  const PtTensor& mask = *model.find("transformer.h.0.attn.bias")->as<PtTensor>();
  std::vector<float> values(490000);
  reader.read_tensor(mask, std::as_writable_bytes(std::span(values)));
  for (const std::size_t row : {std::size_t{0}, std::size_t{373}, std::size_t{699}}) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * 700);
    EXPECT_EQ(std::count(first, first + 700, 1.0F), static_cast<std::ptrdiff_t>(row + 1));
    EXPECT_EQ(*(first + static_cast<std::ptrdiff_t>(row)), 1.0F);
  }
}

TEST_F(TrainingDraftTest, NamesATensorThatNoRankWrote) {
  std::vector<PtPiece> pieces = write_parts(run_, 1, 32);
  pieces.pop_back();
  EXPECT_THAT(error_of(pieces), HasSubstr("exp_avg_sq of transformer.ln_f.bias: no rank wrote its "
                                          "bytes 0 to 8"));
}

TEST_F(TrainingDraftTest, NamesTheBytesBetweenTwoPiecesThatNoRankWrote) {
  std::vector<PtPiece> pieces = write_part(run_, {0, 7}, 7);
  for (const PtPiece& piece : write_part(run_, {9, 32}, 32)) pieces.push_back(piece);
  EXPECT_THAT(error_of(pieces), HasSubstr("parameters of transformer.wte.weight: no rank wrote its "
                                          "bytes 28 to 36"));
}

TEST_F(TrainingDraftTest, NamesATensorThatWasWrittenTwice) {
  std::vector<PtPiece> pieces = write_part(run_, {0, 10}, 10);
  for (const PtPiece& piece : write_part(run_, {9, 32}, 32)) pieces.push_back(piece);
  EXPECT_THAT(error_of(pieces), HasSubstr("parameters of transformer.wte.weight: its byte 36 was "
                                          "written twice"));
}

TEST_F(TrainingDraftTest, RefusesPiecesThatCannotBe) {
  const std::vector<PtPiece> good = write_parts(run_, 1, 32);
  const auto with = [&](PtPiece piece) {
    std::vector<PtPiece> pieces = good;
    pieces.push_back(piece);
    return error_of(pieces);
  };
  const std::int64_t storage = good.front().storage;
  EXPECT_THAT(with({.storage = -1, .first = 0, .bytes = 1}), HasSubstr("the storage -1"));
  EXPECT_THAT(with({.storage = 99, .first = 0, .bytes = 1}), HasSubstr("the storage 99"));
  EXPECT_THAT(with({.storage = 0, .first = 0, .bytes = 1}),
              HasSubstr("the storage 0, which no rank is to write"));
  EXPECT_THAT(with({.storage = storage, .first = 64, .bytes = 4}),
              HasSubstr("has 64 bytes, but more were written"));
  EXPECT_THAT(with({.storage = storage, .first = 64, .bytes = 0}), HasSubstr("twice"));
}

TEST_F(TrainingDraftTest, RefusesDigestsOfAnotherState) {
  const std::vector<PtPiece> pieces = write_parts(run_, 1, 32);
  SharedFile file(path_, ErrorKind::checkpoint);
  const TrainingFilePlan plan(run_.content);
  StateDigests digests = run_.digests();
  EXPECT_THAT(
      checkpoint_error_of([&] { finish_training_file(plan, file, pieces, digests, "abc"); }),
      HasSubstr("root 'abc' does not have 64 digits"));
  digests[StateArray::exp_avg].clear();
  EXPECT_THAT(
      checkpoint_error_of([&] { finish_training_file(plan, file, pieces, digests, kRoot); }),
      HasSubstr("0 digests of exp_avg, expected 1"));
}

}  // namespace
}  // namespace lockstep::test
