// SPDX-License-Identifier: Apache-2.0
#include "export/pickle_writer.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"
#include "base/sentence.h"
#include "export/pickle_opcodes.h"

namespace lockstep {
namespace {

constexpr char kProtocol = 2;

std::string_view storage_type_name(PtDtype dtype) {
  return std::ranges::find(kStorageTypes, dtype, [](const auto& entry) { return entry.second; })
      ->first;
}

class PickleWriter {
 public:
  std::string write(const PtValue& root) {
    put(Opcode::protocol);
    bytes_.push_back(kProtocol);
    add(root);
    put(Opcode::stop);
    return std::move(bytes_);
  }

 private:
  void put(Opcode opcode) { bytes_.push_back(static_cast<char>(opcode)); }

  void put_little_endian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
  }

  void put_name(std::string_view module, std::string_view name) {
    put(Opcode::global);
    bytes_.append(module).append("\n").append(name).append("\n");
  }

  void add(const PtValue& value) {
    std::visit([this](const auto& kind) { add(kind); }, value.value);
  }

  void add(const PtNone&) { put(Opcode::none); }
  void add(bool value) { put(value ? Opcode::new_true : Opcode::new_false); }

  void add(std::int64_t value) {
    if (value >= 0 && value <= 0xff) {
      put(Opcode::uint8);
      put_little_endian(static_cast<std::uint64_t>(value), 1);
    } else if (value >= 0 && value <= 0xffff) {
      put(Opcode::uint16);
      put_little_endian(static_cast<std::uint64_t>(value), 2);
    } else if (value == static_cast<std::int32_t>(value)) {
      put(Opcode::int32);
      put_little_endian(static_cast<std::uint64_t>(value), 4);
    } else {
      add_long(value);
    }
  }

  // The fewest bytes that keep the sign, as Python does.
  void add_long(std::int64_t value) {
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    const auto count = static_cast<int>(std::bit_width(magnitude) / 8 + 1);
    put(Opcode::long1);
    bytes_.push_back(static_cast<char>(count));
    put_little_endian(static_cast<std::uint64_t>(value), count);
  }

  void add(double value) {
    put(Opcode::float64);
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 7; i >= 0; --i) bytes_.push_back(static_cast<char>(bits >> (8 * i)));
  }

  void add(std::string_view text) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
      throw Error(
          ErrorKind::checkpoint,
          sentence(
              "writing a pickle: a text of {0} bytes is longer than the format's limit of 4 GiB",
              {text.size()}));
    put(Opcode::text);
    put_little_endian(text.size(), 4);
    bytes_.append(text);
  }
  void add(const std::string& text) { add(std::string_view(text)); }

  void add(const PtList& list) {
    put(Opcode::empty_list);
    if (list.empty()) return;
    put(Opcode::mark);
    for (const PtValue& item : list) add(item);
    put(Opcode::appends);
  }

  void add(const PtDict& dict) {
    put(Opcode::empty_dict);
    if (dict.items.empty()) return;
    put(Opcode::mark);
    for (const auto& [key, value] : dict.items) {
      add(key);
      add(value);
    }
    put(Opcode::set_items);
  }

  void add(const PtTuple& tuple) { add_tuple(tuple.items); }
  void add(const Shape& shape) { add_tuple(shape); }

  template <class Items>
  void add_tuple(const Items& items) {
    constexpr std::array kShort{Opcode::empty_tuple, Opcode::tuple1, Opcode::tuple2,
                                Opcode::tuple3};
    const bool is_short = items.size() < kShort.size();
    if (!is_short) put(Opcode::mark);
    for (const auto& item : items) add(item);
    put(is_short ? kShort[items.size()] : Opcode::tuple);
  }

  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)
  void add(const PtTensor& tensor) {
    put_name("torch._utils", "_rebuild_tensor_v2");
    put(Opcode::mark);
    add_storage(tensor);
    add(tensor.offset);
    add(tensor.shape);
    add(tensor.stride);
    add(false);
    put_name("collections", "OrderedDict");
    put(Opcode::empty_tuple);
    put(Opcode::reduce);
    put(Opcode::tuple);
    put(Opcode::reduce);
  }

  void add_storage(const PtTensor& tensor) {
    put(Opcode::mark);
    add(std::string_view("storage"));
    put_name("torch", storage_type_name(tensor.dtype));
    add(tensor.storage);
    add(std::string_view("cpu"));
    add(tensor.storage_elements);
    put(Opcode::tuple);
    put(Opcode::persistent_id);
  }

  std::string bytes_;
};

}  // namespace

std::string write_pickle(const PtValue& root) { return PickleWriter().write(root); }

}  // namespace lockstep
