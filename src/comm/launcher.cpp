// SPDX-License-Identifier: Apache-2.0
#include "comm/launcher.h"

#include <charconv>
#include <cstdlib>

#include "base/sentence.h"

namespace lockstep {
namespace {

// Variables of launchers, in the order in which they count: mpirun starts its daemons through srun.
struct Names {
  const char* launcher;
  const char* processes;
  const char* process;
  bool joins_mpi;
};
constexpr Names kLaunchers[] = {
    {"mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", true},
    {"mpiexec", "PMI_SIZE", "PMI_RANK", true},
    {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", false},
};

std::optional<int> number_in(const Environment& environment, const char* name) {
  const std::optional<std::string> text = environment(name);
  if (!text) return std::nullopt;
  int number = 0;
  const char* const end = text->data() + text->size();
  const auto [last, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && last == end ? std::optional(number) : std::nullopt;
}

}  // namespace

Launch launch_in(const Environment& environment) {
  Launch launch;
  for (const Names& names : kLaunchers) {
    const std::optional<int> processes = number_in(environment, names.processes);
    if (!processes) continue;
    launch = {.joins_mpi = names.joins_mpi,
              .processes = *processes,
              .process = number_in(environment, names.process).value_or(0),
              .launcher = names.launcher};
    break;
  }
  // srun --mpi=pmix, and other launchers that say nothing of their size.
  if (environment("PMIX_RANK") || environment("PMI_RANK")) launch.joins_mpi = true;
  return launch;
}

Launch launch_of_this_process() {
  return launch_in([](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

std::optional<std::string> lonely_start(const Launch& launch, int world_size) {
  if (launch.processes <= 1 || world_size != 1) return std::nullopt;
  const std::string remedy =
      launch.launcher == "srun"
          ? sentence(
                "start it with srun --mpi=pmix or with mpirun (slurm/array.sh is for several "
                "trainings)")
          : sentence("start it with the mpirun of the MPI that it was built with");
  return sentence(
      "joining the ranks: {0} started {1} processes, but MPI sees each of them alone, and all {1} "
      "would train into one directory; {2}",
      {launch.launcher, launch.processes, remedy});
}

}  // namespace lockstep
