// SPDX-License-Identifier: Apache-2.0
// Memory that other processes of this machine can map. It has no name in any file system, so
// nothing is left behind however a process ends, and the size of /dev/shm does not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

class SharedMemory {
 public:
  // How another process of the same user finds it.
  struct Address {
    std::int64_t process = 0;
    std::int64_t descriptor = 0;
    std::int64_t bytes = 0;
    std::uint64_t mark = 0;  // that it is what was meant: numbers of processes are used again
  };

  // Zeros, which take memory once they are touched. Throws Error(communication) where the system
  // gives none.
  static SharedMemory create(std::size_t bytes);
  // The memory of another process, read-only. It stays readable when that process ends. Throws
  // Error(communication) if it cannot be read from here.
  static SharedMemory open(const Address& address);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&&) = delete;
  ~SharedMemory();

  // Where others find it, until close().
  Address address() const;
  // No others will open it.
  void close();

  // At the start of a page.
  std::byte* data() const;
  std::size_t bytes() const { return bytes_; }

 private:
  SharedMemory(int descriptor, std::size_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
  void map(int protection);
  std::uint64_t mark() const;

  int descriptor_ = -1;
  std::size_t bytes_ = 0;
  std::byte* mapping_ = nullptr;  // a page with the mark, then the memory
};

}  // namespace lockstep
