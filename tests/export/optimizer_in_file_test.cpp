// SPDX-License-Identifier: Apache-2.0
// What TrainingFileReader makes of the optimizer in a file of Python: the moments and steps of
// AdamW, or, of any other, nothing but the reason.
#include <gmock/gmock.h>

#include "export/python_file.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OptimizerInFile : public testing::Test {
 protected:
  TrainingFileReader written(PythonFile file) const {
    file.write(path_);
    return TrainingFileReader(path_);
  }
  // Why the moments of a file are not read, whose weights are.
  std::string optimizer_problem_of(PythonFile file) const {
    const TrainingFileReader reader = written(std::move(file));
    EXPECT_THAT(read_all(reader, StateArray::parameters), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
    EXPECT_FALSE(reader.has(StateArray::exp_avg));
    EXPECT_FALSE(reader.has(StateArray::exp_avg_sq));
    EXPECT_EQ(reader.optimizer_steps(), 0);
    return reader.optimizer_problem();
  }

 private:
  TempDirectory directory_;
  std::filesystem::path path_ = directory_ / "latest.pt";
};

TEST_F(OptimizerInFile, ReadsTheMomentsOfPython) {
  PythonFile file;
  file.add_optimizer({row_major_tensor("4", PtDtype::float32, {})});
  const TrainingFileReader reader = written(file);
  EXPECT_THAT(read_all(reader, StateArray::exp_avg), ElementsAre(10, 11, 12, 13, 14, 15, 16, 17));
  EXPECT_EQ(reader.optimizer_problem(), "");
  EXPECT_EQ(reader.optimizer_steps(), 5);
  EXPECT_EQ(reader.file().learning_rate(), 0.125);
}

TEST_F(OptimizerInFile, TakesAStepCountThatIsAWholeNumber) {
  PythonFile file;
  file.add_optimizer(integer(17));
  EXPECT_EQ(written(file).optimizer_steps(), 17);
}

TEST_F(OptimizerInFile, RefusesAStepCountThatIsNone) {
  PythonFile file;
  file.add_optimizer({-1.0});
  EXPECT_THAT(optimizer_problem_of(file), HasSubstr("latest.pt: the optimizer's step count is -1"));
}

TEST_F(OptimizerInFile, RefusesMomentsOf16Bits) {
  PythonFile file;
  file.add_optimizer(integer(17));
  PtValue& states = file.optimizer.items[0].value;
  PtValue& moments =
      std::get<PtDict>(std::get<PtDict>(states.value).items[0].value.value).items[1].value;
  moments = {row_major_tensor("2", PtDtype::bfloat16, {2, 6})};
  file.root.items.back().value = {file.optimizer};
  EXPECT_THAT(optimizer_problem_of(file),
              HasSubstr("the optimizer's state of transformer.wte.weight (exp_avg) has dtype "
                        "bfloat16, expected float32; no run can go on from it"));
}

TEST_F(OptimizerInFile, NamesWhatTheOptimizerLacks) {
  PythonFile file;
  file.add_optimizer(integer(1));
  file.model.set("transformer.extra", {file.vector});
  EXPECT_THAT(written(file).optimizer_problem(),
              HasSubstr("the optimizer's state of transformer.extra is missing"));
}

TEST_F(OptimizerInFile, NamesAMomentOfAnotherShape) {
  PythonFile file;
  file.add_optimizer(integer(1));
  file.model.items[2].value = {row_major_tensor("1", PtDtype::float32, {1, 2})};
  EXPECT_THAT(optimizer_problem_of(file),
              HasSubstr("the optimizer's state of transformer.ln_f.bias (exp_avg) has shape [2], "
                        "expected [1, 2]"));
}

TEST_F(OptimizerInFile, TakesTheWeightsThatAnotherOptimizerTrained) {
  PythonFile file;
  PtDict momentum;
  momentum.set("momentum_buffer", {row_major_tensor("2", PtDtype::float32, {2, 3})});
  PtDict states;
  states.items = {{integer(0), {momentum}}};
  PtDict sgd;
  sgd.set("state", {states});
  sgd.set("param_groups", {PtList{}});
  file.root.set("optimizer", {sgd});
  EXPECT_THAT(optimizer_problem_of(file),
              HasSubstr("latest.pt: the optimizer's state of transformer.wte.weight (exp_avg) is "
                        "missing; no run can go on from it, but a new one can start from its "
                        "weights (--checkpoint)"));
}

TEST_F(OptimizerInFile, TakesTheWeightsBesideWhatIsNoOptimizer) {
  PythonFile file;
  file.root.set("optimizer", text("lost"));
  EXPECT_THAT(
      optimizer_problem_of(file),
      HasSubstr("latest.pt: 'optimizer' is not the state_dict of a torch optimizer; no run"));
}

}  // namespace
}  // namespace lockstep::test
