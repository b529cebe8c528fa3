// SPDX-License-Identifier: Apache-2.0
// The parameters of a checkpoint as a safetensors file, by streaming: little memory whatever the
// size, also for the matrices that are turned on the way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "checkpoint/state_reader.h"
#include "export/exported_tensor.h"
#include "export/safetensors_layout.h"
#include "tensors/chunks.h"

namespace lockstep {

// How many elements are in memory at a time; as many again where they are turned. At least one row
// of a matrix is.
inline constexpr std::int64_t kPieceElements = 256 * kChunkElements;

// Every element is read, and so verified, before the file appears under its name, whole and
// durable; what had the name is replaced. Returns its bytes. Throws Error(checkpoint).
std::int64_t write_safetensors(const std::filesystem::path& path, const StateReader& reader,
                               const std::vector<ExportedTensor>& tensors,
                               const SafetensorsMetadata& metadata,
                               std::int64_t piece_elements = kPieceElements);

}  // namespace lockstep
