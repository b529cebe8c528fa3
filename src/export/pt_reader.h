// SPDX-License-Identifier: Apache-2.0
// Reads a PyTorch file (.pt), written by us or by Python's torch.save. The pickle is interpreted
// over a fixed list of names (OrderedDict, _rebuild_tensor_v2, _rebuild_parameter, the storage
// types): nothing in a file can run. Opening reads the archive's directory and the pickle only;
// tensors are read when asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "export/pt_value.h"

namespace lockstep {

// THREADS: one at a time. Every function throws Error(checkpoint) naming the file and what is wrong
// with it (not a zip archive, truncated, a pickle that asks for a name that is not allowed, ...).
class PtReader {
 public:
  explicit PtReader(const std::filesystem::path& path);
  ~PtReader();
  PtReader(PtReader&&) noexcept;
  PtReader& operator=(PtReader&&) noexcept;

  const PtValue& root() const;
  std::int64_t file_bytes() const;
  // Names what the archive holds, by the CRC-32 of its entries: a copy has the same.
  std::string content_digest() const;

  // Copies the tensor's elements, in row-major order whatever its strides, to `destination`, which
  // has exactly bytes_per_element x element count bytes.
  void read_tensor(const PtTensor& tensor, std::span<std::byte> destination) const;

  // The same for the elements from `first` on, as many as `destination` has room for. A view that
  // is not row-major is gathered as a whole and kept until another one is asked for.
  void read_elements(const PtTensor& tensor, std::int64_t first,
                     std::span<std::byte> destination) const;

  // All bytes of the tensor's storage, their CRC-32 compared with the directory's.
  std::string read_storage(const PtTensor& tensor) const;

  // Reads every entry of the archive and compares its CRC-32 with the directory's.
  void check_all_bytes() const;
  // Whether the pickle is, byte for byte, what ours is for its values. Python's never is: torch
  // numbers what it may refer to again, ours does not.
  bool has_our_pickle() const;
  // Of an archive of ours: compares what lies between the entries with what was written there.
  void check_between_entries() const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace lockstep
