// SPDX-License-Identifier: Apache-2.0
// Single numbers and short texts on HDF5 objects, in one form each: a little-endian int64, and a
// UTF-8 text of fixed length. Throws Error(checkpoint) that begins with `doing`.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/hdf5_handle.h"

namespace lockstep {

void write_attribute(hid_t object, const char* name, std::int64_t number, const std::string& doing);
// REQUIRES: the text is not empty.
void write_attribute(hid_t object, const char* name, const std::string& text,
                     const std::string& doing);

std::int64_t read_number_attribute(hid_t object, const char* name, const std::string& doing);
std::string read_text_attribute(hid_t object, const char* name, const std::string& doing);

}  // namespace lockstep
