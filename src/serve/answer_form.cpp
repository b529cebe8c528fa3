// SPDX-License-Identifier: Apache-2.0
#include "serve/answer_form.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "serve/http_status.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// A path that a client asks for, and the name of the model's file, may be any bytes.
std::string as_text(const Json& answer) {
  return answer.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

double millions(std::int64_t parameters) {
  return rounded(static_cast<double>(parameters) / 1e6, 100.0);
}

// Of those that OpenAI has.
const char* error_type(int status) {
  if (status == kTooManyRequests) return "rate_limit_error";
  return status < kServerFailed ? "invalid_request_error" : "server_error";
}

class GenerateForm : public AnswerForm {
 public:
  GenerateForm(ServedModel model, std::uint64_t seed) : model_(std::move(model)), seed_(seed) {}

  std::string whole(const WrittenText& written) const override {
    const Json answer = {{"text", written.text},
                         {"latency_ms", rounded(written.seconds * 1e3, 10.0)},
                         {"model_params_m", millions(model_.parameters)},
                         {"device", model_.device},
                         {"seed", seed_},
                         {"prompt_tokens", written.counts.prompt},
                         {"prompt_tokens_not_read", written.counts.unread},
                         {"new_tokens", written.counts.written}};
    return as_text(answer);
  }

  std::string piece(std::string_view text) const override { return as_text({{"delta", text}}); }
  std::vector<std::string> last(const WrittenText& written) const override {
    return {whole(written)};
  }
  std::string refusal(int /*status*/, const std::string& detail) const override {
    return detail_json(detail);
  }

 private:
  const ServedModel model_;
  const std::uint64_t seed_;
};

std::string new_completion_id(std::int64_t created) {
  static std::atomic<std::uint64_t> next{1};
  return "cmpl-" + std::to_string(created) + "-" + std::to_string(next++);
}

class CompletionForm : public AnswerForm {
 public:
  CompletionForm(ServedModel model, bool tells_usage_apart)
      : model_(std::move(model)), tells_usage_apart_(tells_usage_apart) {}

  std::string whole(const WrittenText& written) const override {
    Json answer = with_choices(Json::array({choice(written.text, end_of(written))}));
    answer["usage"] = usage(written.counts);
    return as_text(answer);
  }
  std::string piece(std::string_view text) const override {
    Json answer = with_choices(Json::array({choice(text, nullptr)}));
    if (tells_usage_apart_) answer["usage"] = nullptr;
    return as_text(answer);
  }
  std::vector<std::string> last(const WrittenText& written) const override {
    Json text = with_choices(Json::array({choice("", end_of(written))}));
    text["usage"] = usage(written.counts);
    if (!tells_usage_apart_) return {as_text(text)};
    Json counts = with_choices(Json::array());
    std::swap(counts["usage"], text["usage"]);
    return {as_text(text), as_text(counts)};
  }
  std::string refusal(int status, const std::string& detail) const override {
    return error_json(status, detail);
  }

 private:
  static const char* end_of(const WrittenText& written) {
    return written.has_met_stop ? "stop" : "length";
  }

  static Json choice(std::string_view text, const Json& finish_reason) {
    return {{"text", text}, {"index", 0}, {"logprobs", nullptr}, {"finish_reason", finish_reason}};
  }

  static Json usage(const TokenCounts& counts) {
    return {{"prompt_tokens", counts.prompt},
            {"prompt_tokens_not_read", counts.unread},
            {"completion_tokens", counts.written},
            {"total_tokens", counts.prompt + counts.written}};
  }

  Json with_choices(const Json& choices) const {
    return {{"id", id_},
            {"object", "text_completion"},
            {"created", created_},
            {"model", model_.name},
            {"choices", choices}};
  }

  const ServedModel model_;
  const bool tells_usage_apart_;
  const std::int64_t created_ = seconds_since_1970();
  const std::string id_ = new_completion_id(created_);
};

Json openais_model(const ServedModel& model) {
  return {{"id", model.name},
          {"object", "model"},
          {"created", model.served_since},
          {"owned_by", "lockstep"}};
}

}  // namespace

std::unique_ptr<AnswerForm> make_generate_form(const ServedModel& model, std::uint64_t seed) {
  return std::make_unique<GenerateForm>(model, seed);
}

std::unique_ptr<AnswerForm> make_completion_form(const ServedModel& model, bool tells_usage_apart) {
  return std::make_unique<CompletionForm>(model, tells_usage_apart);
}

std::string detail_json(const std::string& detail) { return as_text({{"detail", detail}}); }

std::string error_json(int status, const std::string& detail) {
  const Json answer = {
      {"detail", detail},
      {"error",
       {{"message", detail}, {"type", error_type(status)}, {"param", nullptr}, {"code", nullptr}}}};
  return as_text(answer);
}

std::string refusal_json(std::string_view path, int status, const std::string& detail) {
  const bool is_openais = path.starts_with("/v1/") && path != "/v1/generate";
  return is_openais ? error_json(status, detail) : detail_json(detail);
}

std::string readiness_json(const ServedModel& model) {
  const Json answer = {{"status", "ready"},
                       {"device", model.device},
                       {"model_params_m", millions(model.parameters)}};
  return as_text(answer);
}

std::string model_json(const ServedModel& model) { return as_text(openais_model(model)); }

std::string models_json(const ServedModel& model) {
  return as_text({{"object", "list"}, {"data", Json::array({openais_model(model)})}});
}

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace lockstep
