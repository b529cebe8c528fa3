// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_shard.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/sentence.h"
#include "checkpoint/hdf5_attributes.h"
#include "checkpoint/hdf5_image.h"

namespace lockstep {
namespace {

constexpr const char* kFormat = "lockstep shard";
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kDigestBytes = sizeof(Digest128);
constexpr std::int64_t kMostElements = std::int64_t{1} << 56;  // so that bytes fit into 64 bits

// One of the datasets of a shard: which array it belongs to, and what is in it.
struct DatasetPlan {
  StateArray array = StateArray::parameters;
  std::string name;
  std::vector<hsize_t> extents;
  hid_t type = H5I_INVALID_HID;
  std::int64_t bytes = 0;
};

DatasetPlan values_plan(StateArray array, ElementRange range) {
  return {.array = array,
          .name = std::string(name_of(array)),
          .extents = {static_cast<hsize_t>(range.count())},
          .type = H5T_IEEE_F32LE,
          .bytes = range.count() * std::int64_t{sizeof(float)}};
}

DatasetPlan digests_plan(StateArray array, ElementRange range) {
  const std::int64_t chunks = chunk_count(range.count());
  return {.array = array,
          .name = std::string(name_of(array)) + "_digests",
          .extents = {static_cast<hsize_t>(chunks), static_cast<hsize_t>(kDigestBytes)},
          .type = H5T_STD_U8LE,
          .bytes = chunks * kDigestBytes};
}

// HDF5 has no place for values that are not there.
std::int64_t place_of(const Hdf5Dataset& dataset, std::int64_t bytes, const std::string& doing) {
  if (bytes == 0) return 0;
  const haddr_t offset = H5Dget_offset(dataset.get());
  if (offset == HADDR_UNDEF) throw hdf5_error(doing);
  return static_cast<std::int64_t>(offset);
}

// The place is fixed here and now, and HDF5 writes nothing to it.
Hdf5Properties fixed_place(const std::string& doing) {
  Hdf5Properties create = timeless_properties(H5P_DATASET_CREATE, doing);
  hdf5_check(H5Pset_layout(create.get(), H5D_CONTIGUOUS), doing);
  hdf5_check(H5Pset_alloc_time(create.get(), H5D_ALLOC_TIME_EARLY), doing);
  hdf5_check(H5Pset_fill_time(create.get(), H5D_FILL_TIME_NEVER), doing);
  return create;
}

std::int64_t create_dataset(hid_t file, const DatasetPlan& plan, ElementRange range,
                            const std::string& doing) {
  const Hdf5Dataspace space(
      H5Screate_simple(static_cast<int>(plan.extents.size()), plan.extents.data(), nullptr), doing);
  const Hdf5Properties create = fixed_place(doing);
  const Hdf5Dataset dataset(H5Dcreate2(file, plan.name.c_str(), plan.type, space.get(), H5P_DEFAULT,
                                       create.get(), H5P_DEFAULT),
                            doing);
  write_attribute(dataset.get(), "array", std::string(name_of(plan.array)), doing);
  write_attribute(dataset.get(), "first_element", range.first, doing);
  return place_of(dataset, plan.bytes, doing);
}

void write_header(hid_t file, const ShardHeader& header, const std::string& doing) {
  write_attribute(file, "format", std::string(kFormat), doing);
  write_attribute(file, "format_version", kVersion, doing);
  write_attribute(file, "step", header.step, doing);
  write_attribute(file, "shard", header.shard, doing);
  write_attribute(file, "shard_count", header.shard_count, doing);
  write_attribute(file, "elements", header.elements, doing);
  write_attribute(file, "first", header.range.first, doing);
  write_attribute(file, "last", header.range.last, doing);
  write_attribute(file, "chunk_elements", kChunkElements, doing);
  write_attribute(file, "layout_digest", header.layout_digest, doing);
}

void read_format(hid_t file, const std::string& doing) {
  if (read_text_attribute(file, "format", doing) != kFormat)
    refuse_content(doing, sentence("this is no shard"));
  const std::int64_t version = read_number_attribute(file, "format_version", doing);
  if (version != kVersion)
    refuse_content(doing, sentence("it has version {0} of the format, and this program knows {1}",
                                   {version, kVersion}));
  if (read_number_attribute(file, "chunk_elements", doing) != kChunkElements)
    refuse_content(doing, sentence("its chunks are of another size"));
}

ShardHeader read_header(hid_t file, const std::string& doing) {
  const auto number = [&](const char* name) { return read_number_attribute(file, name, doing); };
  return {.shard = number("shard"),
          .shard_count = number("shard_count"),
          .elements = number("elements"),
          .range = {.first = number("first"), .last = number("last")},
          .step = number("step"),
          .layout_digest = read_text_attribute(file, "layout_digest", doing)};
}

bool is_edge(std::int64_t element, std::int64_t elements) {
  return element % kChunkElements == 0 || element == elements;
}

void check_header(const ShardHeader& header, const std::string& doing) {
  const auto& [first, last] = header.range;
  if (header.shard < 0 || header.shard >= header.shard_count)
    refuse_content(doing,
                   sentence("it says it is shard {0} of {1}", {header.shard, header.shard_count}));
  if (first < 0 || last < first || header.elements < last || header.elements > kMostElements ||
      !is_edge(first, header.elements) || !is_edge(last, header.elements))
    refuse_content(doing, sentence("it says it has the elements {0} to {1} of {2}",
                                   {first, last, header.elements}));
}

bool has_extents(const Hdf5Dataset& dataset, const std::vector<hsize_t>& extents,
                 const std::string& doing) {
  const Hdf5Dataspace space(H5Dget_space(dataset.get()), doing);
  std::vector<hsize_t> found(extents.size());
  if (H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(extents.size())) return false;
  hdf5_check(H5Sget_simple_extent_dims(space.get(), found.data(), nullptr), doing);
  return found == extents;
}

void check_dataset(const Hdf5Dataset& dataset, const DatasetPlan& plan, ElementRange range,
                   const std::string& doing) {
  const Hdf5Type type(H5Dget_type(dataset.get()), doing);
  const Hdf5Properties create(H5Dget_create_plist(dataset.get()), doing);
  if (H5Tequal(type.get(), plan.type) <= 0)
    refuse_content(doing, sentence("its values are of another type"));
  if (!has_extents(dataset, plan.extents, doing))
    refuse_content(doing, sentence("it is of another size"));
  if (H5Pget_layout(create.get()) != H5D_CONTIGUOUS)
    refuse_content(doing, sentence("it is not contiguous"));
  if (read_text_attribute(dataset.get(), "array", doing) != name_of(plan.array))
    refuse_content(doing, sentence("it belongs to another array"));
  if (read_number_attribute(dataset.get(), "first_element", doing) != range.first)
    refuse_content(doing, sentence("it begins at another element"));
}

std::int64_t read_dataset(hid_t file, const DatasetPlan& plan, ElementRange range,
                          std::int64_t file_bytes, const std::string& doing_file) {
  const std::string doing = sentence("{0}: the dataset '{1}'", {doing_file, plan.name});
  const Hdf5Dataset dataset(H5Dopen2(file, plan.name.c_str(), H5P_DEFAULT), doing);
  check_dataset(dataset, plan, range, doing);
  const std::int64_t place = place_of(dataset, plan.bytes, doing);
  if (place < 0 || place > file_bytes - plan.bytes)
    refuse_content(doing, sentence("it reaches beyond the file"));
  return place;
}

// Locks are of no use here, and some file systems have none.
Hdf5File open_to_read(const std::filesystem::path& path, const std::string& doing) {
  const Hdf5Properties access(H5Pcreate(H5P_FILE_ACCESS), doing);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERS_MINOR == 10 && H5_VERS_RELEASE >= 7)
  hdf5_check(H5Pset_file_locking(access.get(), false, true), doing);
#endif
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), doing};
}

