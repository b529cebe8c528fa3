// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/digest.h"
#include "base/error.h"
#include "support/deep_json.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// 40,000 elements: two whole chunks and a short one.
Manifest sample() {
  return {.set = "epoch_0003",
          .state = {.epoch = 3,
                    .step = 18756,
                    .lanes = 4,
                    .best_loss = 0.1 + 0.2,
                    .best_epoch = 2,
                    .train_loss = 1.0 / 3.0,
                    .val_loss = 0.5,
                    .history = {{5.0, 4.0, 1.0 / 3.0}, {4.0, 0.1 + 0.2, 0.5}, {1, 2, 3}},
                    .tokens_digest = "00ff",
                    .run_config = R"({"train": {"seed": 1337, "batch_size": 4}})"},
          .learning_rate = 3e-4,
          .layout = FlatLayout({{.name = "wte.weight", .shape = {100, 300}},
                                {.name = "ln.bias", .shape = {9999}},
                                {.name = "scale", .shape = {}}}),
          .shards = {{.file = "shard_00000_of_00003.h5",
                      .range = {0, 16384},
                      .bytes = 200000,
                      .digest = "aa"},
                     {.file = "shard_00001_of_00003.h5",
                      .range = {16384, 16384},
                      .bytes = 3000,
                      .digest = "bb"},
                     {.file = "shard_00002_of_00003.h5",
                      .range = {16384, 40000},
                      .bytes = 300000,
                      .digest = "cc"}},
          .root = "0123456789abcdef",
          .tokenizer_kind = "byte",
          .tokenizer_digest = "ee",
          .publish = {.pt_names = {"model_epoch_3.pt", "model.pt", "latest.pt"},
                      .save_every_epoch = false,
                      .keep_last_n = 7},
          .made_by = {{"lockstep", "1.0"}, {"hdf5", "1.10.8"}},
          .saved_at = "2026-01-02T03:04:05Z"};
}

Manifest read(const std::string& text) { return manifest_from_json(text, "reading it"); }

std::string problem_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    EXPECT_THAT(error.what(), StartsWith("reading it: "));
    return error.what();
  }
  return "nothing";
}

// The manifest with `from` replaced by `to`, and a check that fits.
std::string forged(const std::string& from, const std::string& to) {
  std::string text = manifest_to_json(sample());
  const std::size_t place = text.find(from);
  if (place == std::string::npos) {
    ADD_FAILURE() << from << " is not in the manifest";
    return text;
  }
  text.replace(place, from.size(), to);
  text.resize(text.rfind("  \"check\""));
  return text + "  \"check\": \"" + digest_of(text) + "\"\n}\n";
}

TEST(Manifest, ComesBackAsItWas) {
  const Manifest written = sample();
  const Manifest back = read(manifest_to_json(written));
  EXPECT_EQ(back.set, "epoch_0003");
  EXPECT_EQ(back.learning_rate, 3e-4);
  EXPECT_EQ(back.shards, written.shards);
  EXPECT_EQ(back.root, "0123456789abcdef");
  EXPECT_EQ(back.tokenizer_kind, "byte");
  EXPECT_EQ(back.tokenizer_digest, "ee");
  EXPECT_EQ(back.publish, written.publish);
  EXPECT_EQ(back.made_by, written.made_by);
  EXPECT_EQ(back.saved_at, "2026-01-02T03:04:05Z");
  ASSERT_EQ(back.layout.tensors().size(), 3U);
  EXPECT_EQ(back.layout.tensors()[1].spec, written.layout.tensors()[1].spec);
  EXPECT_EQ(back.layout.tensors()[1].offset, 30000);
  EXPECT_EQ(back.layout.elements(), 40000);
}

TEST(Manifest, TheStateComesBackBitForBit) {
  const Manifest back = read(manifest_to_json(sample()));
  EXPECT_EQ(train_state_to_json(back.state), train_state_to_json(sample().state));
  EXPECT_EQ(back.state.best_loss, 0.1 + 0.2);
  EXPECT_EQ(back.state.history, sample().state.history);
}

