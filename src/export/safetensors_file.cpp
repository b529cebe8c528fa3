// SPDX-License-Identifier: Apache-2.0
#include "export/safetensors_file.h"

#include <algorithm>
#include <cassert>

#include "base/whole_file.h"
#include "export/transpose.h"

namespace lockstep {
namespace {

// Whole chunks, which are what can be verified.
ElementRange chunks_around(ElementRange range, std::int64_t elements) {
  return {range.first / kChunkElements * kChunkElements,
          std::min(chunk_count(range.last) * kChunkElements, elements)};
}

class TensorWriter {
 public:
  TensorWriter(const StateReader& reader, SharedFile& file, std::int64_t piece_elements)
      : reader_(reader), file_(file), piece_elements_(piece_elements) {}

  void write(const ExportedTensor& tensor, std::int64_t offset) {
    if (!tensor.place) return write_zeros(element_count(tensor.spec.shape), offset);
    const FlatTensor& source = reader_.layout().tensors()[*tensor.place];
    assert(source.elements == element_count(tensor.spec.shape));
    if (tensor.is_transposed) return write_transposed(source, offset);
    for (std::int64_t first = 0; first < source.elements; first += piece_elements_)
      put(offset, first,
          parameters(source, {first, std::min(first + piece_elements_, source.elements)}));
  }

 private:
  void write_zeros(std::int64_t elements, std::int64_t offset) {
    const std::vector<float> zeros(static_cast<std::size_t>(std::min(piece_elements_, elements)));
    for (std::int64_t first = 0; first < elements; first += piece_elements_)
      put(offset, first,
          std::span(zeros).first(
              static_cast<std::size_t>(std::min(piece_elements_, elements - first))));
  }

  // Some rows at a time, which become a part of every row of the turned matrix.
  void write_transposed(const FlatTensor& source, std::int64_t offset) {
    const std::int64_t rows = source.spec.shape[0];
    const std::int64_t columns = source.spec.shape[1];
    if (source.elements == 0) return;
    const std::int64_t step = std::clamp<std::int64_t>(piece_elements_ / columns, 1, rows);
    for (std::int64_t row = 0; row < rows; row += step) {
      const std::int64_t count = std::min(step, rows - row);
      const auto values = parameters(source, {row * columns, (row + count) * columns});
      turned_.resize(values.size());
      transpose(values, columns, turned_);
      if (count == rows) return put(offset, 0, turned_);
      for (std::int64_t column = 0; column < columns; ++column)
        put(offset, column * rows + row,
            std::span<const float>(turned_).subspan(static_cast<std::size_t>(column * count),
                                                    static_cast<std::size_t>(count)));
    }
  }

  // Until the next call.
  std::span<const float> parameters(const FlatTensor& source, ElementRange elements) {
    const ElementRange range{source.offset + elements.first, source.offset + elements.last};
    const ElementRange chunks = chunks_around(range, reader_.layout().elements());
    read_.resize(static_cast<std::size_t>(chunks.count()));
    reader_.read(StateArray::parameters, chunks, read_);
    return std::span(read_).subspan(static_cast<std::size_t>(range.first - chunks.first),
                                    static_cast<std::size_t>(range.count()));
  }

  void put(std::int64_t offset, std::int64_t element, std::span<const float> values) {
    file_.write_at(offset + element * kElementBytes, std::as_bytes(values));
  }

  const StateReader& reader_;
  SharedFile& file_;
  std::int64_t piece_elements_;
  std::vector<float> read_;
  std::vector<float> turned_;
};

SafetensorsLayout layout_of(const std::vector<ExportedTensor>& tensors,
                            const SafetensorsMetadata& metadata) {
  std::vector<TensorSpec> specs;
  specs.reserve(tensors.size());
  for (const ExportedTensor& tensor : tensors) specs.push_back(tensor.spec);
  return safetensors_layout(specs, metadata);
}

}  // namespace

std::int64_t write_safetensors(const std::filesystem::path& path, const StateReader& reader,
                               const std::vector<ExportedTensor>& tensors,
                               const SafetensorsMetadata& metadata, std::int64_t piece_elements) {
  const SafetensorsLayout layout = layout_of(tensors, metadata);
  write_whole_file(path, ErrorKind::checkpoint, [&](SharedFile& file) {
    file.reserve(layout.file_bytes);
    file.write_at(0, std::as_bytes(std::span(layout.header)));
    TensorWriter writer(reader, file, piece_elements);
    for (std::size_t i = 0; i < tensors.size(); ++i) writer.write(tensors[i], layout.offsets[i]);
  });
  return layout.file_bytes;
}

}  // namespace lockstep
