// SPDX-License-Identifier: Apache-2.0
#include "export/shared_pages.h"

#include <gmock/gmock.h>

#include <numeric>

#include "export/gpt_layout.h"
#include "export/samples.h"
#include "export/small_run.h"
#include "export/training_draft.h"
#include "support/temp_directory.h"
#include "support/written_pages.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kPage = kLargestPage;

TEST(SharedPages, AreThoseOfSeveralRanks) {
  const SharedPages pages({{.range = {2 * kPage + 9, 2 * kPage + 10}, .rank = 0},
                           {.range = {10, 2 * kPage + 5}, .rank = 0},
                           {.range = {2 * kPage + 5, 2 * kPage + 9}, .rank = 1},
                           {.range = {4 * kPage - 1, 4 * kPage}, .rank = 0},
                           {.range = {4 * kPage, 5 * kPage + 1}, .rank = 1},
                           {.range = {6 * kPage - 1, 6 * kPage}, .rank = 2}});
  const FileRange all = {7, 6 * kPage};
  EXPECT_THAT(pages.inside(all),
              ElementsAre(FileRange{2 * kPage, 3 * kPage}, FileRange{5 * kPage, 6 * kPage}));
  EXPECT_THAT(pages.outside(all),
              ElementsAre(FileRange{7, 2 * kPage}, FileRange{3 * kPage, 5 * kPage}));
  EXPECT_THAT(pages.inside({2 * kPage + 7, 2 * kPage + 8}),
              ElementsAre(FileRange{2 * kPage + 7, 2 * kPage + 8}));
  EXPECT_THAT(pages.outside({2 * kPage + 7, 3 * kPage}), IsEmpty());
  EXPECT_THAT(pages.inside({3 * kPage, 5 * kPage}), IsEmpty());
}

TEST(SharedPages, AreNoneOfOneRank) {
  EXPECT_TRUE(SharedPages({{.range = {0, 5}}, {.range = {5, 9}}}).is_empty());
  EXPECT_TRUE(SharedPages(std::vector<RankBytes>()).is_empty());
  EXPECT_THAT(SharedPages().outside({3, 3 * kPage}), ElementsAre(FileRange{3, 3 * kPage}));
}

// The state of a run in memory, read by whole chunks as from a checkpoint.
class StateInMemory : public StateReader {
 public:
  explicit StateInMemory(const SmallRun& run) : run_(run) {}
  const FlatLayout& layout() const override { return run_.content.layout; }
  bool has(StateArray /*array*/) const override { return true; }
  void read(StateArray array, ElementRange range, std::span<float> destination) const override {
    EXPECT_EQ(range.first % kChunkElements, 0);
    EXPECT_TRUE(range.last % kChunkElements == 0 || range.last == layout().elements());
    std::ranges::copy(run_.elements(array, range), destination.begin());
  }
  std::optional<StateDigests> digests() const override { return run_.digests(); }

 private:
  const SmallRun& run_;
};

SmallRun gpt_run(std::int64_t layers, std::int64_t width, bool has_two_groups) {
  SmallRun run = two_chunk_run();
  TrainingContent& content = run.content;
  content.model = kSmallGpt;
  content.model.n_layer = layers;
  content.model.n_embd = width;
  content.layout = FlatLayout(gpt_specs(content.model));
  content.groups = {{.tensors = {}}};
  if (has_two_groups) content.groups.emplace_back();
  for (std::size_t i = 0; i < content.layout.tensors().size(); ++i) {
    const bool is_vector = content.layout.tensors()[i].spec.shape.size() == 1;
    content.groups[has_two_groups && is_vector ? 1 : 0].tensors.push_back(i);
  }
  for (const StateArray array : kStateArrays) {
    run.values[array].resize(static_cast<std::size_t>(content.layout.elements()));
    std::iota(run.values[array].begin(), run.values[array].end(), 1.0F);
  }
  return run;
}

class PagesOfRanks : public testing::Test {
 protected:
  // Writes each rank's part into the file, and into one of its own; returns how many pages two
  // of them wrote into.
  std::size_t write_parts(const SmallRun& run, std::size_t ranks) {
    const TrainingFilePlan plan(run.content);
    const auto parts = all_shards(run.content.layout.elements(), static_cast<std::int64_t>(ranks));
    const SharedPages shared = plan.shared_pages(parts);
    std::set<std::int64_t> written;
    std::size_t twice = 0;
    std::vector<PtPiece> pieces;
    for (const ElementRange& part : parts) {
      std::filesystem::remove(directory_ / "part.pt");
      write_part(run, plan, shared, part, "part.pt");
      twice += add_pages(written_pages(directory_ / "part.pt"), written);
      const auto more = write_part(run, plan, shared, part, "model.pt");
      pieces.insert(pieces.end(), more.begin(), more.end());
    }
    SharedFile file(path_, ErrorKind::checkpoint);
    write_shared_pages(plan, file, shared, StateInMemory(run));
    finish_training_file(plan, file, pieces, run.digests(),
                         state_root(run.content.layout, run.digests()));
    file.finish();
    return twice;
  }

  std::string whole_bytes(const SmallRun& run) const {
    run.write(directory_ / "whole.pt");
    return bytes_of(directory_ / "whole.pt");
  }

 private:
  std::vector<PtPiece> write_part(const SmallRun& run, const TrainingFilePlan& plan,
                                  const SharedPages& left_out, ElementRange range,
                                  const std::string& name) const {
    SharedFile file(directory_ / name, ErrorKind::checkpoint);
    TrainingFilePart part(plan, file, left_out);
    for (const StateArray array : kStateArrays)
      part.write(array, range, run.elements(array, range));
    file.finish();
    return part.pieces();
  }

  TempDirectory directory_;

 protected:
  const std::filesystem::path path_ = directory_ / "model.pt";
};

TEST_F(PagesOfRanks, AreEachOfOneAndTheFileIsTheSame) {
  std::vector<SmallRun> runs = {two_chunk_run(), gpt_run(3, 66, true), gpt_run(3, 66, false),
                                gpt_run(1, 320, true)};
  runs.push_back(runs.front());
  runs.back().content.state.step = 0;  // no moments
  for (const SmallRun& run : runs) {
    const std::string expected = whole_bytes(run);
    for (const std::size_t ranks : {1, 2, 3, 7}) {
      std::filesystem::remove(path_);
      EXPECT_EQ(write_parts(run, ranks), 0U) << ranks << " ranks";
      EXPECT_TRUE(bytes_of(path_) == expected) << ranks << " ranks";
    }
  }
}

}  // namespace
}  // namespace lockstep::test
