// SPDX-License-Identifier: Apache-2.0
#include "fuzz/json_variants.h"

#include <nlohmann/json.hpp>
#include <set>

namespace lockstep::test {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<Json>& others() {
  static const std::vector<Json> all = {nullptr,
                                        true,
                                        0,
                                        -1,
                                        1.5,
                                        1e308,
                                        9223372036854775807,
                                        18446744073709551615U,
                                        "",
                                        "text",
                                        "nan",
                                        Json::array(),
                                        Json::object(),
                                        {1, "a"},
                                        {{"a", 1}}};
  return all;
}

// "/a/b/0", "/a/b" and "/a" of a value at the first of them.
std::set<std::string> places_in(const Json& document) {
  std::set<std::string> places;
  const Json leaves = document.flatten();
  for (const auto& [leaf, value] : leaves.items())
    for (std::string place = leaf; !place.empty(); place.resize(place.rfind('/')))
      places.insert(place);
  return places;
}

}  // namespace

std::vector<std::string> json_variants(const std::string& json) {
  const Json document = Json::parse(json);
  std::vector<std::string> variants;
  for (const std::string& place : places_in(document)) {
    for (const Json& other : others()) {
      Json variant = document;
      variant[Json::json_pointer(place)] = other;
      variants.push_back(variant.dump());
    }
  }
  return variants;
}

}  // namespace lockstep::test
