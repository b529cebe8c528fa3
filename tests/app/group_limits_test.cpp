// SPDX-License-Identifier: Apache-2.0
#include "app/group_limits.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

TEST(GroupLimits, AQuotaIsRoundedUpToCores) {
  EXPECT_EQ(cores_in("150000 100000\n"), 2);
  EXPECT_EQ(cores_in("400000 100000\n"), 4);
  EXPECT_EQ(cores_in("1000 100000\n"), 1);
  EXPECT_EQ(cores_in("9000000000000000000 1\n"), std::numeric_limits<int>::max());
}

TEST(GroupLimits, WhatIsNoQuotaLimitsNothing) {
  for (const char* text : {"max 100000\n", "", "5", "0 100000", "100 0", "-1 5", "x y"})
    EXPECT_EQ(cores_in(text), std::nullopt) << text;
}

TEST(GroupLimits, WhatIsLeftOfTheMemoryCountsCopiesOfFilesAsFree) {
  EXPECT_EQ(memory_left("1000\n", "400\n", ""), 600);
  EXPECT_EQ(memory_left("1000\n", "900\n",
                        "anon 300\nfile 700\ninactive_file 400\nactive_file 200\nslab 1\n"),
            700);
  EXPECT_EQ(memory_left("1000\n", "1200\n", ""), 1) << "0 would be: not known";
  EXPECT_EQ(memory_left("1000\n", "10\n", "inactive_file 50\n"), 1000);
}

TEST(GroupLimits, WithoutANumberThereIsNoLimitOfMemory) {
  EXPECT_EQ(memory_left("max\n", "400\n", ""), std::nullopt);
  EXPECT_EQ(memory_left("", "", ""), std::nullopt);
  EXPECT_EQ(memory_left("1000\n", "", ""), std::nullopt);
}

void write_limit(const std::filesystem::path& folder, const char* file, const char* text) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / file) << text;
}

TEST(GroupLimits, AreTheNarrowestOfTheGroupsAround) {
  const TempDirectory temp;
  write_limit(temp.path(), "cpu.max", "300000 100000\n");
  write_limit(temp / "job", "memory.max", "5000\n");
  write_limit(temp / "job", "memory.current", "1000\n");
  write_limit(temp / "job" / "step", "cpu.max", "max 100000\n");
  write_limit(temp / "job" / "step", "memory.max", "max\n");
  write_limit(temp / "job" / "step", "memory.current", "1000\n");
  const std::string groups = "4:memory:/old\n0::/job/step\n";
  EXPECT_EQ(limits_of(temp.path(), groups).cores, 3);
  EXPECT_EQ(limits_of(temp.path(), groups).memory_bytes, 4000);
  EXPECT_EQ(limits_of(temp.path(), "0::/\n").memory_bytes, std::nullopt);
  EXPECT_EQ(limits_of(temp / "nowhere", "").cores, std::nullopt);
}

}  // namespace
}  // namespace lockstep::test
