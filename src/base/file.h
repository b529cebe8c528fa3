// SPDX-License-Identifier: Apache-2.0
// Files that survive a power cut. The rules of fsync and rename live here and nowhere else:
// bytes are written to a draft beside their name, made durable, renamed, and the folder is made
// durable too; before the rename the old file stands, after it the new one. All functions throw
// Error(kind) naming the path, the call and the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/direct_writer.h"
#include "base/error.h"

namespace lockstep {

// What is at `path`, links followed; not_found where nothing is, or where a link leads to nothing.
// Throws for what cannot be looked at: a link to itself, a folder that is closed to this user, a
// name that is too long.
std::filesystem::file_type type_at(const std::filesystem::path& path, ErrorKind kind);
// The same, links not followed.
std::filesystem::file_type type_of_name(const std::filesystem::path& path, ErrorKind kind);
bool is_there(const std::filesystem::path& path, ErrorKind kind);
// The same, or a link to nothing.
bool is_name_taken(const std::filesystem::path& path, ErrorKind kind);
// False only where nothing is: what cannot be looked at says why when it is opened.
bool may_be_there(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path, ErrorKind kind);
// The bytes of a file that must be there.
std::int64_t bytes_in(const std::filesystem::path& path, ErrorKind kind);
// The same text for one file on all hosts that share its file system; another for a copy of it.
std::string file_identity(const std::filesystem::path& path, ErrorKind kind);

// The whole file as bytes.
std::string read_file(const std::filesystem::path& path, ErrorKind kind);

// As ::pread, which may stop early: fewer bytes than asked for are all there are before the end of
// the file. -1, with errno, on failure.
std::ptrdiff_t read_at(int descriptor, std::int64_t offset, std::span<std::byte> bytes);

// A file that does not exist under its name until commit(). Without a commit the draft is removed.
class DraftFile {
 public:
  DraftFile(std::filesystem::path path, ErrorKind kind);
  ~DraftFile();
  DraftFile(const DraftFile&) = delete;
  DraftFile& operator=(const DraftFile&) = delete;

  // Appends; short writes are completed, EINTR is retried.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes) { write(std::as_bytes(std::span(bytes))); }
  // Overwrites bytes already written (a header that needs the final counts).
  void write_at(std::int64_t offset, std::span<const std::byte> bytes);
  std::int64_t bytes_written() const { return bytes_written_; }
  // Makes the whole draft share the blocks of `file`, as far as the file system knows how. False,
  // with nothing done, where it does not.
  bool clone(const std::filesystem::path& file);

  // fsync, rename over the name, fsync of the folder: the file exists now, whole.
  void commit();

 private:
  [[noreturn]] void fail(const std::string& call, int error_number) const;

  std::filesystem::path path_;
  std::filesystem::path draft_path_;
  ErrorKind kind_;
  int descriptor_ = -1;
  std::int64_t bytes_written_ = 0;
};

// DraftFile for bytes at hand.
void write_durably(const std::filesystem::path& path, std::string_view bytes, ErrorKind kind);

// Eight hexadecimal digits that no other process picks: drafts of a crashed run must not be
// mistaken for ours.
std::string new_mark();
// The name of a draft of `path`, beside it.
std::filesystem::path draft_path_for(const std::filesystem::path& path);
// Whether a file name is a draft of this module, left behind by a crash.
bool is_draft_name(std::string_view file_name);

// Makes `name` another name of `file`, replacing what had that name, durably. Falls back to a copy,
// of shared blocks if possible, where the file system knows no hard links, and says so by returning
// false.
bool link_durably(const std::filesystem::path& file, const std::filesystem::path& name,
                  ErrorKind kind);

// Removes the file, durably; a missing file is fine. Returns whether there was one.
bool remove_durably(const std::filesystem::path& path, ErrorKind kind);

// Creates the folder and its parents; a folder that exists is fine.
void make_directory(const std::filesystem::path& path, ErrorKind kind);

// A file that several processes fill at the same time, each its own bytes. It lies in a folder that
// is a draft, which is what is renamed; so it has its final name from the start.
class SharedFile {
 public:
  // Opens the file, or creates it; what is in it stays.
  SharedFile(std::filesystem::path path, ErrorKind kind);
  // A file that has no name before appear(), so that a process that is killed leaves nothing of it.
  // nullptr where the file system, or the system, knows none.
  static std::unique_ptr<SharedFile> without_name(std::filesystem::path path, ErrorKind kind);
  ~SharedFile();
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  // Takes the space of the bytes from 0 to `bytes` now, so that a full disk is noticed before
  // anything is written; the message says how many bytes are missing. File systems that cannot take
  // space give the file its length alone: a host that believes a file of others to be shorter fills
  // the rest of a page that it writes into with zeros.
  void reserve(std::int64_t bytes);
  // Short writes are completed, EINTR is retried. The disk begins with large writes at once.
  void write_at(std::int64_t offset, std::span<const std::byte> bytes);
  // fsync and close: what this process wrote is durable once the file's folder is.
  void finish();
  // The end of a file without a name: it is durable, and replaces what is at its path.
  void appear();

 private:
  SharedFile(std::filesystem::path path, ErrorKind kind, int descriptor);
  void lengthen(std::int64_t bytes);
  void sync();
  void close();
  std::int64_t write_some(std::int64_t offset, std::span<const std::byte> bytes);
  [[noreturn]] void fail(const std::string& call, int error_number) const;

  std::filesystem::path path_;
  ErrorKind kind_;
  int descriptor_ = -1;
  std::optional<DirectWriter> direct_;  // for the large writes
};

// fsync of a file that a library wrote, by its name.
void sync_file(const std::filesystem::path& path, ErrorKind kind);

// fsync of a folder: the names in it are durable.
void sync_directory(const std::filesystem::path& path, ErrorKind kind);

// Renames a file and makes that durable; both names lie in the same folder. A file `to` is
// replaced.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                    ErrorKind kind);
// The same for a folder, to a name that is free: an existing folder that is not empty is refused by
// the system. After a failure it has the name it had.
void rename_folder_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                           ErrorKind kind);

// Swaps the names of two folders in one step, durably. False, with nothing done, where the file
// system cannot. After a failure both have the names they had.
bool exchange_durably(const std::filesystem::path& one, const std::filesystem::path& other,
                      ErrorKind kind);

// Makes `link` a symbolic link to `target` (taken as it is), replacing a link of that name in one
// step, durably. Does nothing if it is one already. False, with nothing done, where the file system
// knows no symbolic links, or something else has the name.
bool point_durably(const std::filesystem::path& link, const std::string& target, ErrorKind kind);

// Removes a folder and all in it, durably; a missing one is fine. Symbolic links are removed, never
// followed.
void remove_directory_durably(const std::filesystem::path& path, ErrorKind kind);

}  // namespace lockstep
