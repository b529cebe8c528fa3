// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_model.h"

#include <algorithm>
#include <limits>

#include "base/file.h"
#include "base/sentence.h"
#include "checkpoint/hdf5_image.h"
#include "checkpoint/state_digests.h"
#include "tensors/boxes.h"

namespace lockstep {
namespace {

using Extents = std::vector<hsize_t>;

Extents extents_of(const std::vector<std::int64_t>& counts) {
  return {counts.begin(), counts.end()};
}

std::string group_of(StateArray array) {
  return array == StateArray::parameters ? "model" : std::string(name_of(array));
}

Hdf5Dataspace space_of(const Extents& extents, const std::string& doing) {
  if (extents.empty()) return {H5Screate(H5S_SCALAR), doing};
  return {H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), doing};
}

void select(const Hdf5Dataspace& space, const Extents& first, const Extents& count,
            const std::string& doing) {
  hdf5_check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, first.data(), nullptr, count.data(),
                                 nullptr),
             doing);
}

// One virtual dataset in the making.
class TensorView {
 public:
  TensorView(StateArray array, const FlatTensor& tensor, std::string doing)
      : array_(array),
        tensor_(tensor),
        doing_(std::move(doing)),
        space_(space_of(extents_of(tensor.spec.shape), doing_)),
        create_(timeless_properties(H5P_DATASET_CREATE, doing_)) {
    // A shard that is not there must not look like zeros.
    const float missing = std::numeric_limits<float>::quiet_NaN();
    hdf5_check(H5Pset_fill_value(create_.get(), H5T_NATIVE_FLOAT, &missing), doing_);
  }

  // Shows the elements that the shard has of this tensor.
  void map(const ShardRecord& shard) {
    const std::int64_t end = tensor_.offset + tensor_.elements;
    const std::int64_t first = std::max(tensor_.offset, shard.range.first);
    const std::int64_t last = std::min(end, shard.range.last);
    if (first >= last) return;
    std::int64_t place = first - shard.range.first;
    for (const Box& box :
         boxes_of(tensor_.spec.shape, {first - tensor_.offset, last - tensor_.offset}))
      place += map_box(shard, box, place);
  }

  void create(hid_t file, const Hdf5Properties& links) const {
    const std::string name = group_of(array_) + "/" + tensor_.spec.name;
    const Hdf5Dataset dataset(H5Dcreate2(file, name.c_str(), H5T_IEEE_F32LE, space_.get(),
                                         links.get(), create_.get(), H5P_DEFAULT),
                              doing_);
  }

 private:
  // The box begins at element `place` of the shard. Returns its elements.
  std::int64_t map_box(const ShardRecord& shard, const Box& box, std::int64_t place) {
    const std::int64_t elements = element_count(box.count);
    const Hdf5Dataspace source = space_of({static_cast<hsize_t>(shard.range.count())}, doing_);
    select(source, {static_cast<hsize_t>(place)}, {static_cast<hsize_t>(elements)}, doing_);
    if (!box.first.empty()) select(space_, extents_of(box.first), extents_of(box.count), doing_);
    hdf5_check(H5Pset_virtual(create_.get(), space_.get(), shard.file.c_str(),
                              std::string(name_of(array_)).c_str(), source.get()),
               doing_);
    return elements;
  }

  StateArray array_;
  const FlatTensor& tensor_;
  std::string doing_;
  Hdf5Dataspace space_;
  Hdf5Properties create_;
};

Hdf5Properties link_properties(const std::string& doing) {
  Hdf5Properties links(H5Pcreate(H5P_LINK_CREATE), doing);
  hdf5_check(H5Pset_create_intermediate_group(links.get(), 1), doing);
  hdf5_check(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), doing);
  return links;
}

void add_views(hid_t file, const FlatLayout& layout, const std::vector<ShardRecord>& shards,
               const std::string& doing) {
  const Hdf5Properties links = link_properties(doing);
  const Hdf5Properties group = timeless_properties(H5P_GROUP_CREATE, doing);
  for (const StateArray array : kStateArrays) {
    const Hdf5Group made(
        H5Gcreate2(file, group_of(array).c_str(), links.get(), group.get(), H5P_DEFAULT), doing);
    for (const FlatTensor& tensor : layout.tensors()) {
      TensorView view(array, tensor, sentence("{0}: the tensor '{1}'", {doing, tensor.spec.name}));
      for (const ShardRecord& shard : shards) view.map(shard);
      view.create(file, links);
    }
  }
}

}  // namespace

void write_model_file(const std::filesystem::path& path, const FlatLayout& layout,
                      const std::vector<ShardRecord>& shards) {
  const std::string doing = sentence("writing {0}", {path});
  Hdf5Image image(doing);
  add_views(image.file(), layout, shards, doing);
  image.close();
  remove_durably(path, ErrorKind::checkpoint);
  SharedFile file(path, ErrorKind::checkpoint);
  image.write_to(file, {});
}

void check_model_file(const std::filesystem::path& path, const FlatLayout& layout,
                      const std::vector<ShardRecord>& shards) {
  const std::string doing = sentence("checking {0}", {path});
  Hdf5Image image(doing);
  add_views(image.file(), layout, shards, doing);
  image.close();
  image.compare_with(path, {});
}

}  // namespace lockstep
