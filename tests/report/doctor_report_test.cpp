// SPDX-License-Identifier: Apache-2.0
#include "report/doctor_report.h"

#include <gmock/gmock.h>

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using testing::Not;

DoctorReport sample() {
  return {.ranks = 3,
          .hosts = {{.host = "h1",
                     .ranks = "0-1",
                     .cores = 8,
                     .threads = 4,
                     .memory_bytes = std::int64_t{2048} << 20,
                     .needed_bytes = std::int64_t{512} << 20,
                     .disk_bytes_per_second = 700e6},
                    {.host = "node12",
                     .ranks = "2",
                     .cores = 8,
                     .threads = 8,
                     .memory_bytes = std::int64_t{1024} << 20,
                     .clock_seconds = -73.0}},
          .pairs = {{.one = "h1",
                     .other = "node12",
                     .latency_seconds = 12.34e-6,
                     .bytes_per_second = 1.25e9}},
          .checks = {Check::program, Check::clocks, Check::directory, Check::disk},
          .findings = {},
          .checkpoint_bytes = std::int64_t{1400} << 20,
          .save_seconds = 2.0};
}

const Words& english() { return words_in(Language::en); }

TEST(DoctorReport, IsATableOfHostsOneOfPairsAndALineForEachCheck) {
  EXPECT_EQ(doctor_report(english(), sample()),
            "🩺 Doctor (ranks: 3, hosts: 2)\n"
            "================================================================================\n"
            "Host    Ranks  Cores  Threads  Free memory  Needed   Clock   Disk write\n"
            "h1      0-1    8      4        2048.0MB     512.0MB    0.0s  700.0MB/s\n"
            "node12    2    8      8        1024.0MB           -  -73.0s          -\n"
            "================================================================================\n"
            "Hosts        Latency  Bandwidth\n"
            "h1 - node12  12.3us   1250.0MB/s\n"
            "================================================================================\n"
            "✓ all ranks have the same program and libraries\n"
            "✓ the clocks of the hosts agree\n"
            "✓ the checkpoint directory is the same on all hosts, and writable\n"
            "✓ the disk has hard links, renames and direct writes; a checkpoint of 1400.0MB takes "
            "about 2.0s\n"
            "================================================================================\n"
            "✓ Training here would be fine\n");
}

TEST(DoctorReport, AWarningReplacesTheLineOfItsCheckAndLeavesTrainingFine) {
  DoctorReport report = sample();
  report.findings = {{.check = Check::clocks, .text = "h2 is late; set it"}};
  const std::string text = doctor_report(english(), report);
  EXPECT_THAT(text, HasSubstr("⚠️  h2 is late; set it\n"));
  EXPECT_THAT(text, Not(HasSubstr("clocks of the hosts agree")));
  EXPECT_THAT(text, HasSubstr("✓ Training here would be fine (warnings: 1)"));
  EXPECT_EQ(exit_code_of(report.findings), ExitCode::success);
}

TEST(DoctorReport, AProblemDecidesTheVerdictAndTheExitCode) {
  DoctorReport report = sample();
  report.findings = {{.check = Check::clocks, .text = "h2 is late"},
                     {.check = Check::directory,
                      .severity = Severity::problem,
                      .kind = ErrorKind::checkpoint,
                      .text = "not shared"}};
  const std::string text = doctor_report(words_in(Language::zh), report);
  EXPECT_THAT(text, HasSubstr("❌ not shared\n"));
  EXPECT_THAT(text, HasSubstr("❌ 不能训练: 有 1 个问题"));
  EXPECT_EQ(exit_code_of(report.findings), ExitCode::checkpoint);
}

TEST(DoctorReport, GpusAreAColumnWhereThereAreSome) {
  DoctorReport report = sample();
  report.hosts[0].gpus = "0: H100, 1: H100";
  EXPECT_THAT(doctor_report(english(), report), HasSubstr("GPU\n"));
  EXPECT_THAT(doctor_report(english(), report), HasSubstr("0: H100, 1: H100\n"));
}

TEST(DoctorReport, EveryCheckHasItsSentence) {
  DoctorReport report = sample();
  report.checks.clear();
  for (int check = 0; check <= static_cast<int>(Check::gpu); ++check)
    report.checks.push_back(static_cast<Check>(check));
  EXPECT_THAT(doctor_report(english(), report), Not(HasSubstr("✓ \n")));
}

}  // namespace
}  // namespace lockstep::test