TEST(Manifest, NumbersThatJsonDoesNotKnowComeBack) {
  Manifest manifest = sample();
  manifest.state.best_loss = std::numeric_limits<double>::infinity();
  manifest.state.val_loss = std::numeric_limits<double>::quiet_NaN();
  manifest.learning_rate = -std::numeric_limits<double>::infinity();
  const Manifest back = read(manifest_to_json(manifest));
  EXPECT_EQ(back.state.best_loss, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(back.state.val_loss));
  EXPECT_EQ(back.learning_rate, -std::numeric_limits<double>::infinity());
}

TEST(Manifest, IsTheSameTextAgain) {
  const std::string text = manifest_to_json(sample());
  EXPECT_EQ(manifest_to_json(read(text)), text);
}

TEST(Manifest, CanBeReadAtAGlance) {
  EXPECT_THAT(manifest_to_json(sample()),
              AllOf(StartsWith("{\n  \"format_version\": 1,\n  \"set\": \"epoch_0003\",\n"),
                    HasSubstr("  \"world_size\": 3,\n  \"seed\": 1337,\n"),
                    HasSubstr("      \"val_loss\": [4.0, 0.30000000000000004, 0.5],\n"),
                    HasSubstr("    {\"name\": \"wte.weight\", \"shape\": [100, 300], "
                              "\"offset\": 0},\n"),
                    HasSubstr("    {\"file\": \"shard_00000_of_00003.h5\", \"first\": 0, "
                              "\"last\": 16384, \"bytes\": 200000, \"digest\": \"aa\"},\n")));
}

TEST(Manifest, EveryChangedByteIsFound) {
  const std::string text = manifest_to_json(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(problem_of(changed), HasSubstr("cut short or was changed")) << "byte " << i;
  }
}

TEST(Manifest, EveryCutIsFound) {
  const std::string text = manifest_to_json(sample());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_THAT(problem_of(text.substr(0, size)), HasSubstr("cut short")) << "at " << size;
}

TEST(Manifest, BytesBeforeOrAfterItAreFound) {
  const std::string text = manifest_to_json(sample());
  for (const std::string& changed : {text + "\n", text + " ", text + text, "\n" + text,
                                     text + std::string(1, '\0'), std::string(4096, '\0')})
    EXPECT_THAT(problem_of(changed), HasSubstr("cut short or was changed"));
}

TEST(Manifest, ANewerVersionIsNamed) {
  EXPECT_THAT(problem_of(forged("\"format_version\": 1", "\"format_version\": 2")),
              HasSubstr("made by a newer Lockstep (format 2, this one reads up to 1)"));
}

TEST(Manifest, AMissingKeyIsNamed) {
  EXPECT_THAT(problem_of(forged("\"root\"", "\"tree\"")), HasSubstr("'root'"));
}

TEST(Manifest, AFileOfAShardMustHaveItsOwnName) {
  for (const char* name : {"../shard_00001_of_00003.h5", "shard_00000_of_00003.h5",
                           "shard_00001_of_00004.h5", "/etc/passwd", ""})
    EXPECT_THAT(problem_of(forged("shard_00001_of_00003.h5", name)),
                HasSubstr("stands where shard_00001_of_00003.h5 should be"));
}

TEST(Manifest, ShardsMustHoldEveryElementOnce) {
  EXPECT_THAT(
      problem_of(forged("\"first\": 16384, \"last\": 40000", "\"first\": 32768, \"last\": 40000")),
      HasSubstr("shard_00002_of_00003.h5 breaks it"));
  EXPECT_THAT(
      problem_of(forged("\"first\": 16384, \"last\": 40000", "\"first\": 0, \"last\": 40000")),
      HasSubstr("shard_00002_of_00003.h5 breaks it"));
  EXPECT_THAT(problem_of(forged("\"last\": 40000", "\"last\": 32768")),
              HasSubstr("the shards hold 32768 of 40000 elements"));
  EXPECT_THAT(problem_of(forged("\"last\": 40000", "\"last\": 49152")), HasSubstr("breaks it"));
}

