// SPDX-License-Identifier: Apache-2.0
#include "store/checked_digests.h"

#include "base/error.h"

namespace lockstep {

std::optional<StateDigests> checked_digests(const OpenCheckpoint& checkpoint,
                                            const std::string& doing) {
  std::optional<StateDigests> digests = checkpoint.reader->digests();
  if (!digests) return std::nullopt;
  const std::string root = state_root(checkpoint.reader->layout(), *digests);
  if (root != checkpoint.root)
    throw Error(ErrorKind::checkpoint, doing + ": its root is " + checkpoint.root +
                                           ", its digests give " + root + "; it is damaged");
  return digests;
}

}  // namespace lockstep
