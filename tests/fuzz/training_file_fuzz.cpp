// SPDX-License-Identifier: Apache-2.0
// Training files whose pickle is another one, in an archive that is whole.
#include <algorithm>

#include "base/file.h"
#include "export/crc32.h"
#include "export/pickle_writer.h"
#include "export/pt_file.h"
#include "export/samples.h"
#include "export/small_run.h"
#include "export/training_file_reader.h"
#include "export/zip_reader.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/memory_file.h"
#include "fuzz/pt_variants.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

constexpr std::int64_t kMostElements = 1 << 20;

// What a file of a small run consists of.
struct Parts {
  std::string pickle;
  PtValue root;
  std::vector<std::string> storages;
};

Parts parts_of_small_run() {
  const TempDirectory folder;
  const std::filesystem::path path = folder / "run.pt";
  small_run().write(path);
  const ZipReader zip(path);
  Parts parts{.root = PtReader(path).root()};
  for (const ZipEntry& entry : zip.entries()) {
    if (entry.name.ends_with("/data.pkl")) parts.pickle = zip.read(entry);
    if (entry.name.find("/data/") != std::string::npos) parts.storages.push_back(zip.read(entry));
  }
  return parts;
}

const Parts& parts() {
  static const Parts all = parts_of_small_run();
  return all;
}

void write_file(const std::filesystem::path& path, const std::string& pickle) {
  std::vector<PtStorageSize> sizes;
  std::vector<std::uint32_t> crc32s;
  for (const std::string& storage : parts().storages) {
    sizes.push_back({.bytes = std::ssize(storage)});
    crc32s.push_back(crc32_of(std::as_bytes(std::span(storage))));
  }
  const PtArchive archive(std::ssize(pickle), sizes);
  SharedFile file(path, ErrorKind::checkpoint);
  for (std::size_t i = 0; i < sizes.size(); ++i)
    file.write_at(archive.storage_offset(i), std::as_bytes(std::span(parts().storages[i])));
  archive.write_frame(file, pickle, crc32s);
}

void read_small_parts(const std::filesystem::path& path) {
  std::optional<TrainingFile> file;
  if (!reads(ErrorKind::checkpoint, [&] { file.emplace(path); })) return;
  const auto attempt = [](const auto& read) {
    reads(ErrorKind::checkpoint, [&] { static_cast<void>(read()); });
  };
  attempt([&] { return file->summary(); });
  attempt([&] { return file->model_config(); });
  attempt([&] { return file->state(); });
  attempt([&] { return file->history_problem(); });
  attempt([&] { return file->tokenizer(); });
  attempt([&] { return file->root(); });
  attempt([&] { return file->learning_rate(); });
  attempt([&] { return file->optimizer_steps(); });
}

void read_tensors(const std::filesystem::path& path) {
  reads(ErrorKind::checkpoint, [&] {
    const TrainingFileReader reader(path);
    const std::int64_t elements = reader.layout().elements();
    must_hold(elements <= kMostElements, "a small file gives many elements");
    std::vector<float> values(static_cast<std::size_t>(elements));
    for (const StateArray array : kStateArrays)
      if (reader.has(array)) reader.read(array, {0, elements}, values);
  });
}

// As Python's programs write it: without our entry, and with names of wrappers.
PtValue as_python_writes(const PtValue& root) {
  PtDict theirs;
  for (const auto& [key, value] : root.as<PtDict>()->items) {
    const std::string& name = *key.as<std::string>();
    if (name == "lockstep") continue;
    if (name != "model") {
      theirs.set(name == "model_config" ? "model_args" : name, value);
      continue;
    }
    PtDict model;
    for (const auto& [tensor, view] : value.as<PtDict>()->items)
      model.set("module." + *tensor.as<std::string>(), view);
    theirs.set(name, {model});
  }
  return {theirs};
}

}  // namespace

std::vector<std::string> first_inputs() {
  std::vector<std::string> inputs = {parts().pickle};
  for (const PtValue& root : {parts().root, as_python_writes(parts().root)})
    for (const PtValue& variant : pt_variants(root)) inputs.push_back(write_pickle(variant));
  return inputs;
}

void read_input(const std::string& input) {
  const MemoryFile file("");
  write_file(file.path(), input);
  read_small_parts(file.path());
  read_tensors(file.path());
}

}  // namespace lockstep::test
