// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_attributes.h"

#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestText = 4096;

Hdf5Type text_type(std::size_t bytes, const std::string& doing) {
  Hdf5Type type(H5Tcopy(H5T_C_S1), doing);
  hdf5_check(H5Tset_size(type.get(), bytes), doing);
  hdf5_check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), doing);
  hdf5_check(H5Tset_cset(type.get(), H5T_CSET_UTF8), doing);
  return type;
}

void write_scalar(hid_t object, const char* name, hid_t file_type, hid_t memory_type,
                  const void* value, const std::string& doing) {
  const Hdf5Dataspace scalar(H5Screate(H5S_SCALAR), doing);
  const Hdf5Attribute attribute(
      H5Acreate2(object, name, file_type, scalar.get(), H5P_DEFAULT, H5P_DEFAULT), doing);
  hdf5_check(H5Awrite(attribute.get(), memory_type, value), doing);
}

Hdf5Attribute open_attribute(hid_t object, const char* name, const std::string& doing) {
  const htri_t exists = H5Aexists(object, name);
  hdf5_check(exists, doing);
  if (exists == 0) refuse_content(doing, sentence("the attribute '{0}' is missing", {name}));
  Hdf5Attribute attribute(H5Aopen(object, name, H5P_DEFAULT), doing);
  const Hdf5Dataspace space(H5Aget_space(attribute.get()), doing);
  if (H5Sget_simple_extent_type(space.get()) != H5S_SCALAR)
    refuse_content(doing, sentence("the attribute '{0}' is no scalar", {name}));
  return attribute;
}

}  // namespace

void write_attribute(hid_t object, const char* name, std::int64_t number,
                     const std::string& doing) {
  write_scalar(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &number, doing);
}

void write_attribute(hid_t object, const char* name, const std::string& text,
                     const std::string& doing) {
  const Hdf5Type type = text_type(text.size(), doing);
  write_scalar(object, name, type.get(), type.get(), text.data(), doing);
}

std::int64_t read_number_attribute(hid_t object, const char* name, const std::string& doing) {
  const Hdf5Attribute attribute = open_attribute(object, name, doing);
  const Hdf5Type type(H5Aget_type(attribute.get()), doing);
  if (H5Tequal(type.get(), H5T_STD_I64LE) <= 0)
    refuse_content(doing, sentence("the attribute '{0}' is no 64-bit number", {name}));
  std::int64_t number = 0;
  hdf5_check(H5Aread(attribute.get(), H5T_NATIVE_INT64, &number), doing);
  return number;
}

std::string read_text_attribute(hid_t object, const char* name, const std::string& doing) {
  const Hdf5Attribute attribute = open_attribute(object, name, doing);
  const Hdf5Type type(H5Aget_type(attribute.get()), doing);
  const std::size_t bytes = H5Tget_size(type.get());
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || bytes == 0 ||
      bytes > kLongestText)
    refuse_content(doing, sentence("the attribute '{0}' is no text of fixed length", {name}));
  std::string text(bytes, '\0');
  hdf5_check(H5Aread(attribute.get(), type.get(), text.data()), doing);
  return text.substr(0, text.find('\0'));
}

}  // namespace lockstep
