// SPDX-License-Identifier: Apache-2.0
// What the system lets a process do with files: how many it may have open at once, how large they
// may be, which numbers they get.
#pragma once

namespace lockstep {

// As many as the system allows: a checkpoint of a thousand ranks is as many files, and so are the
// watch's connections. What cannot be raised stays as it is.
void allow_more_open_files();

// Writing beyond the limit of a file's size (ulimit -f) fails from now on like any other write,
// with EFBIG, and does not end the process.
void survive_file_size_limit();

// A standard stream that this process was started without (2>&-) stays one that cannot be written.
// Its number would be that of the next file, and a warning would be written into a checkpoint.
// REQUIRES: no file was opened before.
void keep_closed_streams_closed();

}  // namespace lockstep
