// SPDX-License-Identifier: Apache-2.0
#include "app/program.h"

#include <exception>
#include <memory>

#include "base/log.h"
#include "base/open_files.h"
#include "comm/launcher.h"
#include "comm/mpi_world.h"
#include "comm/solo_world.h"

namespace lockstep {
namespace {

std::unique_ptr<World> join_world(const Launch& launch) {
  if (launch.joins_mpi) return make_mpi_world();
  return std::make_unique<SoloWorld>();
}

// The first of the processes speaks for all: they do not know of each other.
ExitCode refuse(const Launch& launch, const std::string& problem) {
  if (launch.process == 0) log_error(problem);
  return exit_code_for(ErrorKind::usage);
}

int run_in(World& world, const std::function<ExitCode(World&)>& body) {
  if (world.rank() != 0) name_log_after_rank(world.rank(), world.size());
  try {
    return static_cast<int>(body(world));
  } catch (const SharedError& error) {  // every rank is here: leave in good order
    const bool is_failure = error.kind() != ErrorKind::stopped;
    if (world.rank() == 0) is_failure ? log_error(error.what()) : log_warning(error.what());
    return static_cast<int>(exit_code_for(error.kind()));
  } catch (const std::exception& error) {  // only this rank is sure to be here
    name_log_after_rank(world.rank(), world.size());
    log_error(sentence_of(error));
    const ExitCode exit_code = exit_code_for(kind_of(error));
    world.abort(exit_code);  // the others may be waiting for us
    return static_cast<int>(exit_code);
  }
}

}  // namespace

int run_program(const std::function<ExitCode(World&)>& body) {
  keep_closed_streams_closed();
  allow_more_open_files();
  survive_file_size_limit();
  try {
    const Launch launch = launch_of_this_process();
    const std::unique_ptr<World> world = join_world(launch);
    if (const std::optional<std::string> problem = lonely_start(launch, world->size()))
      return static_cast<int>(refuse(launch, *problem));
    return run_in(*world, body);
  } catch (const std::exception& error) {
    log_error(sentence_of(error));
    return static_cast<int>(exit_code_for(kind_of(error)));
  }
}

}  // namespace lockstep
