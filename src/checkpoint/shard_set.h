// SPDX-License-Identifier: Apache-2.0
// The tensors of a committed set: its shards as one flat space.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/manifest.h"
#include "checkpoint/shard_file.h"
#include "checkpoint/state_reader.h"
#include "checkpoint/stored_tokenizer.h"

namespace lockstep {

// What the manifest says that the header of one of its shards must be.
ShardHeader expected_header(const Manifest& manifest, std::size_t shard);

// Throws Error(checkpoint) saying of which place the shard in `file` is, and which was expected.
void compare_headers(const std::filesystem::path& file, const ShardHeader& found,
                     const ShardHeader& expected);

class ShardSet : public StateReader {
 public:
  // Opens the set in `folder` and compares the structure of every shard with the manifest; no
  // tensor is read. Throws Error(checkpoint) naming the file.
  explicit ShardSet(const std::filesystem::path& folder);
  // The same of a set that has no file of its manifest yet.
  ShardSet(const std::filesystem::path& folder, Manifest manifest);

  const Manifest& manifest() const { return manifest_; }
  // Reads and verifies the tokenizer's file.
  StoredTokenizer tokenizer() const;

  const FlatLayout& layout() const override { return manifest_.layout; }
  bool has(StateArray /*array*/) const override { return true; }
  // Chunks that another shard holds are read from there. A wrong digest names the shard's file and
  // the tensors in the chunk.
  void read(StateArray array, ElementRange range, std::span<float> destination) const override;
  std::optional<StateDigests> digests() const override;

 private:
  void read_block(std::size_t shard, StateArray array, ElementRange range,
                  std::span<float> destination) const;

  std::filesystem::path folder_;
  Manifest manifest_;
  std::vector<ShardFile> shards_;
};

}  // namespace lockstep
