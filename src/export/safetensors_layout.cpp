// SPDX-License-Identifier: Apache-2.0
#include "export/safetensors_layout.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kHeaderAlignment = 8;  // of the first tensor
constexpr const char* kMetadataKey = "__metadata__";

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i, number >>= 8U)
    bytes += static_cast<char>(number & 0xFFU);
  return bytes;
}

[[noreturn]] void refuse(const std::string& found) {
  throw Error(ErrorKind::checkpoint,
              sentence("making the header of a safetensors file: {0}", {found}));
}

std::string text_of(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    refuse(sentence("a name of a tensor is not in UTF-8"));
  }
}

}  // namespace

SafetensorsLayout safetensors_layout(const std::vector<TensorSpec>& tensors,
                                     const SafetensorsMetadata& metadata) {
  Json json = Json::object();
  for (const auto& [key, text] : metadata) json[kMetadataKey][key] = text;
  SafetensorsLayout layout;
  std::int64_t end = 0;
  for (const TensorSpec& tensor : tensors) {
    if (tensor.name == kMetadataKey) refuse(sentence("no tensor can be called {0}", {tensor.name}));
    const std::int64_t first = end;
    end += element_count(tensor.shape) * kElementBytes;
    json[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {first, end}}};
    layout.offsets.push_back(first);
  }
  std::string text = text_of(json);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  layout.header = little_endian(text.size()) + text;
  const auto data = static_cast<std::int64_t>(layout.header.size());
  for (std::int64_t& offset : layout.offsets) offset += data;
  layout.file_bytes = data + end;
  return layout;
}

}  // namespace lockstep
