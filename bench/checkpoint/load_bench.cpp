// SPDX-License-Identifier: Apache-2.0
// Reads a checkpoint, verified, with as many processes as there would be ranks.
//
//   load_bench RUN_DIRECTORY|SET|FILE.pt RANKS all|share
//
// all: every rank reads the whole state, as a rank of a resumed run does. share: each reads its
// part of as many. Of a run directory the newest checkpoint is read. Prints a line of JSON.
#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "checkpoint/names.h"
#include "checkpoint/rank_processes.h"
#include "store/open_checkpoint.h"

namespace lockstep::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::filesystem::path checkpoint_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path) || std::filesystem::exists(path / names::kManifest))
    return path;
  const Candidates candidates = resume_candidates(CheckpointDirectory(path));
  if (candidates.paths.empty())
    throw Error(ErrorKind::input,
                "looking for a checkpoint in " + path.string() + ": there is none");
  return candidates.paths.front();
}

// The arrays that a rank fills, all pages touched.
struct Destination {
  ElementRange range;
  PerArray<std::vector<float>> values;
};

std::shared_ptr<Destination> make_destination(std::int64_t elements, int rank, int ranks) {
  auto destination = std::make_shared<Destination>();
  destination->range = shard_range(elements, rank, ranks);
  for (const StateArray array : kStateArrays)
    destination->values[array].assign(static_cast<std::size_t>(destination->range.count()), 1.0F);
  return destination;
}

std::string read_state(const std::filesystem::path& path, Destination& destination) {
  forget_peak();
  const long long before = resident_bytes();
  const double processor_before = processor_seconds();
  const Clock::time_point start = Clock::now();
  const OpenCheckpoint checkpoint = open_checkpoint(path);
  const double open_seconds = seconds_since(start);
  for (const StateArray array : kStateArrays)
    if (checkpoint.reader->has(array))
      checkpoint.reader->read(array, destination.range, destination.values[array]);
  const auto bytes =
      static_cast<std::int64_t>(kStateArrays.size() * sizeof(float)) * destination.range.count();
  return Json{{"bytes", bytes},
              {"open_seconds", open_seconds},
              {"seconds", seconds_since(start)},
              {"processor_seconds", processor_seconds() - processor_before},
              {"extra_memory", peak_resident_bytes() - before}}
      .dump();
}

Json load(const std::filesystem::path& path, int ranks, bool share) {
  // Opened here for its size alone, and closed before there are other processes.
  const std::int64_t elements = open_checkpoint(path).reader->layout().elements();
  RankProcesses processes(ranks, [&](int rank) {
    const auto destination =
        share ? make_destination(elements, rank, ranks) : make_destination(elements, 0, 1);
    return [&path, destination] { return read_state(path, *destination); };
  });
  const Clock::time_point start = Clock::now();
  Json each = Json::array();
  std::int64_t bytes = 0;
  double all_processor_seconds = 0.0;
  for (const std::string& answer : processes.run()) {
    each.push_back(Json::parse(answer));
    bytes += each.back().at("bytes").get<std::int64_t>();
    all_processor_seconds += each.back().at("processor_seconds").get<double>();
  }
  return {{"what", "load"},
          {"ranks", ranks},
          {"part", share ? "share" : "all"},
          {"checkpoint", path.filename().string()},
          {"bytes", bytes},
          {"seconds", seconds_since(start)},
          {"processor_seconds", all_processor_seconds},
          {"each", each}};
}

int run(std::span<char*> arguments) {
  if (arguments.size() != 4)
    throw Error(ErrorKind::usage, "load_bench RUN_DIRECTORY|SET|FILE.pt RANKS all|share");
  const std::filesystem::path path = checkpoint_in(arguments[1]);
  const bool share = std::string(arguments[3]) == "share";
  std::cout << load(path, std::stoi(arguments[2]), share).dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace lockstep::bench

int main(int argc, char** argv) {
  try {
    return lockstep::bench::run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    lockstep::log_error(error.what());
    return static_cast<int>(lockstep::exit_code_for(lockstep::kind_of(error)));
  }
}
