// SPDX-License-Identifier: Apache-2.0
#include "text/corpus.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <set>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/sentence.h"
#include "text/utf8.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void fail_reading(const std::string& why) { throw Error(ErrorKind::input, why); }

[[noreturn]] void fail_reaching(const fs::path& path, int error_number) {
  fail_reading(
      sentence("reading the text: {0} is unreachable: {1}", {path, errno_text(error_number)}));
}

std::ifstream open_file(const fs::path& path) {
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    fail_reading(
        sentence("reading the text: {0} cannot be opened: {1}", {path, errno_text(errno)}));
  return stream;
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// The visible files of a tree of folders, each folder once: by its own name if it has one there,
// else by that of the first link to it.
class Tree {
 public:
  explicit Tree(const fs::path& top) {
    std::vector<fs::path> roots = {top};
    while (!roots.empty()) {
      for (const fs::path& root : roots) add(root);
      roots = std::exchange(links_, {});
      std::ranges::sort(roots);
    }
    std::ranges::sort(files_);
  }
  const std::vector<fs::path>& files() const { return files_; }

 private:
  bool is_new(const fs::path& folder) { return seen_.insert(fs::canonical(folder)).second; }

  // Without what is behind links to folders, which comes later.
  void add(const fs::path& root) {
    std::vector<fs::path> folders = {root};
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      if (!is_new(folder)) continue;
      for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (!is_hidden(entry.path())) add_entry(entry, folders);
    }
  }

  void add_entry(const fs::directory_entry& entry, std::vector<fs::path>& folders) {
    if (entry.is_directory())
      (entry.is_symlink() ? links_ : folders).push_back(entry.path());
    else if (entry.is_regular_file())
      files_.push_back(entry.path());
  }

  std::vector<fs::path> files_, links_;
  std::set<fs::path> seen_;
};

std::vector<fs::path> list_folder(const fs::path& folder, const std::string& flag) try {
  std::vector<fs::path> files = Tree(folder).files();
  if (files.empty())
    fail_reading(sentence("reading the text: {0} is a folder without text files; check {1}",
                          {folder, flag}));
  return files;
} catch (const fs::filesystem_error& error) {
  const fs::path& place = error.path1().empty() ? folder : error.path1();
  fail_reading(sentence("reading the text: {0} cannot be listed: {1}",
                        {place, errno_text(error.code().value())}));
}

struct FileFacts {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds changed{};
};

// A time that the clock cannot hold, beyond the year 2262, counts as the last that it can.
std::chrono::nanoseconds changed_at(const fs::path& file) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(file, error);
  if (error == std::errc::value_too_large) return fs::file_time_type::duration::max();
  if (error) throw fs::filesystem_error("last_write_time", file, error);
  return time.time_since_epoch();
}

FileFacts facts_of(const fs::path& file) try {
  return {.bytes = fs::file_size(file), .changed = changed_at(file)};
} catch (const fs::filesystem_error& error) {
  fail_reaching(file, error.code().value());
}

// All of several at once.
void refuse_missing(const std::vector<std::string>& names, const std::string& flag) {
  std::vector<std::string> missing;
  std::error_code error;
  for (const std::string& name : names)
    if (fs::status(name, error).type() == fs::file_type::not_found) missing.push_back(name);
  if (missing.size() < 2) return;
  const std::string last = missing.back();
  missing.pop_back();
  std::string list;
  for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + name;
  fail_reading(
      sentence("reading the text: {0} and {1} do not exist; check {2}", {list, last, flag}));
}

std::vector<fs::path> list_name(const fs::path& path, const std::string& flag) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  switch (status.type()) {
    case fs::file_type::regular: return {path};
    case fs::file_type::directory: return list_folder(path, flag);
    case fs::file_type::not_found:
      fail_reading(sentence("reading the text: {0} does not exist; check {1}", {path, flag}));
    case fs::file_type::none: fail_reaching(path, error.value());
    default:
      fail_reading(sentence("reading the text: {0} is neither a file nor a folder; check {1}",
                            {path, flag}));
  }
}

}  // namespace

std::vector<fs::path> list_text_files(const std::vector<std::string>& names,
                                      const std::string& flag) {
  if (names.empty())
    fail_reading(sentence("reading the text: no file is named; give one with {0}", {flag}));
  refuse_missing(names, flag);
  std::vector<fs::path> files;
  for (const std::string& name : names) {
    const std::vector<fs::path> listed = list_name(name, flag);
    files.insert(files.end(), listed.begin(), listed.end());
  }
  // Here, and not hours later when the reader comes to the last file.
  for (const fs::path& file : files) open_file(file);
  return files;
}

std::string corpus_fingerprint(const std::vector<fs::path>& files) {
  std::string facts;
  for (const fs::path& file : files) {
    const FileFacts fact = facts_of(file);
    facts += file.string() + '\0' + std::to_string(fact.bytes) + '\0' +
             std::to_string(fact.changed.count()) + '\0';
  }
  return "corpus-" + digest_of(facts);
}

std::uint64_t corpus_bytes(const std::vector<fs::path>& files) {
  std::uint64_t bytes = 0;
  for (const fs::path& file : files) bytes += facts_of(file).bytes;
  return bytes;
}

CorpusReader::CorpusReader(std::vector<fs::path> files, std::size_t piece_bytes)
    : files_(std::move(files)), piece_bytes_(piece_bytes) {
  assert(piece_bytes >= 4);
}

std::optional<std::string_view> CorpusReader::next() {
  for (;;) {
    text_.erase(0, handed_);
    text_offset_ += static_cast<std::int64_t>(std::exchange(handed_, 0));
    if (!file_ended_) fill();
    if (!text_.empty()) {
      handed_ = piece_end();
      const std::string_view piece = std::string_view(text_).substr(0, handed_);
      check_utf8(piece);
      return piece;
    }
    if (next_file_ == files_.size()) return std::nullopt;
    open_next_file();
  }
}

void CorpusReader::open_next_file() {
  stream_ = open_file(files_[next_file_++]);
  file_ended_ = false;
  text_offset_ = 0;
  fill();
  if (text_.starts_with(kByteOrderMark)) handed_ = kByteOrderMark.size();
}

void CorpusReader::fill() {
  const std::size_t held = text_.size();
  text_.resize(piece_bytes_);
  stream_.read(text_.data() + held, static_cast<std::streamsize>(piece_bytes_ - held));
  if (stream_.bad())
    fail_reading(
        sentence("reading the text: {0} cannot be read: {1}", {file(), errno_text(errno)}));
  text_.resize(held + static_cast<std::size_t>(stream_.gcount()));
  file_ended_ = text_.size() < piece_bytes_;
}

std::size_t CorpusReader::piece_end() const {
  if (file_ended_) return text_.size();
  const std::size_t newline = text_.rfind('\n');
  if (newline != std::string::npos) return newline + 1;
  return complete_utf8_end(text_);
}

void CorpusReader::check_utf8(std::string_view piece) const {
  const std::optional<std::size_t> invalid = find_invalid_utf8(piece);
  if (!invalid) return;
  const std::int64_t offset = text_offset_ + static_cast<std::int64_t>(*invalid);
  fail_reading(
      sentence("reading the text: {0} is not UTF-8 text: byte {1} begins no valid character; "
               "convert or unpack the file",
               {file(), offset}));
}

}  // namespace lockstep
