// SPDX-License-Identifier: Apache-2.0
#include "config/problems.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/sentence.h"
#include "config/fields.h"
#include "config/presets.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

// Far beyond any real run, and small enough that no product of them overflows 64 bits.
constexpr std::int64_t kMaxBatch = 1'000'000;
constexpr std::int64_t kMaxEpochs = 1'000'000;
constexpr std::int64_t kMaxSteps = 1'000'000'000'000;
constexpr std::int64_t kMaxLayers = 10'000;
constexpr std::int64_t kMaxHeads = 10'000;
constexpr std::int64_t kMaxWidth = 100'000;
constexpr std::int64_t kMaxPositions = 1'000'000;
constexpr std::int64_t kMaxVocabulary = 10'000'000;
constexpr std::int64_t kMaxStride = 1'000'000'000;
constexpr std::int64_t kMaxKeptFiles = 1'000'000;
constexpr std::int64_t kMaxThreads = 4'096;
constexpr std::int64_t kMaxDeadlineSeconds = 1'000'000;
// SentencePiece needs a piece for each of the 256 bytes and some of its own.
constexpr std::int64_t kMinSentencePieces = 300;
constexpr std::int64_t kMaxSentencePieces = 1'000'000;

constexpr std::int64_t kPreferredLanes = 8;
constexpr std::size_t kDivisorsShown = 16;

bool is_positive(double number) { return number > 0.0 && std::isfinite(number); }
bool is_not_negative(double number) { return number >= 0.0 && std::isfinite(number); }
bool is_below_one(double number) { return number >= 0.0 && number < 1.0; }

// Collects problems of one configuration, with the label and the value of the field in question.
class Rules {
 public:
  explicit Rules(const RunConfig& config) : config_(config), fields_(fields_of(config_)) {}
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

  // `good`, or the field at `path` must be `allowed`.
  void must(bool good, std::string_view path, const std::string& allowed) {
    if (good) return;
    const Field& field = field_at(path);
    problems_.push_back(is_empty(field)
                            ? sentence("{0} is empty; it must be {1}", {label_of(field), allowed})
                            : sentence("{0} is {1}; it must be {2}",
                                       {label_of(field), shown_value(field), allowed}));
  }

  void within(std::string_view path, std::int64_t min, std::int64_t max) {
    const std::int64_t value = *std::get<std::int64_t*>(field_at(path).value);
    if (value < min)
      problems_.push_back(
          sentence("{0} is {1}; it must be at least {2}", {label_of(field_at(path)), value, min}));
    if (value > max) too_large(path, max);
  }

