// SPDX-License-Identifier: Apache-2.0
#include "export/python_history.h"

#include <gmock/gmock.h>

#include <cmath>

#include "export/samples.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PtValue history(const PtList& train_loss, const PtList& val_loss, const PtList& epochs) {
  PtDict dict;
  dict.set("train_loss", {train_loss});
  dict.set("val_loss", {val_loss});
  dict.set("epochs", {epochs});
  return {dict};
}

// Nothing of such a history is taken.
std::string problem_of(const PtValue& entry) {
  const PythonHistory found = python_history(&entry);
  EXPECT_EQ(found.history, History());
  return found.problem;
}

const PtList kOne = {{1.5}};
const PtList kTwo = {{1.5}, {0.5}};
const PtList kEpochs = {integer(4), integer(5)};

TEST(PythonHistory, IsReadAsItIs) {
  const PtValue entry = history(kTwo, {{2.0}, integer(1)}, kEpochs);
  const PythonHistory found = python_history(&entry);
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(found.history, (History{{1.5, 0.5}, {2.0, 1.0}, {4, 5}}));
}

TEST(PythonHistory, ANoneAmongTheLossesIsNotANumberAndKeepsItsPlace) {
  const PtValue entry = history(kTwo, {{PtNone{}}, {1.0}}, kEpochs);
  const PythonHistory found = python_history(&entry);
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.history.val_loss.size(), 2U);
  EXPECT_TRUE(std::isnan(found.history.val_loss[0]));
  EXPECT_EQ(found.history.val_loss[1], 1.0);
}

TEST(PythonHistory, EpochsThatAreNotNamedCountFromOne) {
  PtDict dict;
  dict.set("train_loss", {kTwo});
  dict.set("val_loss", {kTwo});
  const PtValue entry{dict};
  EXPECT_THAT(python_history(&entry).history.epochs, ElementsAre(1, 2));
}

TEST(PythonHistory, NoneAtAllIsNoProblem) {
  const PtValue none{PtNone{}};
  EXPECT_EQ(python_history(nullptr).problem, "");
  EXPECT_EQ(python_history(&none).problem, "");
}

TEST(PythonHistory, ListsOfAnotherLengthAreAProblem) {
  EXPECT_EQ(problem_of(history(kTwo, kOne, kEpochs)),
            "the lists of 'history' are not of one length: 2 train_loss, 1 val_loss and 2 epochs");
  EXPECT_THAT(problem_of(history(kOne, kOne, kEpochs)), HasSubstr("2 epochs"));
}

TEST(PythonHistory, WhatIsNoListOfNumbersIsAProblem) {
  EXPECT_THAT(problem_of({kTwo}), HasSubstr("not a dictionary"));
  EXPECT_THAT(problem_of(history(kTwo, {{1.0}, text("x")}, kEpochs)),
              HasSubstr("lists of numbers"));
  EXPECT_THAT(problem_of({PtDict()}), HasSubstr("lists of numbers"));
}

TEST(PythonHistory, EpochsMustBeWholeNumbersFromOne) {
  for (const PtValue& wrong : {integer(0), integer(-1), PtValue{1.5}, PtValue{1e300},
                               PtValue{PtNone{}}, PtValue{std::nan("")}})
    EXPECT_THAT(problem_of(history(kTwo, kTwo, {integer(1), wrong})), HasSubstr("epochs from 1"));
}

}  // namespace
}  // namespace lockstep::test
