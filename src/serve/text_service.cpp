// SPDX-License-Identifier: Apache-2.0
#include "serve/text_service.h"

#include <algorithm>
#include <array>
#include <exception>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>
#include <utility>

#include "serve/failure.h"
#include "serve/page.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

// When one may ask again: a few texts later.
constexpr const char* kRetrySeconds = "5";

constexpr std::string_view kModels = "/v1/models/";
constexpr std::string_view kId = "{id}";

Answer refused(std::string_view path, int status, const std::string& detail) {
  Answer answer{.status = status, .body = refusal_json(path, status, detail)};
  if (status == kTooManyRequests || status == kUnavailable)
    answer.headers.emplace_back("Retry-After", kRetrySeconds);
  return answer;
}

// A client may write anything where the method is, and each label is an entry for ever.
std::string label_of_method(const std::string& method) {
  static constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                               "PATCH", "DELETE", "OPTIONS"};
  return std::ranges::find(kMethods, method) == kMethods.end() ? "other" : method;
}

// Of few digits, for people who want the same text again.
std::uint64_t fresh_seed() { return std::random_device{}(); }

}  // namespace

struct TextService::Route {
  std::string_view method, path;
  Answer (TextService::*handle)(const Question& question);

  // In its path, "{id}" at the end stands for any text but none.
  bool leads_to(std::string_view asked) const {
    if (!path.ends_with(kId)) return asked == path;
    const std::string_view begin = path.substr(0, path.size() - kId.size());
    return asked.starts_with(begin) && asked.size() > begin.size();
  }
};

const TextService::Route* TextService::find_route(const std::string& path) {
  static constexpr std::array kRoutes = {
      Route{"GET", "/", &TextService::page},
      Route{"GET", "/healthz", &TextService::health},
      Route{"GET", "/readyz", &TextService::readiness},
      Route{"GET", "/metrics", &TextService::metrics},
      Route{"GET", "/v1/models", &TextService::models},
      Route{"GET", "/v1/models/{id}", &TextService::model},
      Route{"POST", "/v1/generate", &TextService::generate},
      Route{"POST", "/v1/completions", &TextService::complete},
  };
  const auto* const found =
      std::ranges::find_if(kRoutes, [&](const Route& route) { return route.leads_to(path); });
  return found == kRoutes.end() ? nullptr : found;
}

Answer TextService::refused_method(const Route& route, const std::string& method) {
  const std::string allowed(route.method);
  Answer answer = refused(route.path, kMethodNotAllowed,
                          std::string(route.path) + " takes " + allowed + ", not " + method);
  answer.headers.emplace_back("Allow", allowed == "GET" ? "GET, HEAD" : allowed);
  return answer;
}

void TextService::serve(std::unique_ptr<TextModel> model, const std::string& name) {
  const ServedModel facts{.name = name,
                          .parameters = model->parameters(),
                          .device = model->device(),
                          .served_since = seconds_since_1970()};
  model_ = std::unique_ptr<Loaded>(new Loaded{facts, {std::move(model), metrics_}});
  ready_ = model_.get();
}

void TextService::end() {
  if (Loaded* const loaded = ready_) loaded->writer.end();
}

TextService::Loaded& TextService::loaded() const {
  Loaded* const loaded = ready_;
  if (loaded == nullptr) throw Refusal(kUnavailable, "model not ready");
  return *loaded;
}

Answer TextService::answer(const std::string& method, const std::string& path,
                           const std::string& body, const IsClientThere& is_client_there) try {
  const Route* const route = find_route(path);
  if (route == nullptr) return refused(path, kNotFound, "there is nothing at " + path + "; see /");
  const bool is_allowed = method == route->method || (method == "HEAD" && route->method == "GET");
  if (!is_allowed) return refused_method(*route, method);
  return (this->*route->handle)({path, body, is_client_there});
} catch (const Refusal& refusal) {
  return refused(path, refusal.status(), refusal.what());
} catch (const std::exception& error) {
  return refused(path, kServerFailed, report_failure(error));
}

void TextService::answered(const std::string& method, const std::string& path, int status,
                           double seconds) {
  const Route* const route = find_route(path);
  const std::string label(route == nullptr ? "other" : route->path);
  metrics_.request_answered(label_of_method(method), label, status, seconds);
}

Answer TextService::health(const Question& /*question*/) {
  const Json facts = {{"status", "ok"}, {"uptime_s", uptime_.seconds()}};
  return {.body = facts.dump()};
}

Answer TextService::readiness(const Question& /*question*/) {
  return {.body = readiness_json(loaded().facts)};
}

Answer TextService::metrics(const Question& /*question*/) {
  return {.type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_.text(/*is_ready=*/ready_ != nullptr)};
}

Answer TextService::page(const Question& /*question*/) {
  return {.type = "text/html; charset=utf-8", .body = std::string(page_text())};
}

Answer TextService::models(const Question& /*question*/) {
  return {.body = models_json(loaded().facts)};
}

Answer TextService::model(const Question& question) {
  const ServedModel& model = loaded().facts;
  const std::string asked = question.path.substr(kModels.size());
  if (asked != model.name)
    throw Refusal(kNotFound, "there is no model " + asked + "; this server has " + model.name);
  return {.body = model_json(model)};
}

// Counts what is refused; the writer counts what it writes.
template <class Write>
Answer TextService::text(const Write& write) {
  const Stopwatch since_request;
  try {
    return write(since_request);
  } catch (const Refusal& refusal) {
    metrics_.text_answered(refusal.status(), since_request.seconds());
    throw;
  } catch (const std::exception&) {
    metrics_.text_answered(kServerFailed, since_request.seconds());
    throw;
  }
}

Answer TextService::generate(const Question& question) {
  return text([&](const Stopwatch& since_request) {
    Loaded& model = loaded();
    TextCall call = parse_generate(question.body, fresh_seed());
    auto form = make_generate_form(model.facts, call.request.seed);
    return model.writer.answer(std::move(call), std::move(form), since_request,
                               question.is_client_there);
  });
}

Answer TextService::complete(const Question& question) {
  return text([&](const Stopwatch& since_request) {
    Loaded& model = loaded();
    TextCall call = parse_completion(question.body, fresh_seed());
    auto form = make_completion_form(model.facts, call.tells_usage_apart);
    return model.writer.answer(std::move(call), std::move(form), since_request,
                               question.is_client_there);
  });
}

}  // namespace lockstep
