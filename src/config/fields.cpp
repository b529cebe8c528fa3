// SPDX-License-Identifier: Apache-2.0
#include "config/fields.h"

#include <array>
#include <type_traits>

#include "base/sentence.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 2> kGelus = {"erf", "tanh"};
constexpr std::array<std::string_view, 2> kTokenizers = {"byte", "sentencepiece"};
constexpr std::array<std::string_view, 2> kDevices = {"cpu", "cuda"};
constexpr std::array<std::string_view, 4> kPrecisions = {"auto", "fp32", "tf32", "bf16"};
constexpr std::array<std::string_view, 3> kComms = {"auto", "nccl", "mpi"};
constexpr std::array<std::string_view, 2> kSchedules = {"constant", "cosine"};
constexpr std::array<std::string_view, 2> kScopes = {"all", "matrices"};
constexpr std::array<std::string_view, 4> kExportRules = {"every", "best", "last", "none"};
constexpr std::array<std::string_view, 3> kSaveErrorPolicies = {"warn", "retry", "abort"};

// Each list names every member of its struct in a structured binding, so that a new member does not
// compile until it is listed.
void list_model(ModelConfig& config, std::vector<Field>& fields) {
  auto& [name, vocab_size, n_layer, n_head, n_embd, block_size, dropout, bias, gelu] = config;
  fields.insert(fields.end(), {{"model", "name", "--model", &name},
                               {"model", "vocab_size", "", &vocab_size},
                               {"model", "n_layer", "", &n_layer},
                               {"model", "n_head", "", &n_head},
                               {"model", "n_embd", "", &n_embd},
                               {"model", "block_size", "--block-size", &block_size},
                               {"model", "dropout", "--dropout", &dropout},
                               {"model", "bias", "", &bias},
                               {"model", "gelu", "", &gelu}});
}

void list_data(DataConfig& config, std::vector<Field>& fields) {
  auto& [files, validation_files, val_fraction, stride, tokenizer, tokenizer_vocab_size,
         local_dir] = config;
  fields.insert(fields.end(),
                {{"data", "files", "--data-file", &files},
                 {"data", "validation_files", "--val-file", &validation_files},
                 {"data", "val_fraction", "--val-fraction", &val_fraction},
                 {"data", "stride", "--stride", &stride},
                 {"data", "tokenizer", "--tokenizer", &tokenizer},
                 {"data", "tokenizer_vocab_size", "--tokenizer-vocab-size", &tokenizer_vocab_size},
                 {"data", "local_dir", "--local-dir", &local_dir}});
}

void list_train(TrainConfig& config, std::vector<Field>& fields) {
  auto& [batch_size, batch_per_rank, epochs, max_steps, lanes, seed, device, precision, comm, fast,
         threads, check_lockstep, max_skipped_steps] = config;
  fields.insert(fields.end(),
                {{"train", "batch_size", "--batch-size", &batch_size},
                 {"train", "batch_per_rank", "--batch-per-rank", &batch_per_rank},
                 {"train", "epochs", "--epochs", &epochs},
                 {"train", "max_steps", "--max-steps", &max_steps},
                 {"train", "lanes", "--lanes", &lanes},
                 {"train", "seed", "--seed", &seed},
                 {"train", "device", "--device", &device},
                 {"train", "precision", "--precision", &precision},
                 {"train", "comm", "--comm", &comm},
                 {"train", "fast", "--fast", &fast},
                 {"train", "threads", "--threads", &threads},
                 {"train", "check_lockstep", "--check-lockstep", &check_lockstep},
                 {"train", "max_skipped_steps", "--max-skipped-steps", &max_skipped_steps}});
}

