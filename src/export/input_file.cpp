// SPDX-License-Identifier: Apache-2.0
#include "export/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/sentence.h"

namespace lockstep {

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail("open: " + errno_text(errno));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    fail(sentence("not a regular file"));
  }
  descriptor_ = descriptor;
  bytes_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

std::string InputFile::subject(const std::string& part) const {
  return sentence("reading {0}: {1}", {path_, part});
}

void InputFile::fail(const std::string& found) const {
  throw Error(ErrorKind::checkpoint, subject(found));
}

void InputFile::check_inside(std::uint64_t offset, std::uint64_t count) const {
  if (offset > bytes_ || count > bytes_ - offset)
    fail(sentence("the archive points beyond the end of the file: it is truncated or damaged"));
}

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> destination) const {
  check_inside(offset, destination.size());
  const std::ptrdiff_t count =
      lockstep::read_at(descriptor_, static_cast<std::int64_t>(offset), destination);
  if (count < 0) fail("read: " + errno_text(errno));
  if (count < std::ssize(destination)) fail(sentence("the file became shorter while it was read"));
}

std::string InputFile::read_at(std::uint64_t offset, std::uint64_t count) const {
  check_inside(offset, count);
  std::string bytes(count, '\0');
  read_at(offset, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace lockstep
