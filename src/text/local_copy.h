// SPDX-License-Identifier: Apache-2.0
// Copies of token files on a disk of this host: what a training reads all the time need not come
// over the network each time.
#pragma once

#include <filesystem>

#include "text/token_file.h"

namespace lockstep {

// The copy's name in `folder`. It is named after the file's header, in which the digest of the
// tokens is: every host, and every run with the same tokens, means the same copy.
std::filesystem::path local_copy_path(const TokenFile& tokens, const std::filesystem::path& folder);

// Makes the copy if it is not there: whole, durable and read back, or not at all. One that is there
// is read back, too; a damaged one is made again with a warning. The folder is created. Throws
// Error(input) naming the copy and the system's reason.
// THREADS: one process of a host at a time.
void make_local_copy(const TokenFile& tokens, const std::filesystem::path& folder);

}  // namespace lockstep
