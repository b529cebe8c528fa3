// SPDX-License-Identifier: Apache-2.0
// HDF5's identifiers with an owner each, and the one way its errors take: they become
// Error(checkpoint). The only header that shows hdf5.h.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/sentence.h"

namespace lockstep {

// From here on HDF5 prints nothing and does nothing when the program ends. The first belongs to the
// thread, so every function that others call begins with this.
void prepare_hdf5();

// `doing` ("reading epoch_0003/model.h5"), then the reason that HDF5 has noted for its last
// failure: that of the system where there is one.
Error hdf5_error(const std::string& doing);

// Throws Error(checkpoint): HDF5 has read it, but `found` is not what we write.
[[noreturn]] void refuse_content(const std::string& doing, const std::string& found);

// For calls that return a negative number when they fail.
inline void hdf5_check(herr_t result, const std::string& doing) {
  if (result < 0) throw hdf5_error(doing);
}

// Owns one identifier. The destructor can only log a failed close, so who writes calls close().
template <herr_t (*Close)(hid_t)>
class Hdf5Handle {
 public:
  Hdf5Handle(hid_t id, const std::string& doing) : id_(id) {
    if (id_ < 0) throw hdf5_error(doing);
  }
  ~Hdf5Handle() {
    if (id_ >= 0 && Close(id_) < 0) log_warning(sentence("HDF5 cannot close an object"));
  }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }

  void close(const std::string& doing) {
    hdf5_check(Close(std::exchange(id_, H5I_INVALID_HID)), doing);
  }
  hid_t get() const noexcept { return id_; }

 private:
  hid_t id_;
};

using Hdf5File = Hdf5Handle<H5Fclose>;
using Hdf5Dataset = Hdf5Handle<H5Dclose>;
using Hdf5Dataspace = Hdf5Handle<H5Sclose>;
using Hdf5Type = Hdf5Handle<H5Tclose>;
using Hdf5Attribute = Hdf5Handle<H5Aclose>;
using Hdf5Group = Hdf5Handle<H5Gclose>;
using Hdf5Properties = Hdf5Handle<H5Pclose>;

// For creating a file, group or dataset that does not keep the time: equal content gives equal
// bytes, so that a damaged file can be told from a whole one.
Hdf5Properties timeless_properties(hid_t kind, const std::string& doing);

}  // namespace lockstep
