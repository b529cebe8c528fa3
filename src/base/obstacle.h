// SPDX-License-Identifier: Apache-2.0
// What can be seen beforehand to be in the way of files that are to be made where a person says, in
// words: "out is not a folder". Absent where nothing is; that is no promise, the disk may be full.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lockstep {

// Of a folder that is to hold new files. It need not exist, nor the folders above it.
std::optional<std::string> obstacle_to_folder(const std::filesystem::path& path);

// Of a file that is to be made or replaced, in a folder that exists.
std::optional<std::string> obstacle_to_file(const std::filesystem::path& path);

}  // namespace lockstep