TEST(Manifest, ShardsMustEndAtChunkEdges) {
  EXPECT_THAT(problem_of(forged("\"first\": 0, \"last\": 16384", "\"first\": 0, \"last\": 100")),
              HasSubstr("shard_00000_of_00003.h5 does not end at a chunk edge"));
}

TEST(Manifest, TensorsMustFollowEachOther) {
  EXPECT_THAT(problem_of(forged("\"offset\": 30000", "\"offset\": 30001")),
              HasSubstr("ln.bias does not begin where the one before it ends"));
  EXPECT_THAT(problem_of(forged("\"name\": \"ln.bias\"", "\"name\": \"wte.weight\"")),
              HasSubstr("wte.weight is there twice"));
  EXPECT_THAT(problem_of(forged("\"elements\": 40000", "\"elements\": 40001")),
              HasSubstr("'elements' is 40001"));
}

TEST(Manifest, HostileNumbersAreRefused) {
  EXPECT_THAT(problem_of(forged("[100, 300]", "[4294967296, 4294967296]")), HasSubstr("too big"));
  EXPECT_THAT(problem_of(forged("[100, 300]", "[0, 9223372036854775807, 3]")),
              HasSubstr("ln.bias"));
  EXPECT_THAT(problem_of(forged("[100, 300]", "[9223372036854775807]")), HasSubstr("too big"));
  EXPECT_THAT(problem_of(forged("[100, 300]", "[18446744073709551615]")), HasSubstr("no count"));
  EXPECT_THAT(problem_of(forged("[100, 300]", "[-100, -300]")), HasSubstr("no count"));
  EXPECT_THAT(problem_of(forged("[100, 300]", "[100.5, 300]")), HasSubstr("no count"));
  EXPECT_THAT(problem_of(forged("\"bytes\": 200000", "\"bytes\": -1")), HasSubstr("no count"));
  EXPECT_THAT(problem_of(forged("\"format_version\": 1", "\"format_version\": 1e9")),
              HasSubstr("no count"));
}

TEST(Manifest, WhatNestsTooDeepIsRefused) {
  EXPECT_EQ(problem_of(forged("\"epoch_0003\"", test::deep_list())),
            "reading it: it nests deeper than 100 levels");
}

TEST(Manifest, OfAnotherChunkSizeOrDtypeIsRefused) {
  EXPECT_THAT(problem_of(forged("\"chunk_elements\": 16384", "\"chunk_elements\": 8192")),
              HasSubstr("chunk_elements"));
  EXPECT_THAT(problem_of(forged("float32", "float16")), HasSubstr("dtype"));
}

TEST(Manifest, NamesThatAreNotOursAreRefused) {
  EXPECT_THAT(problem_of(forged("\"latest.pt\"", "\"../latest.pt\"")),
              HasSubstr("'../latest.pt' is no name of a .pt file"));
  EXPECT_THAT(problem_of(forged("\"epoch_0003\"", "\"../epoch_0003\"")),
              HasSubstr("'../epoch_0003' is no name of a checkpoint"));
}

TEST(Manifest, WhatIsNotAnObjectIsRefused) {
  const auto with_check = [](const std::string& text) {
    return text + "  \"check\": \"" + digest_of(text) + "\"\n}\n";
  };
  EXPECT_NE(problem_of(with_check("")), "nothing");
  EXPECT_NE(problem_of(with_check("{\n")), "nothing");
  EXPECT_NE(problem_of(with_check("[1, 2")), "nothing");
  EXPECT_NE(problem_of(with_check("{\"format_version\": 1,\n")), "nothing");
}

TEST(Manifest, BytesThatAreNotUtf8DoNotStopASave) {
  Manifest manifest = sample();
  manifest.made_by["host"] = "caf\xe9";
  EXPECT_EQ(read(manifest_to_json(manifest)).set, "epoch_0003");
}

}  // namespace
}  // namespace lockstep
