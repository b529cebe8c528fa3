// SPDX-License-Identifier: Apache-2.0
#include "serve/text_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/sentence.h"
#include "serve/serving.h"

namespace lockstep::test {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const std::string kCall = R"({"prompt": "a"})";

Answer post(Serving& serving, const std::string& path, const std::string& body) {
  return serving.service.answer("POST", path, body);
}

// The events of a stream, without what is around their data.
std::vector<std::string> events_of(const Answer& answer) {
  std::string all;
  answer.parts([&](std::string_view part) {
    all += part;
    return true;
  });
  std::vector<std::string> events;
  for (std::size_t end = 0; (end = all.find("\n\n")) != std::string::npos; all.erase(0, end + 2))
    events.push_back(all.substr(6, end - 6));
  EXPECT_EQ(all, "");
  return events;
}

std::string detail_of(const Answer& answer) {
  return Json::parse(answer.body).at("detail").get<std::string>();
}

TEST(TextService, AnswersHealthWithoutAModel) {
  TextService service;
  const Answer answer = service.answer("GET", "/healthz", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body).at("status"), "ok");
  EXPECT_GE(Json::parse(answer.body).at("uptime_s").get<double>(), 0.0);
}

TEST(TextService, WhatNeedsAModelIsRefusedBeforeThereIsOne) {
  TextService service;
  for (const auto& [method, path] :
       {std::pair("GET", "/readyz"), std::pair("GET", "/v1/models"),
        std::pair("GET", "/v1/models/a"), std::pair("POST", "/v1/generate"),
        std::pair("POST", "/v1/completions")}) {
    const Answer answer = service.answer(method, path, kCall);
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_EQ(detail_of(answer), "model not ready") << path;
  }
  EXPECT_THAT(service.answer("GET", "/metrics", "").body,
              AllOf(HasSubstr("llm_model_ready 0\n"),
                    HasSubstr("llm_generate_requests_total{status=\"503\"} 2\n")));
}

TEST(TextService, IsReadyWithAModel) {
  Serving serving("xyz");
  const Answer answer = serving.service.answer("GET", "/readyz", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"ready","device":"cpu","model_params_m":124.05})");
  EXPECT_THAT(serving.service.answer("GET", "/v1/models", "").body, HasSubstr("best_model.pt"));
}

TEST(TextService, TellsOfItsModelByName) {
  Serving serving("xyz");
  const Answer answer = serving.service.answer("GET", "/v1/models/best_model.pt", "");
  EXPECT_EQ(answer.status, 200);
  const Json list = Json::parse(serving.service.answer("GET", "/v1/models", "").body);
  EXPECT_EQ(Json::parse(answer.body), list.at("data").at(0));
  for (const char* other : {"/v1/models/gpt-4", "/v1/models/best_model.pt/a"}) {
    const Answer refusal = serving.service.answer("GET", other, "");
    EXPECT_EQ(refusal.status, 404) << other;
    EXPECT_EQ(Json::parse(refusal.body).at("error").at("type"), "invalid_request_error");
    EXPECT_THAT(detail_of(refusal), AllOf(HasSubstr("no model"), HasSubstr("best_model.pt")));
  }
  EXPECT_EQ(serving.service.answer("GET", "/v1/models/", "").status, 404);
  EXPECT_EQ(serving.service.answer("DELETE", "/v1/models/best_model.pt", "").status, 405);
}

TEST(TextService, WritesText) {
  Serving serving("xyz");
  const Answer answer = post(serving, "/v1/generate", R"({"prompt": "ab", "seed": 9})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.type, "application/json");
  EXPECT_EQ(Json::parse(answer.body).at("text"), "xyz");
  EXPECT_EQ(Json::parse(answer.body).at("seed"), 9);
  EXPECT_EQ(serving.model->last_request.prompt, "ab");
  EXPECT_EQ(serving.model->last_request.seed, 9U);
}

TEST(TextService, StreamsText) {
  Serving serving("xyz");
  const Answer answer = post(serving, "/v1/generate", R"({"prompt": "ab", "stream": true})");
  EXPECT_EQ(answer.type, "text/event-stream");
  const std::vector<std::string> events = events_of(answer);
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[0], R"({"delta":"x"})");
  EXPECT_EQ(events[2], R"({"delta":"z"})");
  EXPECT_EQ(Json::parse(events[3]).at("text"), "xyz");
  EXPECT_EQ(events[4], "[DONE]");
}

