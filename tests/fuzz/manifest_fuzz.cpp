// SPDX-License-Identifier: Apache-2.0
// Manifests with a check that fits, so that the changes reach what reads them.
#include "base/digest.h"
#include "checkpoint/manifest.h"
#include "checkpoint/sample_set.h"
#include "fuzz/fuzz_target.h"
#include "fuzz/json_variants.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

constexpr const char* kCheck = "  \"check\": \"";

// Up to its check, of which the end of the object is part.
std::string without_check(std::string json) {
  json.resize(json.size() - 1);
  return json + ",\n";
}

}  // namespace

std::vector<std::string> first_inputs() {
  const TempDirectory folder;
  const std::string text = manifest_to_json(write_sample_set(folder.path(), sample_layout(), 2));
  const std::string object = text.substr(0, text.rfind(",\n" + std::string(kCheck))) + "\n}";
  std::vector<std::string> inputs;
  for (const std::string& variant : json_variants(object)) inputs.push_back(without_check(variant));
  return inputs;
}

void read_input(const std::string& input) {
  Manifest manifest;
  const std::string text = input + kCheck + digest_of(input) + "\"\n}\n";
  if (!reads(ErrorKind::checkpoint, [&] { manifest = manifest_from_json(text, "reading it"); }))
    return;
  const std::string written = manifest_to_json(manifest);
  must_hold(manifest_to_json(manifest_from_json(written, "reading it again")) == written,
            "a manifest is another one when it has been read and written");
}

}  // namespace lockstep::test
