// SPDX-License-Identifier: Apache-2.0
// Whether the HDF5 structure of a set's files is what HDF5 wrote: the files are made once more,
// without their values, and compared. HDF5 itself does not look at every byte of a file that it
// opens. Of use only with the version of HDF5 that wrote them.
#pragma once

#include <filesystem>
#include <vector>

#include "checkpoint/hdf5_shard.h"
#include "checkpoint/manifest.h"

namespace lockstep {

// Whether this program's HDF5 is the one that the manifest names.
bool can_check_structure(const Manifest& manifest);

// Both throw Error(checkpoint) naming the file and the first byte that is another.
// REQUIRES: can_check_structure(). `header` is that of the shard.
void check_shard_structure(const std::filesystem::path& shard, const ShardHeader& header);
void check_model_file(const std::filesystem::path& file, const Manifest& manifest);

}  // namespace lockstep
