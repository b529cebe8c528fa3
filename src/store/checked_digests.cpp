// SPDX-License-Identifier: Apache-2.0
#include "store/checked_digests.h"

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {

std::optional<StateDigests> checked_digests(const OpenCheckpoint& checkpoint,
                                            const std::string& doing) {
  std::optional<StateDigests> digests = checkpoint.reader->digests();
  if (!digests) return std::nullopt;
  const std::string root = state_root(checkpoint.reader->layout(), *digests);
  if (root != checkpoint.root)
    throw Error(ErrorKind::checkpoint,
                sentence("{0}: its root is {1}, its digests give {2}; it is damaged",
                         {doing, checkpoint.root, root}));
  return digests;
}

}  // namespace lockstep
