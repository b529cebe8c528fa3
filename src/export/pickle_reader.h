// SPDX-License-Identifier: Apache-2.0
// Interprets the pickle of a PyTorch file, protocols 2 to 5, over a fixed list of names
// (pickle_calls.h). Nothing in a pickle can run, and a hostile one costs bounded memory and time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "export/pt_value.h"

namespace lockstep {

// Far beyond any checkpoint's: tensors are not in the pickle.
inline constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{64} << 20;

// OrderedDict becomes a dict, torch.Size a tuple, a parameter its tensor; attributes of an
// OrderedDict (state_dict's _metadata) are dropped. Views are checked against the element counts
// that the pickle gives for their storages. Throws Error(checkpoint); `subject` begins its message:
// "reading a.pt: the pickle".
PtValue read_pickle(std::string_view pickle, const std::string& subject);

}  // namespace lockstep
