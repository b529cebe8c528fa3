// SPDX-License-Identifier: Apache-2.0
// What a tokenizer is trained on: lines taken evenly from the whole corpus, without the characters
// that are reserved, and bounded in number of bytes and in length.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lockstep {

// More text makes hardly better pieces: this much takes a minute or two and half a gigabyte.
inline constexpr std::size_t kTrainingBytes = std::size_t{16} << 20;
inline constexpr std::size_t kTrainingLineBytes = 4096;

// One of every n lines, drawn by chance but always the same, with an n that keeps the sum near
// `max_bytes`, and never above. Lines end at reserved characters and after kTrainingLineBytes, at a
// character boundary. `between_pieces` is called after every few megabytes, and may throw to end
// it.
std::vector<std::string> training_lines(
    const std::vector<std::filesystem::path>& files, std::size_t max_bytes = kTrainingBytes,
    const std::function<void()>& between_pieces = [] {});

}  // namespace lockstep
