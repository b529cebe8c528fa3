// SPDX-License-Identifier: Apache-2.0
// model.h5: HDF5 virtual datasets that show every tensor by its name and shape over the shards of a
// set, for h5py, h5dump and people. Nothing of ours reads it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/manifest.h"

namespace lockstep {

// Groups model/<name>, exp_avg/<name> and exp_avg_sq/<name>. The shards are named relative to the
// folder of `path`. The caller makes the file durable. Throws Error(checkpoint).
void write_model_file(const std::filesystem::path& path, const FlatLayout& layout,
                      const std::vector<ShardRecord>& shards);

// Compares the file with what write_model_file() writes. Throws Error(checkpoint) naming the first
// byte that is another. REQUIRES: this version of HDF5 wrote the file.
void check_model_file(const std::filesystem::path& path, const FlatLayout& layout,
                      const std::vector<ShardRecord>& shards);

}  // namespace lockstep
