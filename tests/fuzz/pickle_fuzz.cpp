// SPDX-License-Identifier: Apache-2.0
#include "export/pickle_reader.h"
#include "export/pickle_writer.h"
#include "export/samples.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/pt_variants.h"

namespace lockstep::test {

std::vector<std::string> first_inputs() {
  std::vector<std::string> inputs = {write_pickle(sample_root())};
  for (const PtValue& variant : pt_variants(sample_root())) inputs.push_back(write_pickle(variant));
  return inputs;
}

// What is read can be written, and is then read as the same. (Written twice, since a NaN is not
// equal to itself.)
void read_input(const std::string& input) {
  PtValue value;
  if (!reads(ErrorKind::checkpoint, [&] { value = read_pickle(input, "the pickle"); })) return;
  const std::string written = write_pickle(value);
  must_hold(write_pickle(read_pickle(written, "the pickle")) == written,
            "a pickle is another one when it has been read and written");
}

}  // namespace lockstep::test
