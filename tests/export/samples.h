// SPDX-License-Identifier: Apache-2.0
// A small PyTorch file and the ways to look at a broken one, for the tests of this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "export/pt_value.h"

namespace lockstep::test {

// The message of the Error(checkpoint) that `action` throws; "no error" if it throws none.
std::string checkpoint_error_of(const std::function<void()>& action);

PtValue text(const std::string& value);
PtValue integer(std::int64_t value);

// A tensor over the whole storage `key`.
PtTensor row_major_tensor(const std::string& key, PtDtype dtype, const Shape& shape);

// What a file that Python has written holds at least: a model of one weight, the storage "0", and
// its sizes.
PtDict root_of_python(const Shape& weight);

// A dictionary with a value of every kind, and tensors over the storages "0" (twelve float32) and
// "1" (three uint8).
PtValue sample_root();
// Writes sample_root() with the numbers 0 to 11 and 7, 8, 9.
void write_sample(const std::filesystem::path& path);

std::string bytes_of(const std::filesystem::path& path);
void put_bytes(const std::filesystem::path& path, const std::string& bytes);

// Opens the file, reads every tensor of the sample and checks every byte of the archive; returns
// the values of all tensors, one after the other.
std::vector<std::uint8_t> read_everything(const std::filesystem::path& path);

}  // namespace lockstep::test