std::int64_t size_of(const std::filesystem::path& path, const std::string& doing) {
  struct ::stat status = {};
  if (::stat(path.c_str(), &status) != 0) refuse_content(doing, "stat: " + errno_text(errno));
  if (!S_ISREG(status.st_mode)) refuse_content(doing, sentence("this is no file"));
  return status.st_size;
}

// Values and digests, in the order of the file: what is not HDF5's to write.
std::vector<ByteRange> raw_ranges(const ShardPlaces& places, ElementRange range) {
  std::vector<ByteRange> ranges;
  for (const StateArray array : kStateArrays) {
    ranges.push_back(
        {places.values[array], places.values[array] + values_plan(array, range).bytes});
    ranges.push_back(
        {places.digests[array], places.digests[array] + digests_plan(array, range).bytes});
  }
  std::erase_if(ranges, [](const ByteRange& bytes) { return bytes.first == bytes.last; });
  std::ranges::sort(ranges, {}, &ByteRange::first);
  return ranges;
}

// Fills the image with the structure, and closes it.
ShardPlaces draw_structure(Hdf5Image& image, const ShardHeader& header, const std::string& doing) {
  ShardPlaces places;
  write_header(image.file(), header, doing);
  for (const StateArray array : kStateArrays) {
    const auto create = [&](const DatasetPlan& plan) {
      return create_dataset(image.file(), plan, header.range, doing);
    };
    places.values[array] = create(values_plan(array, header.range));
    places.digests[array] = create(digests_plan(array, header.range));
  }
  image.close();
  places.file_bytes = image.bytes();
  return places;
}

}  // namespace

ShardPlaces create_shard(const std::filesystem::path& path, const ShardHeader& header) {
  const std::string doing = sentence("writing {0}", {path});
  Hdf5Image image(doing);
  const ShardPlaces places = draw_structure(image, header, doing);
  remove_durably(path, ErrorKind::checkpoint);
  SharedFile file(path, ErrorKind::checkpoint);
  image.write_to(file, raw_ranges(places, header.range));
  return places;
}

void check_shard_structure(const std::filesystem::path& path, const ShardHeader& header) {
  const std::string doing = sentence("checking {0}", {path});
  Hdf5Image image(doing);
  const ShardPlaces places = draw_structure(image, header, doing);
  image.compare_with(path, raw_ranges(places, header.range));
}

ShardStructure read_shard_structure(const std::filesystem::path& path) {
  prepare_hdf5();
  const std::string doing = sentence("reading {0}", {path});
  ShardStructure structure;
  structure.places.file_bytes = size_of(path, doing);
  const Hdf5File file = open_to_read(path, doing);
  read_format(file.get(), doing);
  structure.header = read_header(file.get(), doing);
  check_header(structure.header, doing);
  const ElementRange range = structure.header.range;
  for (const StateArray array : kStateArrays) {
    const auto read = [&](const DatasetPlan& plan) {
      return read_dataset(file.get(), plan, range, structure.places.file_bytes, doing);
    };
    structure.places.values[array] = read(values_plan(array, range));
    structure.places.digests[array] = read(digests_plan(array, range));
  }
  return structure;
}

std::string hdf5_version() {
  prepare_hdf5();
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return "hdf5 " + std::to_string(major) + "." + std::to_string(minor) + "." +
         std::to_string(release);
}

}  // namespace lockstep
