// SPDX-License-Identifier: Apache-2.0
#include "train/save_outcome.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "checkpoint/owner.h"

namespace lockstep::test {
namespace {

TEST(SaveOutcome, ASuccessCarriesItsReport) {
  // Whatever it begins with.
  for (const std::string report : {"", "{}", "failed? no", "out of 3", "new", "success"}) {
    const std::string outcome = success_outcome(report);
    EXPECT_EQ(report_in(outcome), report);
    EXPECT_EQ(failures_in({outcome}), "");
    EXPECT_EQ(unnamed_in({outcome}), "");
    EXPECT_FALSE(are_ousted({outcome}));
  }
}

TEST(SaveOutcome, FailuresAreToldWithTheirRanks) {
  EXPECT_EQ(failures_in({success_outcome("{}"), failure_outcome("no space left"),
                         success_outcome("{}"), failure_outcome("no answer")}),
            "rank 1: no space left; rank 3: no answer");
  EXPECT_EQ(failures_in({failure_outcome("")}), "rank 0: ");
  EXPECT_EQ(failures_in({}), "");
}

TEST(SaveOutcome, OfManyFailuresAFewAreToldAndTheOthersCounted) {
  std::vector<std::string> outcomes(5, failure_outcome("full"));
  EXPECT_EQ(failures_in(outcomes),
            "rank 0: full; rank 1: full; rank 2: full; rank 3: full; and 1 rank more");
  outcomes.resize(1000, failure_outcome("full"));
  EXPECT_EQ(failures_in(outcomes),
            "rank 0: full; rank 1: full; rank 2: full; rank 3: full; and 996 ranks more");
}

TEST(SaveOutcome, AnExceptionIsAFailureInItsWords) {
  const std::string outcome = failure_outcome(Error(ErrorKind::checkpoint, "writing x: no"));
  EXPECT_EQ(failures_in({outcome}), "rank 0: writing x: no");
  EXPECT_FALSE(are_ousted({outcome}));
  const std::filesystem::filesystem_error of_files(
      "of the library", "/run", std::make_error_code(std::errc::permission_denied));
  EXPECT_EQ(failures_in({failure_outcome(of_files)}),
            "rank 0: using /run: Permission denied (errno 13)");
}

TEST(SaveOutcome, ADirectoryThatWasTakenIsAFailureThatOusts) {
  const std::string outcome = failure_outcome(DirectoryTaken(ErrorKind::checkpoint, "taken"));
  EXPECT_EQ(failures_in({success_outcome("{}"), outcome}), "rank 1: taken");
  EXPECT_TRUE(are_ousted({success_outcome("{}"), outcome}));
  EXPECT_EQ(unnamed_in({outcome}), "");
}

TEST(SaveOutcome, TheWordsOfAFailureOustNobody) {
  EXPECT_FALSE(are_ousted({failure_outcome("o"), failure_outcome("out of space"),
                           unnamed_outcome("out of names"), success_outcome("o")}));
}

TEST(SaveOutcome, MissingNamesAreNoFailure) {
  const std::vector<std::string> outcomes = {unnamed_outcome("latest.pt is a folder"),
                                             success_outcome("")};
  EXPECT_EQ(failures_in(outcomes), "");
  EXPECT_FALSE(are_ousted(outcomes));
  EXPECT_EQ(unnamed_in(outcomes), "latest.pt is a folder");
  EXPECT_EQ(unnamed_in({failure_outcome("no"), success_outcome("no")}), "");
}

}  // namespace
}  // namespace lockstep::test
