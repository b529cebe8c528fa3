// SPDX-License-Identifier: Apache-2.0
#include "export/samples.h"

#include <array>
#include <fstream>
#include <iterator>
#include <numeric>

#include "base/error.h"
#include "export/pt_reader.h"
#include "support/write_pt_file.h"

namespace lockstep::test {

std::string checkpoint_error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::checkpoint ? error.what() : "an error of another kind";
  }
  return "no error";
}

PtValue text(const std::string& value) { return {value}; }
PtValue integer(std::int64_t value) { return {value}; }

PtTensor row_major_tensor(const std::string& key, PtDtype dtype, const Shape& shape) {
  Shape stride(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) stride[i - 1] = stride[i] * shape[i];
  return {.storage = key,
          .dtype = dtype,
          .storage_elements = element_count(shape),
          .offset = 0,
          .shape = shape,
          .stride = stride};
}

PtDict root_of_python(const Shape& weight) {
  PtDict model;
  model.set("weight", {row_major_tensor("0", PtDtype::float32, weight)});
  PtDict config;
  for (const char* key : {"vocab_size", "n_layer", "n_head", "n_embd", "block_size"})
    config.set(key, integer(1));
  PtDict root;
  root.set("model", {model});
  root.set("model_config", {config});
  return root;
}

PtValue sample_root() {
  PtDict empty_key;
  empty_key.items.push_back({integer(0), text("")});
  PtDict root;
  root.set("weight", {row_major_tensor("0", PtDtype::float32, {3, 4})});
  root.set("bytes", {row_major_tensor("1", PtDtype::uint8, {3})});
  root.set("none", {PtNone{}});
  root.set("yes", {true});
  root.set("number", {-1.25});
  root.set("list", {PtList{integer(1), text("two")}});
  root.set("tuple", {PtTuple{{integer(1), integer(-70000)}}});
  root.set("dict", {empty_key});
  return {root};
}

void write_sample(const std::filesystem::path& path) {
  std::array<float, 12> weight{};
  std::iota(weight.begin(), weight.end(), 0.0F);
  const std::array<std::uint8_t, 3> bytes{7, 8, 9};
  write_pt_file(path, sample_root(),
                {std::as_bytes(std::span(weight)), std::as_bytes(std::span(bytes))});
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void put_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::uint8_t> read_everything(const std::filesystem::path& path) {
  const PtReader reader(path);
  std::vector<std::uint8_t> values;
  for (const auto& [key, value] : reader.root().as<PtDict>()->items) {
    const auto* tensor = value.as<PtTensor>();
    if (tensor == nullptr) continue;
    const auto count =
        static_cast<std::size_t>(element_count(tensor->shape) * bytes_per_element(tensor->dtype));
    std::vector<std::uint8_t> piece(count);
    reader.read_tensor(*tensor, std::as_writable_bytes(std::span(piece)));
    values.insert(values.end(), piece.begin(), piece.end());
  }
  reader.check_all_bytes();
  return values;
}

}  // namespace lockstep::test
