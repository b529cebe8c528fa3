// SPDX-License-Identifier: Apache-2.0
// How many files a process may have open at once.
#pragma once

namespace lockstep {

// As many as the system allows: a checkpoint of a thousand ranks is as many files, and so are the
// watch's connections. What cannot be raised stays as it is.
void allow_more_open_files();

}  // namespace lockstep
