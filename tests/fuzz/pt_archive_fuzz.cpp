// SPDX-License-Identifier: Apache-2.0
// Whole .pt files, byte by byte: what holds them together. Their checksums keep changes away from
// what is inside, which training_file_fuzz looks at.
#include "export/pt_reader.h"
#include "export/samples.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/memory_file.h"
#include "support/temp_directory.h"

namespace lockstep::test {

std::vector<std::string> first_inputs() {
  const TempDirectory folder;
  write_sample(folder / "sample.pt");
  return {bytes_of(folder / "sample.pt")};
}

void read_input(const std::string& input) {
  const MemoryFile file(input);
  reads(ErrorKind::checkpoint, [&] { PtReader(file.path()).check_between_entries(); });
  reads(ErrorKind::checkpoint, [&] { PtReader(file.path()).check_all_bytes(); });
}

}  // namespace lockstep::test
