// SPDX-License-Identifier: Apache-2.0
// What a command may change of a run that it resumes, and what that means for the run. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/run_config.h"

namespace lockstep {

// Where the run stands that is resumed.
struct ResumePoint {
  std::string file;
  std::int64_t cursor = 0;  // windows of the epoch that are done; 0: an epoch's edge
  std::int64_t lanes = 0;   // that its batches were cut into; 0: not known
};

// What a resume finds of the run, to put the command over: without its lanes, which
// keep_stored_lanes() gives back where they fit, and without a limit of steps that another end
// replaces. `named` are the settings that the command names.
RunConfig base_of_resume(RunConfig stored, const ResumePoint& point,
                         const std::set<std::string>& named);

// The sentence about a limit of steps that base_of_resume() has left out.
std::optional<std::string> limit_left_out(const RunConfig& stored, const ResumePoint& point,
                                          const std::set<std::string>& named);

// A run goes on in the lanes it began with, whatever this version would choose, unless the command
// asks for others or a new batch cannot be cut into them.
void keep_stored_lanes(RunConfig& config, const ResumePoint& point, std::int64_t world_size);

// A setting that decides which windows there are, or their order, and is not what it was.
struct WindowChange {
  std::string label;  // "data.stride (--stride)"
  std::string before;
  std::string now;
  bool changes_validation = false;
};
std::vector<WindowChange> window_changes(const RunConfig& before, const RunConfig& now);

// What stands against the changes: all of them in the middle of an epoch, of which windows would be
// trained on twice and others never; none at its edge.
std::vector<std::string> refused_changes(const std::vector<WindowChange>& changes,
                                         const ResumePoint& point);

// Whether the epochs to come are judged by other windows than those before.
bool changes_validation(const std::vector<WindowChange>& changes);

// The warning about changes at an epoch's edge; absent without any.
std::optional<std::string> changes_warning(const std::vector<WindowChange>& changes,
                                           const ResumePoint& point);

}  // namespace lockstep
