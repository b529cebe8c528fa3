// SPDX-License-Identifier: Apache-2.0
#include "store/publish_order.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using Order = std::vector<std::string>;

struct PublishCase {
  ExportRule rule;
  SaveKind kind;
  bool is_best;
  Order names;
};

// All there are. The second epoch of a run is saved.
const std::vector<PublishCase> kPublishCases = {
    {ExportRule::every, SaveKind::within_epoch, false, {}},
    {ExportRule::every, SaveKind::within_epoch, true, {}},
    {ExportRule::every, SaveKind::epoch, false, {"model_epoch_2.pt", "model.pt", "latest.pt"}},
    {ExportRule::every,
     SaveKind::epoch,
     true,
     {"model_epoch_2.pt", "model.pt", "best_model.pt", "latest.pt"}},
    {ExportRule::every, SaveKind::last_epoch, false, {"model_epoch_2.pt", "model.pt", "latest.pt"}},
    {ExportRule::every,
     SaveKind::last_epoch,
     true,
     {"model_epoch_2.pt", "model.pt", "best_model.pt", "latest.pt"}},

    {ExportRule::best, SaveKind::within_epoch, false, {}},
    {ExportRule::best, SaveKind::within_epoch, true, {}},
    {ExportRule::best, SaveKind::epoch, false, {}},
    {ExportRule::best, SaveKind::epoch, true, {"best_model.pt"}},
    {ExportRule::best, SaveKind::last_epoch, false, {}},
    {ExportRule::best, SaveKind::last_epoch, true, {"best_model.pt"}},

    {ExportRule::last, SaveKind::within_epoch, false, {}},
    {ExportRule::last, SaveKind::within_epoch, true, {}},
    {ExportRule::last, SaveKind::epoch, false, {}},
    {ExportRule::last, SaveKind::epoch, true, {}},
    {ExportRule::last, SaveKind::last_epoch, false, {"model_epoch_2.pt", "model.pt", "latest.pt"}},
    {ExportRule::last,
     SaveKind::last_epoch,
     true,
     {"model_epoch_2.pt", "model.pt", "best_model.pt", "latest.pt"}},

    {ExportRule::none, SaveKind::within_epoch, false, {}},
    {ExportRule::none, SaveKind::within_epoch, true, {}},
    {ExportRule::none, SaveKind::epoch, false, {}},
    {ExportRule::none, SaveKind::epoch, true, {}},
    {ExportRule::none, SaveKind::last_epoch, false, {}},
    {ExportRule::none, SaveKind::last_epoch, true, {}},
};

TEST(PublishOrder, HasTheFilesOfTheRuleTheKindAndTheLoss) {
  ASSERT_EQ(kPublishCases.size(), 4U * 3U * 2U);
  for (const auto& [rule, kind, is_best, names] : kPublishCases)
    EXPECT_EQ(
        publish_order({.export_rule = rule}, {.epoch = 2, .best_epoch = is_best ? 2 : 1}, kind)
            .pt_names,
        names)
        << "rule " << static_cast<int>(rule) << ", kind " << static_cast<int>(kind) << ", best "
        << is_best;
}

TEST(PublishOrder, WithoutFilesOfEpochsHasTheOtherNames) {
  const CheckpointConfig config = {.save_every_epoch = false};
  EXPECT_EQ(publish_order(config, {.epoch = 2, .best_epoch = 2}, SaveKind::epoch).pt_names,
            (Order{"model.pt", "best_model.pt", "latest.pt"}));
  EXPECT_EQ(publish_order(config, {.epoch = 2, .best_epoch = 1}, SaveKind::epoch).pt_names,
            (Order{"model.pt", "latest.pt"}));
}

TEST(PublishOrder, SaysWhatIsToStayWhateverIsSaved) {
  const CheckpointConfig config = {.save_every_epoch = false, .keep_last_n = 7};
  for (const SaveKind kind : {SaveKind::within_epoch, SaveKind::epoch, SaveKind::last_epoch}) {
    const PublishOrder order = publish_order(config, {.epoch = 2, .best_epoch = 2}, kind);
    EXPECT_FALSE(order.save_every_epoch);
    EXPECT_EQ(order.keep_last_n, 7);
  }
  EXPECT_TRUE(publish_order({}, {.epoch = 2}, SaveKind::epoch).save_every_epoch);
}

}  // namespace
}  // namespace lockstep::test