  void above_zero(std::string_view path, std::int64_t max) {
    const double value = *std::get<double*>(field_at(path).value);
    must(is_positive(value), path, sentence("a finite number above 0"));
    if (is_positive(value) && value > static_cast<double>(max)) too_large(path, max);
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void too_large(std::string_view path, std::int64_t max) {
    const Field& field = field_at(path);
    problems_.push_back(
        sentence("{0} is {1}; it must be at most {2}", {label_of(field), shown_value(field), max}));
  }

  const Field& field_at(std::string_view path) const {
    return *std::ranges::find_if(fields_, [&](const Field& f) { return path_of(f) == path; });
  }

  RunConfig config_;
  std::vector<Field> fields_;
  std::vector<std::string> problems_;
};

void check_sizes(const ModelConfig& model, Rules& rules) {
  rules.within("model.vocab_size", 0, kMaxVocabulary);
  rules.within("model.n_layer", 1, kMaxLayers);
  rules.within("model.n_head", 1, kMaxHeads);
  rules.within("model.n_embd", 1, kMaxWidth);
  if (model.n_head >= 1)
    rules.must(model.n_embd % model.n_head == 0, "model.n_embd",
               sentence("a multiple of model.n_head, which is {0}", {model.n_head}));
  rules.within("model.block_size", 1, kMaxPositions);
  rules.must(is_below_one(model.dropout), "model.dropout", sentence("at least 0 and below 1"));
}

void check_model(const ModelConfig& model, Rules& rules) {
  rules.must(!model.name.empty() && is_utf8(model.name), "model.name", sentence("a text in UTF-8"));
  check_sizes(model, rules);
}

void check_files(const std::vector<std::string>& files, std::string_view path, Rules& rules) {
  const bool named = std::ranges::none_of(files, &std::string::empty);
  rules.must(named, path, sentence("names of files or folders, none of them empty"));
  rules.must(std::ranges::all_of(files, is_utf8), path, sentence("names in UTF-8"));
}

void check_data(const DataConfig& data, Rules& rules) {
  rules.must(!data.files.empty(), "data.files", sentence("at least one file or folder of text"));
  check_files(data.files, "data.files", rules);
  check_files(data.validation_files, "data.validation_files", rules);
  if (data.validation_files.empty())
    rules.must(data.val_fraction > 0.0 && data.val_fraction < 1.0, "data.val_fraction",
               sentence("above 0 and below 1 (or name validation files with --val-file)"));
  else  // JSON, in which it is kept, knows no others
    rules.must(std::isfinite(data.val_fraction), "data.val_fraction", sentence("a finite number"));
  rules.within("data.stride", 0, kMaxStride);
  rules.must(is_utf8(data.local_dir), "data.local_dir", sentence("a name in UTF-8"));
  if (data.tokenizer == TokenizerKind::sentencepiece)
    rules.within("data.tokenizer_vocab_size", kMinSentencePieces, kMaxSentencePieces);
}

// "1, 2 or 4": the numbers of lanes a batch can be cut into.
std::string divisors_text(std::int64_t batch_size) {
  std::vector<std::string> divisors;
  for (std::int64_t divisor = 1; divisor <= batch_size; ++divisor)
    if (batch_size % divisor == 0) divisors.push_back(std::to_string(divisor));
  if (divisors.size() > kDivisorsShown) {
    divisors.erase(divisors.begin() + kDivisorsShown, divisors.end() - 1);
    divisors.insert(divisors.end() - 1, "...");
  }
  return either_of(divisors);
}

void check_lanes(const TrainConfig& train, Rules& rules) {
  const bool is_divisor = train.lanes >= 1 && train.batch_size % train.lanes == 0;
  rules.must(train.lanes == 0 || is_divisor, "train.lanes",
             sentence("0 (chosen by the batch) or a divisor of train.batch_size, which is {0}: {1}",
                      {train.batch_size, divisors_text(train.batch_size)}));
}

void check_batch(const TrainConfig& train, Rules& rules) {
  rules.within("train.batch_per_rank", 0, kMaxBatch);
  rules.within("train.batch_size", train.batch_per_rank > 0 ? 0 : 1, kMaxBatch);
  // Without a usable batch_size only the sign of lanes can be judged.
  const bool is_known = train.batch_size >= 1 && train.batch_size <= kMaxBatch;
  if (is_known && train.batch_per_rank == 0)
    check_lanes(train, rules);
  else
    rules.within("train.lanes", 0, kMaxBatch);
}

void check_device(const TrainConfig& train, Rules& rules) {
  if (train.device != DeviceKind::cpu) return;
  const bool is_fp32 =
      train.precision == Precision::automatic || train.precision == Precision::fp32;
  rules.must(is_fp32, "train.precision", sentence("auto or fp32 on a CPU (or give --device cuda)"));
  rules.must(train.comm != CommKind::nccl, "train.comm",
             sentence("auto or mpi on a CPU (or give --device cuda)"));
  rules.must(!train.fast, "train.fast",
             sentence("false on a CPU (give --fast=false or --device cuda)"));
}

void check_train(const TrainConfig& train, Rules& rules) {
  check_batch(train, rules);
  rules.within("train.epochs", 1, kMaxEpochs);
  rules.within("train.max_steps", 0, kMaxSteps);
  rules.within("train.threads", 0, kMaxThreads);
  check_device(train, rules);
  rules.within("train.check_lockstep", 0, kMaxSteps);
  rules.within("train.max_skipped_steps", 1, kMaxSteps);
}

void check_optim(const OptimConfig& optim, Rules& rules) {
  const std::string positive = sentence("a finite number above 0");
  const std::string not_negative = sentence("a finite number that is not negative");
  rules.must(is_positive(optim.learning_rate), "optim.learning_rate", positive);
  rules.within("optim.warmup_steps", 0, kMaxSteps);
  rules.must(is_not_negative(optim.min_learning_rate), "optim.min_learning_rate", not_negative);
  if (is_positive(optim.learning_rate) && is_not_negative(optim.min_learning_rate))
    rules.must(
        optim.min_learning_rate <= optim.learning_rate, "optim.min_learning_rate",
        sentence("at most optim.learning_rate, which is {0}", {number_text(optim.learning_rate)}));
  rules.must(is_below_one(optim.beta1), "optim.beta1", sentence("at least 0 and below 1"));
  rules.must(is_below_one(optim.beta2), "optim.beta2", sentence("at least 0 and below 1"));
  rules.must(is_positive(optim.eps), "optim.eps", positive);
  rules.must(is_not_negative(optim.weight_decay), "optim.weight_decay", not_negative);
  rules.must(is_not_negative(optim.clip_norm), "optim.clip_norm",
             sentence("a finite number that is not negative (0: no clipping)"));
}

void check_checkpoint(const CheckpointConfig& checkpoint, Rules& rules) {
  rules.must(!checkpoint.directory.empty(), "checkpoint.directory",
             sentence("the name of a folder"));
  rules.must(is_utf8(checkpoint.directory), "checkpoint.directory", sentence("a name in UTF-8"));
  rules.within("checkpoint.keep_last_n", 0, kMaxKeptFiles);
  rules.within("checkpoint.save_every_steps", 0, kMaxSteps);
  rules.must(is_not_negative(checkpoint.save_every_minutes), "checkpoint.save_every_minutes",
             sentence("a finite number that is not negative (0: not by the clock)"));
  rules.above_zero("checkpoint.save_deadline_seconds", kMaxDeadlineSeconds);
}

std::int64_t largest_divisor(std::int64_t number, std::int64_t at_most) {
  std::int64_t divisor = std::min(at_most, number);
  while (number % divisor != 0) --divisor;
  return divisor;
}

}  // namespace

bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::vector<std::string> problems_in(const RunConfig& config) {
  Rules rules(config);
  rules.must(find_preset(config.preset) != nullptr, "preset", preset_instead_of(config.preset));
  check_model(config.model, rules);
  check_data(config.data, rules);
  check_train(config.train, rules);
  check_optim(config.optim, rules);
  check_checkpoint(config.checkpoint, rules);
  return rules.problems();
}

std::vector<std::string> problems_in(const ModelConfig& model) {
  RunConfig config;
  config.model = model;
  Rules rules(config);
  check_sizes(config.model, rules);
  return rules.problems();
}

std::vector<std::string> resolve_batch(RunConfig& config, std::int64_t world_size) {
  TrainConfig& train = config.train;
  if (train.batch_per_rank > 0) {
    const std::int64_t batch_size = train.batch_per_rank * world_size;
    if (train.batch_size != 0 && train.batch_size != batch_size)
      return {
          sentence("train.batch_size (--batch-size) is {0}, but train.batch_per_rank "
                   "(--batch-per-rank) is {1}, which makes {2} on {3} {3|rank|ranks}; give one "
                   "of the two",
                   {train.batch_size, train.batch_per_rank, batch_size, world_size})};
    train.batch_size = batch_size;
    train.batch_per_rank = 0;
  }
  Rules rules(config);
  check_batch(train, rules);
  if (rules.problems().empty() && train.device == DeviceKind::cuda && train.lanes == 0)
    train.lanes = largest_divisor(train.batch_size, world_size);
  return rules.problems();
}

std::int64_t resolved_lanes(const RunConfig& config) {
  if (config.train.lanes > 0) return config.train.lanes;
  return largest_divisor(config.train.batch_size, kPreferredLanes);
}

void refuse_problems(const std::string& place, const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  if (problems.size() == 1) throw Error(ErrorKind::usage, problems.front());
  std::string message = sentence("{0} problems in {1}:", {problems.size(), place});
  for (const std::string& problem : problems) message += "\n  - " + problem;
  throw Error(ErrorKind::usage, message);
}

}  // namespace lockstep
