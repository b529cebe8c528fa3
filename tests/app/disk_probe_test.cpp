// SPDX-License-Identifier: Apache-2.0
#include "app/disk_probe.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

TEST(DiskProbe, FindsWhatAnOrdinaryDiskCanDoAndLeavesNothing) {
  const TempDirectory temp;
  const DiskFacts facts = probe_disk(temp / "run");
  EXPECT_GT(facts.bytes_per_second, 0.0);
  EXPECT_TRUE(facts.has_hard_links);
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

TEST(DiskProbe, AFolderThatTakesNoFilesIsAProblem) {
  try {
    probe_disk("/proc/run");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), testing::HasSubstr("/proc"));
  }
}

TEST(DiskProbe, WhatIsMissingIsAWarningEach) {
  EXPECT_TRUE(disk_findings({.has_hard_links = true, .has_direct_writes = true}, "d").empty());
  const std::vector<Finding> findings = disk_findings({}, "d");
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[0].text, testing::HasSubstr("no hard links"));
  EXPECT_THAT(findings[1].text, testing::HasSubstr("no direct writes"));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

}  // namespace
}  // namespace lockstep::test
