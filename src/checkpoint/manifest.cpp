// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/manifest.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/json_depth.h"
#include "base/sentence.h"
#include "checkpoint/names.h"
#include "checkpoint/state_digests.h"

namespace lockstep {
namespace {

using json = nlohmann::ordered_json;
constexpr const char* kDtype = "float32";
// Bytes of all arrays of a layout can be counted in 64 bits.
constexpr std::int64_t kMaxElements = std::numeric_limits<std::int64_t>::max() / 64;

// The last line of a manifest, and the end of the object. Every version ends like this.
std::string check_lines(const std::string& before) {
  return "  \"check\": \"" + digest_of(before) + "\"\n}\n";
}

std::string plain(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string one_line(const json& value) {
  if (!value.is_structured()) return plain(value);
  std::string text;
  for (const auto& [key, element] : value.items()) {
    if (!text.empty()) text += ", ";
    if (value.is_object()) text += plain(key) + ": ";
    text += one_line(element);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

// An entry a line; lists of numbers or texts, and the objects in a list, are one line each.
std::string lines_of(const json& value, const std::string& indent = "") {
  const bool is_list_of_objects = value.is_array() && !value.empty() && value[0].is_structured();
  if (value.empty() || !(value.is_object() || is_list_of_objects)) return one_line(value);
  const std::string deeper = indent + "  ";
  std::string text;
  for (const auto& [key, element] : value.items()) {
    text += (text.empty() ? "\n" : ",\n") + deeper;
    text += value.is_object() ? plain(key) + ": " + lines_of(element, deeper) : one_line(element);
  }
  return (value.is_object() ? "{" : "[") + text + "\n" + indent + (value.is_object() ? "}" : "]");
}

json rate_to_json(double rate) {
  return std::isfinite(rate) ? json(rate) : json(std::to_string(rate));
}

double rate_from_json(const json& value) {
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

json tensors_to_json(const FlatLayout& layout) {
  json list = json::array();
  for (const FlatTensor& tensor : layout.tensors())
    list.push_back({{"name", tensor.spec.name},
                    {"shape", json(tensor.spec.shape)},
                    {"offset", tensor.offset}});
  return list;
}

json shards_to_json(const std::vector<ShardRecord>& shards) {
  json list = json::array();
  for (const ShardRecord& shard : shards)
    list.push_back({{"file", shard.file},
                    {"first", shard.range.first},
                    {"last", shard.range.last},
                    {"bytes", shard.bytes},
                    {"digest", shard.digest}});
  return list;
}

json array_names() {
  json list = json::array();
  for (const StateArray array : kStateArrays) list.push_back(name_of(array));
  return list;
}

json to_json(const Manifest& manifest) {
  const json state = json::parse(train_state_to_json(manifest.state));
  json object;
  object["format_version"] = kManifestVersion;
  object["set"] = manifest.set;
  object["saved_at"] = manifest.saved_at;
  object["made_by"] = manifest.made_by;
  object["root"] = manifest.root;
  object["world_size"] = manifest.shards.size();
  object["seed"] = state.value("/run_config/train/seed"_json_pointer, json());
  object["learning_rate"] = rate_to_json(manifest.learning_rate);
  object["tokenizer"] = {{"kind", manifest.tokenizer_kind},
                         {"file", names::kTokenizerFile},
                         {"digest", manifest.tokenizer_digest}};
  object["publish"] = {{"pt_names", json(manifest.publish.pt_names)},
                       {"save_every_epoch", manifest.publish.save_every_epoch},
                       {"keep_last_n", manifest.publish.keep_last_n}};
  object["state"] = state;
  object["arrays"] = array_names();
  object["dtype"] = kDtype;
  object["elements"] = manifest.layout.elements();
  object["chunk_elements"] = kChunkElements;
  object["shards"] = shards_to_json(manifest.shards);
  object["tensors"] = tensors_to_json(manifest.layout);
  return object;
}

[[noreturn]] void fail(const std::string& found) { throw Error(ErrorKind::checkpoint, found); }

std::int64_t count_of(const json& value, const std::string& what) {
  // Negative and fractional numbers are of other types.
  if (!value.is_number_unsigned() || !std::in_range<std::int64_t>(value.get<std::uint64_t>()))
    fail(sentence("'{0}' is {1}, which is no count", {what, one_line(value)}));
  return value.get<std::int64_t>();
}

std::int64_t count_at(const json& object, const char* key) { return count_of(object.at(key), key); }

std::string text_at(const json& object, const char* key) {
  return object.at(key).get<std::string>();
}

TensorSpec tensor_from_json(const json& object, std::int64_t& elements) {
  TensorSpec spec{.name = text_at(object, "name"), .shape = {}};
  if (count_at(object, "offset") != elements)
    fail(sentence("the tensor {0} does not begin where the one before it ends", {spec.name}));
  const auto refuse_size = [&] { fail(sentence("the tensor {0} is too big", {spec.name})); };
  std::int64_t product = 1;
  for (const json& extent : object.at("shape")) {
    spec.shape.push_back(count_of(extent, "shape"));
    if (__builtin_mul_overflow(product, spec.shape.back(), &product)) refuse_size();
  }
  if (product > kMaxElements - elements) refuse_size();
  elements += product;
  return spec;
}

FlatLayout layout_from_json(const json& object) {
  std::vector<TensorSpec> specs;
  std::set<std::string> seen;
  std::int64_t elements = 0;
  for (const json& tensor : object.at("tensors")) {
    specs.push_back(tensor_from_json(tensor, elements));
    if (!seen.insert(specs.back().name).second)
      fail(sentence("the tensor {0} is there twice", {specs.back().name}));
  }
  if (count_at(object, "elements") != elements)
    fail(sentence("its tensors have {0} elements in all, and 'elements' is {1}",
                  {elements, one_line(object.at("elements"))}));
  return FlatLayout(specs);
}

std::vector<ShardRecord> shards_from_json(const json& list, std::int64_t elements) {
  std::vector<ShardRecord> shards;
  std::int64_t covered = 0;
  for (const json& entry : list) {
    const ShardRecord shard{.file = text_at(entry, "file"),
                            .range = {count_at(entry, "first"), count_at(entry, "last")},
                            .bytes = count_at(entry, "bytes"),
                            .digest = text_at(entry, "digest")};
    const auto index = static_cast<std::int64_t>(shards.size());
    const std::string name = names::shard_file(index, static_cast<std::int64_t>(list.size()));
    if (shard.file != name) fail(sentence("'{0}' stands where {1} should be", {shard.file, name}));
    const std::int64_t last = shard.range.last;
    if (shard.range.first != covered || last < covered || last > elements)
      fail(sentence("the shards do not cover the elements in order: {0} breaks it", {name}));
    if (last % kChunkElements != 0 && last != elements)
      fail(sentence("{0} does not end at a chunk edge", {name}));
    covered = last;
    shards.push_back(shard);
  }
  if (covered != elements)
    fail(sentence("the shards hold {0} of {1} elements", {covered, elements}));
  return shards;
}

bool is_pt_name(const std::string& name) {
  return name == names::kBest || name == names::kLatest || name == names::kMain ||
         names::parse_epoch_file(name);
}

PublishOrder publish_from_json(const json& object) {
  PublishOrder order{.pt_names = object.at("pt_names").get<std::vector<std::string>>(),
                     .save_every_epoch = object.at("save_every_epoch").get<bool>(),
                     .keep_last_n = count_at(object, "keep_last_n")};
  for (const std::string& name : order.pt_names)
    if (!is_pt_name(name)) fail(sentence("'{0}' is no name of a .pt file of ours", {name}));
  return order;
}

Manifest manifest_of(const json& object) {
  Manifest manifest;
  manifest.set = text_at(object, "set");
  if (!names::parse_set(manifest.set))
    fail(sentence("'{0}' is no name of a checkpoint", {manifest.set}));
  manifest.saved_at = text_at(object, "saved_at");
  manifest.made_by = object.at("made_by").get<std::map<std::string, std::string>>();
  manifest.root = text_at(object, "root");
  manifest.learning_rate = rate_from_json(object.at("learning_rate"));
  manifest.tokenizer_kind = text_at(object.at("tokenizer"), "kind");
  manifest.tokenizer_digest = text_at(object.at("tokenizer"), "digest");
  manifest.publish = publish_from_json(object.at("publish"));
  manifest.state = train_state_from_json(object.at("state").dump());
  if (object.at("arrays") != array_names() || object.at("dtype") != kDtype ||
      object.at("chunk_elements") != kChunkElements)
    fail(sentence("its arrays, dtype or chunk_elements are not those this Lockstep reads"));
  manifest.layout = layout_from_json(object);
  manifest.shards = shards_from_json(object.at("shards"), manifest.layout.elements());
  return manifest;
}

void require_whole(const std::string& text) {
  const std::size_t check_bytes = check_lines("").size();
  if (text.size() <= check_bytes) fail(sentence("it is cut short ({0} bytes)", {text.size()}));
  const std::string before = text.substr(0, text.size() - check_bytes);
  if (text.substr(before.size()) != check_lines(before))
    fail(sentence("its bytes are not those that were written: it is cut short or was changed"));
}

}  // namespace

std::string manifest_to_json(const Manifest& manifest) {
  std::string text = lines_of(to_json(manifest));
  text.resize(text.size() - std::string_view("\n}").size());
  text += ",\n";
  return text + check_lines(text);
}

Manifest manifest_from_json(const std::string& text, const std::string& subject) {
  try {
    require_whole(text);
    if (nests_too_deep(text)) fail(nesting_problem());
    const json object = json::parse(text);
    const std::int64_t version = count_at(object, "format_version");
    if (version > kManifestVersion)
      fail(
          sentence("it was made by a newer Lockstep (format {0}, this one reads up to {1}); use "
                   "that or a later one",
                   {version, kManifestVersion}));
    return manifest_of(object);
  } catch (const json::exception& error) {
    fail(subject + ": " + error.what());
  } catch (const std::logic_error& error) {  // of std::stod
    fail(subject + ": " + sentence("'learning_rate' is no number"));
  } catch (const Error& error) {
    fail(subject + ": " + error.what());
  }
}

}  // namespace lockstep
