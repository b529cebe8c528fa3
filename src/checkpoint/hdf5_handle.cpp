// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hdf5_handle.h"

#include <cstdlib>
#include <string_view>

namespace lockstep {
namespace {

// The innermost failure is the cause; those around it say only who passed it on.
herr_t take_first(unsigned place, const H5E_error2_t* error, void* text) noexcept {
  if (place == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

// HDF5 has the errno of a failed system call in the middle of a sentence.
int errno_in(std::string_view text) {
  constexpr std::string_view kMark = "errno = ";
  const std::size_t place = text.find(kMark);
  if (place == std::string_view::npos) return 0;
  return std::atoi(std::string(text.substr(place + kMark.size())).c_str());
}

}  // namespace

void prepare_hdf5() {
  // At the end HDF5 closes what is open, and crashes on a file that it could not close before. We
  // leave nothing open that could be lost.
  [[maybe_unused]] static const herr_t once = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Error hdf5_error(const std::string& doing) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
  H5Eclear2(H5E_DEFAULT);
  if (reason.empty()) reason = sentence("no reason given");
  const int error_number = errno_in(reason);
  return {ErrorKind::checkpoint,
          doing + ": HDF5: " + (error_number == 0 ? reason : errno_text(error_number))};
}

void refuse_content(const std::string& doing, const std::string& found) {
  throw Error(ErrorKind::checkpoint, doing + ": " + found);
}

Hdf5Properties timeless_properties(hid_t kind, const std::string& doing) {
  Hdf5Properties create(H5Pcreate(kind), doing);
  hdf5_check(H5Pset_obj_track_times(create.get(), false), doing);
  return create;
}

}  // namespace lockstep
