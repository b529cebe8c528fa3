// SPDX-License-Identifier: Apache-2.0
// The part of the pickle format (protocols 2 to 5) that torch.save uses: opcodes, and the names of
// torch's storage types.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "export/pt_value.h"

namespace lockstep {

enum class Opcode : std::uint8_t {
  protocol = 0x80,
  frame = 0x95,
  stop = '.',
  mark = '(',
  none = 'N',
  new_true = 0x88,
  new_false = 0x89,
  int32 = 'J',
  uint8 = 'K',
  uint16 = 'M',
  long1 = 0x8a,   // one length byte, then two's complement
  float64 = 'G',  // big-endian
  text = 'X',     // 4-byte length
  short_text = 0x8c,
  long_text = 0x8d,  // 8-byte length
  empty_list = ']',
  append = 'a',
  appends = 'e',
  empty_tuple = ')',
  tuple = 't',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  empty_dict = '}',
  set_item = 's',
  set_items = 'u',
  global = 'c',  // two lines of text: module, name
  stack_global = 0x93,
  reduce = 'R',
  build = 'b',
  persistent_id = 'Q',
  put = 'q',
  long_put = 'r',
  get = 'h',
  long_get = 'j',
  memoize = 0x94,
};

inline constexpr std::array<std::pair<std::string_view, PtDtype>, 10> kStorageTypes{{
    {"FloatStorage", PtDtype::float32},
    {"DoubleStorage", PtDtype::float64},
    {"HalfStorage", PtDtype::float16},
    {"BFloat16Storage", PtDtype::bfloat16},
    {"LongStorage", PtDtype::int64},
    {"IntStorage", PtDtype::int32},
    {"ShortStorage", PtDtype::int16},
    {"CharStorage", PtDtype::int8},
    {"ByteStorage", PtDtype::uint8},
    {"BoolStorage", PtDtype::boolean},
}};

}  // namespace lockstep
