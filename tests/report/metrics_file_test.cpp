// SPDX-License-Identifier: Apache-2.0
#include "report/metrics_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr StepMetrics kStep = {.step = 7,
                               .epoch = 2,
                               .loss = 3.25,
                               .learning_rate = 5e-5,
                               .gradient_norm = 0.1,
                               .skipped_steps = 4,
                               .tokens_per_second = 12'000.5,
                               .seconds = 1.5,
                               .step_seconds = 0.5,
                               .save_stall_seconds = 0.001};

StepMetrics step_number(std::int64_t step) {
  StepMetrics metrics = kStep;
  metrics.step = step;
  return metrics;
}

std::vector<json> objects_in(const std::filesystem::path& path) {
  std::vector<json> objects;
  std::istringstream stream(read_file(path, ErrorKind::internal));
  for (std::string line; std::getline(stream, line);) objects.push_back(json::parse(line));
  return objects;
}

TEST(MetricsLine, ReadsBackAsTheSameNumbers) {
  const json object = json::parse(metrics_line(kStep));
  EXPECT_EQ(object["step"], 7);
  EXPECT_EQ(object["epoch"], 2);
  EXPECT_EQ(object["loss"], 3.25);
  EXPECT_EQ(object["learning_rate"], 5e-5);
  EXPECT_EQ(object["gradient_norm"], 0.1);
  EXPECT_EQ(object["skipped_steps"], 4);
  EXPECT_EQ(object["tokens_per_second"], 12'000.5);
  EXPECT_EQ(object["seconds"], 1.5);
  EXPECT_EQ(object["step_seconds"], 0.5);
  EXPECT_EQ(object["save_stall_seconds"], 0.001);
  EXPECT_EQ(object.size(), 10U);
}

TEST(MetricsLine, OfASaveSaysThatItIsOne) {
  const json object = json::parse(metrics_line(SaveMetrics{.set = "step_00000120",
                                                           .step = 120,
                                                           .bytes = 1000,
                                                           .stall_seconds = 0.25,
                                                           .seconds = 1.5,
                                                           .write_seconds = 1.25}));
  EXPECT_EQ(object, (json{{"event", "saved"},
                          {"set", "step_00000120"},
                          {"step", 120},
                          {"bytes", 1000},
                          {"stall_seconds", 0.25},
                          {"write_seconds", 1.25},
                          {"seconds", 1.5}}));
}

TEST(MetricsLine, OfAnEpochSaysThatItIsOne) {
  EpochMetrics metrics = {.epoch = 2, .step = 94, .train_loss = 3.5, .val_loss = 3.75};
  EXPECT_EQ(json::parse(metrics_line(metrics)), (json{{"event", "epoch"},
                                                      {"epoch", 2},
                                                      {"step", 94},
                                                      {"train_loss", 3.5},
                                                      {"val_loss", 3.75}}));
  metrics.val_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(json::parse(metrics_line(metrics))["val_loss"], "nan");
}

TEST(MetricsLine, WritesWhatIsNoNumberAsText) {
  StepMetrics metrics = kStep;
  metrics.loss = std::numeric_limits<double>::quiet_NaN();
  metrics.gradient_norm = std::numeric_limits<double>::infinity();
  const json object = json::parse(metrics_line(metrics));
  EXPECT_EQ(object["loss"], "nan");
  EXPECT_EQ(object["gradient_norm"], "inf");
}

TEST(MetricsLine, IsOneLine) { EXPECT_THAT(metrics_line(kStep), Not(HasSubstr("\n"))); }

TEST(MetricsFile, CanBeReadWhileItIsOpen) {
  const TempDirectory directory;
  MetricsFile file(directory / "metrics.jsonl");
  file.append(step_number(1));
  EXPECT_EQ(objects_in(directory / "metrics.jsonl").size(), 1U);
  file.append(step_number(2));
  EXPECT_EQ(objects_in(directory / "metrics.jsonl").size(), 2U);
}

TEST(MetricsFile, ContinuesAFileThatExists) {
  const TempDirectory directory;
  MetricsFile(directory / "metrics.jsonl").append(step_number(1));
  MetricsFile(directory / "metrics.jsonl").append(step_number(2));
  const std::vector<json> objects = objects_in(directory / "metrics.jsonl");
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0]["step"], 1);
  EXPECT_EQ(objects[1]["step"], 2);
}

TEST(MetricsFile, BeginsANewLineAfterOneThatACrashCutOff) {
  const TempDirectory directory;
  std::ofstream(directory / "metrics.jsonl") << "{\"step\": 1, \"lo";
  MetricsFile(directory / "metrics.jsonl").append(step_number(2));
  EXPECT_EQ(read_file(directory / "metrics.jsonl", ErrorKind::internal),
            "{\"step\": 1, \"lo\n" + metrics_line(step_number(2)) + "\n");
}

TEST(MetricsFile, ThatCannotBeOpenedIsAnInputErrorThatNamesIt) {
  const TempDirectory directory;
  try {
    MetricsFile file(directory / "missing" / "metrics.jsonl");
    FAIL() << "opened a file in a folder that does not exist";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_THAT(error.what(), HasSubstr("missing/metrics.jsonl"));
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST(MetricsFile, WarnsOnceAndGoesOnWhereNobodyReadsFromAPipe) {
  const TempDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "metrics.jsonl").c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  MetricsFile file(directory / "metrics.jsonl");
  for (int step = 1; step <= 1'000; ++step) file.append(step_number(step));
  const std::string warnings = testing::internal::GetCapturedStderr();
  const std::size_t first = warnings.find("nobody takes what is written");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(warnings.find("nobody takes what is written", first + 1), std::string::npos);
}

TEST(MetricsFile, KeepsLinesInMemoryUntilSomebodyReadsFromAPipe) {
  const TempDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "metrics.jsonl").c_str(), 0600), 0);
  MetricsFile file(directory / "metrics.jsonl");
  testing::internal::CaptureStderr();
  for (int step = 1; step <= 1'000; ++step) file.append(step_number(step));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("nobody takes what is written"));
  std::ifstream reader(directory / "metrics.jsonl");
  std::string line;
  for (int step = 1; step <= 1'000; ++step) {
    ASSERT_TRUE(std::getline(reader, line));
    EXPECT_EQ(json::parse(line)["step"], step);
  }
}

TEST(MetricsFile, LearnsThatTheReaderOfAPipeIsGone) {
  const TempDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "metrics.jsonl").c_str(), 0600), 0);
  const int reader = ::open((directory / "metrics.jsonl").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  MetricsFile file(directory / "metrics.jsonl");
  ::close(reader);
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // as in the trainer
  testing::internal::CaptureStderr();
  file.append(kStep);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("Broken pipe (errno 32); training goes on"));
  std::signal(SIGPIPE, before);
}

TEST(MetricsFile, WarnsOnceAndGoesOnWhenTheDiskIsFull) {
  MetricsFile file("/dev/full");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  file.append(step_number(1));
  file.append(step_number(2));
  const std::string said =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  const std::size_t warning = said.find("writing metrics file /dev/full: No space left on device");
  ASSERT_NE(warning, std::string::npos) << said;
  EXPECT_EQ(said.find("/dev/full", warning + 30), std::string::npos) << said;
}

}  // namespace
}  // namespace lockstep::test
