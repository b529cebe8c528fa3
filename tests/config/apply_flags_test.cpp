// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "config/presets.h"
#include "config/trainer_arguments.h"

namespace lockstep::test {
namespace {

TEST(ApplyFlags, WorksOverAnyConfiguration) {
  RunConfig config;
  config.train.seed = 3;
  config.train.epochs = 8;
  apply_flags(parse({"--resume", "--more-epochs", "1", "--model", "tiny", "--dropout", "0.2"}),
              config);
  RunConfig expected;
  expected.model = find_model("tiny")->config;
  expected.model.dropout = 0.2;
  expected.train.seed = 3;
  expected.train.epochs = 9;
  EXPECT_EQ(config, expected);
}

TEST(ApplyFlags, RefusesAnUnknownModel) {
  TrainerCommand command;
  command.model = "huge";
  RunConfig config;
  EXPECT_THROW(apply_flags(command, config), Error);
}

}  // namespace
}  // namespace lockstep::test
