// SPDX-License-Identifier: Apache-2.0
// Copies of token files on a disk of this host: what a training reads all the time need not come
// over the network each time.
#pragma once

#include <filesystem>
#include <functional>

#include "text/token_file.h"

namespace lockstep {

// The copy's name in `folder`. It is named after the tokens (their digest, number and width) and
// their tokenizer: every host, and every run with the same tokens, means the same copy. So no run
// may remove one that it has no more use for.
std::filesystem::path local_copy_path(const TokenFile& tokens, const std::filesystem::path& folder);

// Makes the copy if it is not there: whole, durable and read back, or not at all. One that is there
// is read back, too; a damaged one is made again with a warning. The folder is created. A process
// that is killed leaves nothing of its copy, where the file system knows files without names.
// Throws Error(input) naming the copy and the system's reason. `between_pieces` is called after
// every few megabytes, and may throw to end it. THREADS: one process of a host at a time.
void make_local_copy(
    const TokenFile& tokens, const std::filesystem::path& folder,
    const std::function<void()>& between_pieces = [] {});

}  // namespace lockstep
