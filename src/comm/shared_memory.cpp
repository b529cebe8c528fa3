// SPDX-License-Identifier: Apache-2.0
#include "comm/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr std::size_t kHeaderBytes = 4096;

[[noreturn]] void fail_creating(const char* call) {
  throw Error(ErrorKind::communication,
              sentence("sharing memory with the ranks of this machine: {0}: {1}",
                       {call, errno_text(errno)}));
}

[[noreturn]] void fail_opening(const std::string& path, const std::string& found) {
  throw Error(
      ErrorKind::communication,
      sentence("reading the memory of another rank of this machine: {0}: {1}", {path, found}));
}

std::uint64_t new_mark_bits() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

SharedMemory SharedMemory::create(std::size_t bytes) {
  const int descriptor = ::memfd_create("lockstep", MFD_CLOEXEC);
  if (descriptor < 0) fail_creating("memfd_create");
  SharedMemory memory(descriptor, bytes);
  if (::ftruncate(descriptor, static_cast<off_t>(kHeaderBytes + bytes)) != 0)
    fail_creating("ftruncate");
  memory.map(PROT_READ | PROT_WRITE);
  const std::uint64_t mark = new_mark_bits();
  std::memcpy(memory.mapping_, &mark, sizeof mark);
  return memory;
}

SharedMemory SharedMemory::open(const Address& address) {
  const std::string path =
      "/proc/" + std::to_string(address.process) + "/fd/" + std::to_string(address.descriptor);
  // It may be anything of a process with the same number: a pipe, whose writer would be waited for.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) fail_opening(path, errno_text(errno));
  SharedMemory memory(descriptor, static_cast<std::size_t>(address.bytes));
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) fail_opening(path, "fstat: " + errno_text(errno));
  const bool fits = facts.st_size == static_cast<off_t>(kHeaderBytes + memory.bytes_);
  if (fits) memory.map(PROT_READ);
  if (!fits || memory.mark() != address.mark)
    fail_opening(path, sentence("it is another process's"));
  memory.close();
  return memory;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_(other.bytes_),
      mapping_(std::exchange(other.mapping_, nullptr)) {}

SharedMemory::~SharedMemory() {
  if (mapping_ != nullptr) ::munmap(mapping_, kHeaderBytes + bytes_);
  close();
}

SharedMemory::Address SharedMemory::address() const {
  return {.process = ::getpid(),
          .descriptor = descriptor_,
          .bytes = static_cast<std::int64_t>(bytes_),
          .mark = mark()};
}

void SharedMemory::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

std::byte* SharedMemory::data() const { return mapping_ + kHeaderBytes; }

void SharedMemory::map(int protection) {
  void* const mapping =
      ::mmap(nullptr, kHeaderBytes + bytes_, protection, MAP_SHARED, descriptor_, 0);
  if (mapping == MAP_FAILED)
    throw Error(ErrorKind::communication,
                sentence("mapping {0} bytes of memory shared with the ranks of this machine: {1}",
                         {bytes_, errno_text(errno)}));
  mapping_ = static_cast<std::byte*>(mapping);
}

std::uint64_t SharedMemory::mark() const {
  std::uint64_t mark = 0;
  std::memcpy(&mark, mapping_, sizeof mark);
  return mark;
}

}  // namespace lockstep