TEST(TextService, CompletesUpToAStop) {
  Serving serving("one. two");
  const std::string body = R"({"prompt": "a", "stop": ". ", "max_tokens": 50)";
  const Json whole = Json::parse(post(serving, "/v1/completions", body + "}").body);
  EXPECT_EQ(whole.at("choices").at(0).at("text"), "one");
  EXPECT_EQ(whole.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(whole.at("usage").at("completion_tokens"), 5);
  const auto events = events_of(post(serving, "/v1/completions", body + R"(, "stream": true})"));
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(Json::parse(events[3]).at("choices").at(0).at("finish_reason"), "stop");
}

// ". " may begin with the last character, which is said when nothing more comes.
TEST(TextService, WhatWasHeldBackForAStopIsSaidAtTheEnd) {
  Serving serving("one.");
  const std::string body = R"({"prompt": "a", "stop": ". "})";
  EXPECT_EQ(Json::parse(post(serving, "/v1/completions", body).body).at("choices").at(0).at("text"),
            "one.");
}

TEST(TextService, AClientThatIsGoneEndsItsText) {
  Serving serving("xyz");
  int written = 0;
  serving.model->before_piece = [&] { ++written; };
  const Answer answer = post(serving, "/v1/generate", R"({"prompt": "ab", "stream": true})");
  answer.parts([](std::string_view) { return false; });
  EXPECT_EQ(written, 1);
  EXPECT_THAT(serving.service.answer("GET", "/metrics", "").body,
              HasSubstr("llm_generate_requests_total{status=\"499\"} 1\n"));
}

TEST(TextService, AClientThatIsGoneEndsATextThatIsNotStreamedToo) {
  Serving serving("xyz");
  int written = 0;
  serving.model->before_piece = [&] { ++written; };
  const auto answer = [&] {
    return serving.service.answer("POST", "/v1/generate", kCall, [&] { return written < 2; });
  };
  EXPECT_EQ(answer().status, 499);
  EXPECT_EQ(written, 2);
  EXPECT_EQ(answer().status, 499);
  EXPECT_EQ(written, 2);  // none is begun for one who has left before its turn
}

TEST(TextService, AWrongBodyIsRefused) {
  Serving serving("xyz");
  const Answer answer = post(serving, "/v1/generate", "{}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(detail_of(answer), HasSubstr("prompt is missing"));
  EXPECT_THAT(serving.service.answer("GET", "/metrics", "").body,
              HasSubstr("llm_generate_requests_total{status=\"422\"} 1\n"));
}

TEST(TextService, APromptThatTheModelCannotReadIsAWrongRequest) {
  Serving serving("xyz");
  serving.model->before_piece = [] { throw Error(ErrorKind::input, "it has no tokens"); };
  const Answer answer = post(serving, "/v1/generate", kCall);
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(detail_of(answer), "it has no tokens");
}

TEST(TextService, ARefusalHasTheFormOfThoseWhoAsk) {
  Serving serving("xyz");
  EXPECT_FALSE(Json::parse(post(serving, "/v1/generate", "{}").body).contains("error"));
  for (const char* path : {"/v1/completions", "/v1/chat/completions", "/v1/models"}) {
    const Answer answer = post(serving, path, "{}");
    EXPECT_EQ(Json::parse(answer.body).at("error").at("message"), detail_of(answer)) << path;
  }
  serving.model->before_piece = [] { throw std::runtime_error("it broke"); };
  const auto events =
      events_of(post(serving, "/v1/completions", R"({"prompt": "a", "stream": true})"));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(Json::parse(events[0]).at("error").at("message"), "it broke");
}

TEST(TextService, AStreamEndsWithWhatWasUsedWhereThatIsAskedFor) {
  Serving serving("xy");
  const auto events = events_of(
      post(serving, "/v1/completions",
           R"({"prompt": "a", "stream": true, "stream_options": {"include_usage": true}})"));
  ASSERT_EQ(events.size(), 5U);  // two pieces, the end, what was used, [DONE]
  EXPECT_EQ(Json::parse(events[3]).at("choices"), Json::array());
  EXPECT_EQ(Json::parse(events[3]).at("usage").at("completion_tokens"), 2);
}

TEST(TextService, OtherPathsAndMethodsAreRefused) {
  TextService service;
  EXPECT_EQ(service.answer("GET", "/nothing", "").status, 404);
  EXPECT_EQ(service.answer("GET", "/v1/generate", "").status, 405);
  EXPECT_EQ(service.answer("POST", "/healthz", "").status, 405);
  EXPECT_EQ(service.answer("HEAD", "/healthz", "").status, 200);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(TextService, ARefusedMethodComesWithThoseThatAreAllowed) {
  TextService service;
  EXPECT_EQ(service.answer("GET", "/v1/generate", "").headers, (Headers{{"Allow", "POST"}}));
  EXPECT_EQ(service.answer("POST", "/healthz", "").headers, (Headers{{"Allow", "GET, HEAD"}}));
}

TEST(TextService, WhatMayComeLaterSaysWhen) {
  const Headers later = {{"Retry-After", "5"}};
  EXPECT_EQ(TextService().answer("GET", "/readyz", "").headers, later);
  EXPECT_EQ(TextService().answer("GET", "/nothing", "").headers, Headers());
}

TEST(TextService, APathThatIsNotUtf8IsRefusedLikeAnyOther) {
  const Answer answer = TextService().answer("GET", "/a\xFF", "");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(detail_of(answer), HasSubstr("/a\xEF\xBF\xBD"));
}

TEST(TextService, ThePageNeedsNothingFromElsewhere) {
  const Answer answer = TextService().answer("GET", "/", "");
  EXPECT_EQ(answer.type, "text/html; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("/v1/generate"));
  EXPECT_EQ(answer.body.find("http://"), std::string::npos);
  EXPECT_EQ(answer.body.find("https://"), std::string::npos);
}

TEST(TextService, AModelThatFailsIsAnAnswerAndLetsOthersGoOn) {
  Serving serving("xyz");
  serving.model->before_piece = [] { throw std::runtime_error("it broke"); };
  const Answer answer = post(serving, "/v1/generate", kCall);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(detail_of(answer), "it broke");
  const auto events =
      events_of(post(serving, "/v1/generate", R"({"prompt": "a", "stream": true})"));
  EXPECT_EQ(events, (std::vector<std::string>{R"({"detail":"it broke"})"}));
  serving.model->before_piece = [] {};
  EXPECT_EQ(post(serving, "/v1/generate", kCall).status, 200);
}

// The log is for those who run the server.
TEST(TextService, AClientIsToldInEnglishOfWhatFails) {
  Serving serving("xyz");
  serving.model->before_piece = [] { throw std::runtime_error("坏了"); };
  translate_sentences({{"error", "错误"}});
  const Answer answer = post(serving, "/v1/generate", kCall);
  const auto events =
      events_of(post(serving, "/v1/generate", R"({"prompt": "a", "stream": true})"));
  translate_sentences({});
  EXPECT_THAT(detail_of(answer), HasSubstr("its log says why"));
  EXPECT_EQ(Json::parse(events.at(0)).at("detail"), detail_of(answer));
}

TEST(TextService, CountsPathsThatClientsMakeUpAsOne) {
  TextService service;
  service.answered("GET", "/v1/models/a", 404, 0.1);
  service.answered("GET", "/v1/models/b\"} 1", 404, 0.1);
  service.answered("GET", "/a", 404, 0.1);
  service.answered("GET", "/b\"} 1", 404, 0.1);
  EXPECT_THAT(service.answer("GET", "/metrics", "").body,
              AllOf(HasSubstr("{method=\"GET\",path=\"other\",status=\"404\"} 2\n"),
                    HasSubstr("{method=\"GET\",path=\"/v1/models/{id}\",status=\"404\"} 2\n")));
}

TEST(TextService, CountsMethodsThatClientsMakeUpAsOne) {
  TextService service;
  service.answered("A\"B{}x", "", 400, 0.1);
  service.answered("BREW", "/healthz", 400, 0.1);
  service.answered("", "", 400, 0.1);
  service.answered("PATCH", "/healthz", 405, 0.1);
  EXPECT_THAT(service.answer("GET", "/metrics", "").body,
              AllOf(HasSubstr("{method=\"other\",path=\"other\",status=\"400\"} 2\n"),
                    HasSubstr("{method=\"other\",path=\"/healthz\",status=\"400\"} 1\n"),
                    HasSubstr("{method=\"PATCH\",path=\"/healthz\",status=\"405\"} 1\n")));
}

// A text is held up until all others wait or are refused.
TEST(TextService, OneTextAtATimeAndFewThatWait) {
  constexpr std::uint64_t kClients = kMostWaitingTexts + 4;
  Serving serving("x");
  std::promise<void> go_on;
  serving.model->before_piece = [held = go_on.get_future().share()] { held.wait(); };
  std::vector<std::future<int>> statuses;
  for (std::uint64_t i = 0; i < kClients; ++i)
    statuses.push_back(std::async(std::launch::async,
                                  [&] { return post(serving, "/v1/generate", kCall).status; }));
  const std::string refused = "llm_generate_requests_total{status=\"429\"} 3\n";
  while (serving.service.answer("GET", "/metrics", "").body.find(refused) == std::string::npos)
    std::this_thread::yield();
  go_on.set_value();
  std::vector<int> counts(600);
  for (std::future<int>& status : statuses) ++counts.at(static_cast<std::size_t>(status.get()));
  EXPECT_EQ(counts[200], kMostWaitingTexts + 1);
  EXPECT_EQ(counts[429], 3);
}

TEST(TextService, AfterTheEndNoTextIsBegun) {
  Serving serving("xyz");
  int written = 0;
  serving.model->before_piece = [&] {
    if (++written == 2) serving.service.end();
  };
  EXPECT_EQ(post(serving, "/v1/generate", kCall).status, 503);
  EXPECT_EQ(written, 2);
  EXPECT_EQ(post(serving, "/v1/generate", kCall).status, 503);
  EXPECT_EQ(written, 2);
}

}  // namespace
}  // namespace lockstep::test
