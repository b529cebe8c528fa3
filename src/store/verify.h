// SPDX-License-Identifier: Apache-2.0
// Whether a checkpoint is whole: every byte of it is read, every digest compared.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

struct Verification {
  std::string name;  // "epoch_0003", "latest.pt"
  std::string root;  // of the tensors as they are; empty if not all are there and can be read
  std::vector<std::string> problems;
  bool ok() const { return problems.empty(); }
};

// Never throws for what is wrong with the checkpoint: that is the answer. All problems are found,
// not just the first. Uses little memory whatever the size.
Verification verify_checkpoint(const std::filesystem::path& path);

}  // namespace lockstep
