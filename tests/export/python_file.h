// SPDX-License-Identifier: Apache-2.0
// A small training file as Python writes it, to be changed before it is written, and the numbers
// that are read from one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "export/samples.h"
#include "export/training_file_reader.h"
#include "support/write_pt_file.h"

namespace lockstep::test {

inline std::vector<float> read(const TrainingFileReader& reader, StateArray array,
                               ElementRange range) {
  std::vector<float> values(static_cast<std::size_t>(range.count()));
  reader.read(array, range, values);
  return values;
}

inline std::vector<float> read_all(const TrainingFileReader& reader, StateArray array) {
  return read(reader, array, {0, reader.layout().elements()});
}

// A model of a matrix and a vector, and the state of its optimizer.
struct PythonFile {
  std::vector<float> numbers = std::vector<float>(24);
  PtTensor matrix = row_major_tensor("0", PtDtype::float32, {2, 3});
  PtTensor vector = row_major_tensor("1", PtDtype::float32, {2});
  PtDict model;
  PtDict optimizer;
  PtDict root;

  PythonFile() {
    std::iota(numbers.begin(), numbers.end(), 0.0F);
    model.set("transformer.wte.weight", {matrix});
    model.set("transformer.h.0.attn.bias", {vector});  // a mask
    model.set("transformer.ln_f.bias", {vector});
    model.set("lm_head.weight", {matrix});
  }

  // Moments with the matrix's numbers plus 10 and the vector's plus 10; all matrices come first.
  void add_optimizer(PtValue step) {
    const auto state = [&](const std::string& key, const Shape& shape) {
      PtDict one;
      one.set("step", step);
      one.set("exp_avg", {row_major_tensor(key, PtDtype::float32, shape)});
      one.set("exp_avg_sq", {row_major_tensor(key, PtDtype::float32, shape)});
      return PtValue{one};
    };
    PtDict states;
    states.items = {{integer(0), state("2", {2, 3})}, {integer(1), state("3", {2})}};
    PtDict group;
    group.set("lr", {0.125});
    optimizer.set("state", {states});
    optimizer.set("param_groups", {PtList{{group}}});
    root.set("optimizer", {optimizer});
  }

  void write(const std::filesystem::path& path) {
    root.set("model", {model});
    const auto bytes = std::as_bytes(std::span(numbers));
    write_pt_file(path, {root},
                  {bytes.subspan(0, 24), bytes.subspan(24, 8), bytes.subspan(40, 24),
                   bytes.subspan(64, 8), bytes.subspan(20, 4)});
  }
};

}  // namespace lockstep::test
