// SPDX-License-Identifier: Apache-2.0
#include "serve/service_metrics.h"

#include <charconv>

namespace lockstep {
namespace {

// As many digits as tell it from every other.
std::string number(double value) {
  std::array<char, 32> text{};
  const std::to_chars_result result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

std::string head(const std::string& name, const std::string& type, const std::string& help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

std::string counters(const std::string& name, const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [labels, count] : counts)
    text.append(name).append("{").append(labels).append("} ").append(std::to_string(count) + "\n");
  return text;
}

}  // namespace

void ServiceMetrics::Histogram::observe(double seconds) {
  ++count;
  sum += seconds;
  for (std::size_t i = 0; i < kUpperBounds.size(); ++i)
    if (seconds <= kUpperBounds[i]) ++at_most[i];
}

std::string ServiceMetrics::Histogram::text(const std::string& name) const {
  std::string lines;
  for (std::size_t i = 0; i < kUpperBounds.size(); ++i)
    lines += name + "_bucket{le=\"" + number(kUpperBounds[i]) + "\"} " +
             std::to_string(at_most[i]) + "\n";
  return lines + name + "_bucket{le=\"+Inf\"} " + std::to_string(count) + "\n" + name + "_sum " +
         number(sum) + "\n" + name + "_count " + std::to_string(count) + "\n";
}

void ServiceMetrics::request_answered(const std::string& method, const std::string& path,
                                      int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_["method=\"" + method + "\",path=\"" + path + "\",status=\"" + std::to_string(status) +
              "\""];
  request_latency_.observe(seconds);
}

void ServiceMetrics::text_answered(int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++texts_["status=\"" + std::to_string(status) + "\""];
  text_latency_.observe(seconds);
}

std::string ServiceMetrics::text(bool is_ready) const {
  const std::lock_guard lock(mutex_);
  return head("llm_http_requests_total", "counter", "Requests that were answered.") +
         counters("llm_http_requests_total", requests_) +
         head("llm_http_request_latency_seconds", "histogram",
              "From a request to the end of its answer.") +
         request_latency_.text("llm_http_request_latency_seconds") +
         head("llm_generate_requests_total", "counter", "Requests for text, by their outcome.") +
         counters("llm_generate_requests_total", texts_) +
         head("llm_generate_latency_seconds", "histogram",
              "From a request for text to its last token, the wait for others included.") +
         text_latency_.text("llm_generate_latency_seconds") +
         head("llm_model_ready", "gauge", "Whether the model is loaded.") + "llm_model_ready " +
         (is_ready ? "1\n" : "0\n");
}

}  // namespace lockstep
