// SPDX-License-Identifier: Apache-2.0
#include "serve/service_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

using testing::HasSubstr;

TEST(ServiceMetrics, CountsRequestsByTheirLabels) {
  ServiceMetrics metrics;
  metrics.request_answered("GET", "/healthz", 200, 0.001);
  metrics.request_answered("GET", "/healthz", 200, 0.001);
  metrics.request_answered("POST", "/v1/generate", 422, 0.001);
  const std::string text = metrics.text(true);
  EXPECT_THAT(
      text,
      HasSubstr(
          "llm_http_requests_total{method=\"GET\",path=\"/healthz\",status=\"200\"} 2\n"
          "llm_http_requests_total{method=\"POST\",path=\"/v1/generate\",status=\"422\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE llm_http_requests_total counter\n"));
}

TEST(ServiceMetrics, BucketsHoldAllThatIsAtMostTheirBound) {
  ServiceMetrics metrics;
  for (const double seconds : {0.005, 0.006, 0.3, 31.0}) metrics.text_answered(200, seconds);
  const std::string text = metrics.text(true);
  EXPECT_THAT(text, HasSubstr("llm_generate_requests_total{status=\"200\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_bucket{le=\"0.01\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_bucket{le=\"0.5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_bucket{le=\"30\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("llm_generate_latency_seconds_count 4\n"));
}

TEST(ServiceMetrics, ASumOfManyDaysIsExact) {
  ServiceMetrics metrics;
  metrics.text_answered(200, 10'000'000.0);
  metrics.text_answered(200, 0.25);
  EXPECT_THAT(metrics.text(true), HasSubstr("llm_generate_latency_seconds_sum 10000000.25\n"));
}

TEST(ServiceMetrics, SaysWhetherTheModelIsReady) {
  EXPECT_THAT(ServiceMetrics().text(false), HasSubstr("\nllm_model_ready 0\n"));
  EXPECT_THAT(ServiceMetrics().text(true), HasSubstr("\nllm_model_ready 1\n"));
}

}  // namespace
}  // namespace lockstep::test
