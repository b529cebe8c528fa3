// SPDX-License-Identifier: Apache-2.0
#include "app/run_plan.h"

#include <algorithm>

#include "base/error.h"
#include "base/free_space.h"
#include "checkpoint/names.h"
#include "config/config_json.h"
#include "config/presets.h"
#include "config/problems.h"
#include "export/training_file.h"
#include "model/parameters.h"
#include "text/byte_tokenizer.h"
#include "text/corpus.h"
#include "text/make_tokenizer.h"
#include "text/prepare_tokens.h"
#include "text/token_file.h"
#include "train/epoch_plan.h"
#include "train/prepared_text.h"
#include "train/trainer.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// Of a SentencePiece tokenizer of a few thousand pieces, on Chinese as on English prose.
constexpr std::int64_t kBytesPerPiece = 4;

struct TokenCount {
  std::int64_t tokens = 0;
  bool estimated = false;
};

struct TextCount {
  TokenCount train;
  std::optional<TokenCount> validation;  // absent: the end of `train` is
  bool is_estimated() const { return train.estimated || (validation && validation->estimated); }
};

// The tokens that an earlier start has made of this text, with such a tokenizer.
std::optional<std::int64_t> prepared_tokens(const fs::path& prepared,
                                            const std::vector<fs::path>& files,
                                            TokenizerKind tokenizer) try {
  if (!is_token_file(prepared)) return std::nullopt;
  const TokenFile tokens = TokenFile::open(prepared);
  if (!tokens.tokenizer_fingerprint().starts_with(kind_name(tokenizer) + "-") ||
      tokens.source_fingerprint() != corpus_fingerprint(files))
    return std::nullopt;
  return tokens.count();
} catch (const Error&) {  // a damaged file is made again
  return std::nullopt;
}

TokenCount count_tokens(const std::vector<std::string>& names, const std::string& flag,
                        TokenizerKind tokenizer, const fs::path& prepared) {
  if (const auto ready = ready_token_file(names)) return {TokenFile::open(*ready).count(), false};
  const std::vector<fs::path> files = list_texts(names, flag);
  if (const auto tokens = prepared_tokens(prepared, files, tokenizer)) return {*tokens, false};
  const auto bytes = static_cast<std::int64_t>(corpus_bytes(files));
  if (tokenizer == TokenizerKind::byte) return {bytes, false};
  return {bytes / kBytesPerPiece, true};
}

TextCount count_text(const RunConfig& config) {
  const DataConfig& data = config.data;
  const fs::path text = fs::path(config.checkpoint.directory) / names::kText;
  TextCount count;
  count.train =
      count_tokens(data.files, kTrainingTextFlag, data.tokenizer, text / names::kTrainTokens);
  if (!data.validation_files.empty())
    count.validation = count_tokens(data.validation_files, kValidationTextFlag, data.tokenizer,
                                    text / names::kValidationTokens);
  return count;
}

Split split_of(const RunConfig& config, const TextCount& count) {
  return split_for(config, count.train.tokens,
                   count.validation ? std::optional(count.validation->tokens) : std::nullopt);
}

// The shards, and the .pt file where one is written.
std::int64_t checkpoint_bytes(const RunConfig& config) {
  constexpr std::int64_t kBytesOfState = 3 * sizeof(float);
  const FlatLayout layout = parameter_layout(config.model);
  const bool has_pt = config.checkpoint.export_rule != ExportRule::none;
  return layout.elements() * kBytesOfState +
         (has_pt ? training_file_bytes(config.model, layout) : 0);
}

// A vocabulary where there is none yet.
void guess_vocab_size(RunConfig& config) {
  if (config.model.vocab_size != 0) return;
  config.model.vocab_size = config.data.tokenizer == TokenizerKind::byte
                                ? ByteTokenizer().vocab_size()
                                : config.data.tokenizer_vocab_size;
}

}  // namespace

RunPlan plan_run(const RunOrder& order, int world_size) {
  RunConfig config = order.config;
  guess_vocab_size(config);
  const TextCount text = count_text(config);
  const Split split = split_of(config, text);
  const EpochPlan epochs = epoch_plan(config, split.train.count);
  const TrainState& state = order.state;
  const std::int64_t lanes = resolved_lanes(config);
  RunPlan plan;
  plan.config_json = config_to_json(order.config);
  plan.model_name = config.model.name;
  plan.parameters = parameter_count(config.model);
  plan.train_tokens = text.validation ? text.train.tokens : split.validation.first_token;
  plan.validation_tokens =
      text.validation ? text.validation->tokens : text.train.tokens - plan.train_tokens;
  plan.train_windows = split.train.count;
  plan.steps_per_epoch = epochs.steps_in_full_epoch();
  plan.total_steps = epochs.total_steps_from(state.epoch, state.cursor, state.step);
  plan.start = {.file = order.file.string(), .epochs = state.epoch, .steps = state.step};
  plan.lanes = lanes;
  plan.ranks = world_size;
  plan.tokens_are_estimated = text.is_estimated();
  plan.checkpoint_bytes = checkpoint_bytes(config);
  const RunMemory memory = run_memory(config, world_size);
  plan.memory_bytes_per_rank = memory.host_bytes;
  plan.gpu_bytes_per_rank = memory.gpu_bytes;
  plan.free_disk_bytes = free_bytes(config.checkpoint.directory);
  plan.idle_ranks = static_cast<int>(std::max<std::int64_t>(0, world_size - lanes));
  return plan;
}

void check_text(const RunConfig& config) {
  const bool can_count = config.data.tokenizer == TokenizerKind::byte ||
                         ready_token_file(config.data.files).has_value();
  if (!can_count) return;
  if (const TextCount text = count_text(config); !text.is_estimated()) split_of(config, text);
}

RunMemory planned_memory(RunConfig config, int world_size) {
  guess_vocab_size(config);
  return run_memory(config, world_size);
}

}  // namespace lockstep