void list_optim(OptimConfig& config, std::vector<Field>& fields) {
  auto& [learning_rate, schedule, warmup_steps, min_learning_rate, beta1, beta2, eps, weight_decay,
         weight_decay_scope, clip_norm] = config;
  fields.insert(fields.end(),
                {{"optim", "learning_rate", "--learning-rate", &learning_rate},
                 {"optim", "schedule", "--schedule", &schedule},
                 {"optim", "warmup_steps", "--warmup-steps", &warmup_steps},
                 {"optim", "min_learning_rate", "--min-learning-rate", &min_learning_rate},
                 {"optim", "beta1", "--beta1", &beta1},
                 {"optim", "beta2", "--beta2", &beta2},
                 {"optim", "eps", "--eps", &eps},
                 {"optim", "weight_decay", "--weight-decay", &weight_decay},
                 {"optim", "weight_decay_scope", "--weight-decay-scope", &weight_decay_scope},
                 {"optim", "clip_norm", "--clip-norm", &clip_norm}});
}

void list_checkpoint(CheckpointConfig& config, std::vector<Field>& fields) {
  auto& [directory, save_every_epoch, keep_last_n, save_every_steps, save_every_minutes,
         export_rule, on_save_error, save_deadline_seconds] = config;
  fields.insert(fields.end(),
                {{"checkpoint", "directory", "--output-dir", &directory},
                 {"checkpoint", "save_every_epoch", "--no-save-every-epoch", &save_every_epoch},
                 {"checkpoint", "keep_last_n", "--keep-last-n", &keep_last_n},
                 {"checkpoint", "save_every_steps", "--save-every-steps", &save_every_steps},
                 {"checkpoint", "save_every_minutes", "--save-every-minutes", &save_every_minutes},
                 {"checkpoint", "export", "--export", &export_rule},
                 {"checkpoint", "on_save_error", "--on-save-error", &on_save_error},
                 {"checkpoint", "save_deadline_seconds", "", &save_deadline_seconds}});
}

std::string shown(const std::string& text) {
  return text.empty() ? sentence("empty") : "'" + text + "'";
}
std::string shown(bool flag) { return flag ? "true" : "false"; }
std::string shown(double number) { return number_text(number); }

std::string shown(const std::vector<std::string>& texts) {
  if (texts.empty()) return sentence("empty");
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "" : ", ") + shown(each);
  return text;
}

template <typename T>
std::string shown(T value) {
  if constexpr (std::is_enum_v<T>)
    return shown(std::string(text_of(value)));
  else
    return std::to_string(value);
}

}  // namespace

std::vector<Field> fields_of(RunConfig& config) {
  auto& [preset, model, data, train, optim, checkpoint] = config;
  std::vector<Field> fields = {{"", "preset", "--preset", &preset}};
  list_model(model, fields);
  list_data(data, fields);
  list_train(train, fields);
  list_optim(optim, fields);
  list_checkpoint(checkpoint, fields);
  return fields;
}

std::string path_of(const Field& field) {
  const std::string section = field.section.empty() ? "" : std::string(field.section) + ".";
  return section + std::string(field.key);
}

std::string label_of(const Field& field) {
  const std::string flag = field.flag.empty() ? "" : " (" + std::string(field.flag) + ")";
  return path_of(field) + flag;
}

bool is_empty(const Field& field) {
  return std::visit(
      [](const auto* value) {
        if constexpr (requires { value->empty(); })
          return value->empty();
        else
          return false;
      },
      field.value);
}

std::string shown_value(const Field& field) {
  return std::visit([](const auto* value) { return shown(*value); }, field.value);
}

std::span<const std::string_view> texts_of(GeluKind) { return kGelus; }
std::span<const std::string_view> texts_of(TokenizerKind) { return kTokenizers; }
std::span<const std::string_view> texts_of(DeviceKind) { return kDevices; }
std::span<const std::string_view> texts_of(Precision) { return kPrecisions; }
std::span<const std::string_view> texts_of(CommKind) { return kComms; }
std::span<const std::string_view> texts_of(RateSchedule) { return kSchedules; }
std::span<const std::string_view> texts_of(WeightDecayScope) { return kScopes; }
std::span<const std::string_view> texts_of(ExportRule) { return kExportRules; }
std::span<const std::string_view> texts_of(SaveErrorPolicy) { return kSaveErrorPolicies; }

}  // namespace lockstep
