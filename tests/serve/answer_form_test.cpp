// SPDX-License-Identifier: Apache-2.0
#include "serve/answer_form.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::test {
namespace {

using Json = nlohmann::json;

const ServedModel kModel{.name = "best_model.pt", .parameters = 124'046'592, .device = "cpu"};
const WrittenText kWritten{.text = "中\n\"文",
                           .counts = {.prompt = 600, .unread = 88, .written = 7},
                           .has_met_stop = true,
                           .seconds = 1.23456};

TEST(GenerateForm, HasTheFieldsThatProgramsRelyOn) {
  const auto form = make_generate_form(kModel, 42);
  EXPECT_EQ(Json::parse(form->whole(kWritten)), Json::parse(R"({
      "text": "中\n\"文", "latency_ms": 1234.6, "model_params_m": 124.05, "device": "cpu",
      "seed": 42, "prompt_tokens": 600, "prompt_tokens_not_read": 88, "new_tokens": 7})"));
  EXPECT_EQ(form->last(kWritten), std::vector{form->whole(kWritten)});
  EXPECT_EQ(form->refusal(429, "no"), R"({"detail":"no"})");
  EXPECT_EQ(form->piece("中"), R"({"delta":"中"})");
}

TEST(CompletionForm, IsOpenAis) {
  const auto form = make_completion_form(kModel, false);
  const Json whole = Json::parse(form->whole(kWritten));
  EXPECT_EQ(whole.at("object"), "text_completion");
  EXPECT_EQ(whole.at("model"), "best_model.pt");
  EXPECT_TRUE(whole.at("id").get<std::string>().starts_with("cmpl-"));
  EXPECT_GT(whole.at("created").get<std::int64_t>(), 1'700'000'000);
  EXPECT_EQ(
      whole.at("choices"),
      Json::parse(
          R"([{"text": "中\n\"文", "index": 0, "logprobs": null, "finish_reason": "stop"}])"));
  EXPECT_EQ(whole.at("usage"), Json::parse(R"({"prompt_tokens": 600, "prompt_tokens_not_read": 88,
                                               "completion_tokens": 7, "total_tokens": 607})"));
}

TEST(CompletionForm, APieceHasNoReasonToEndAndTheLastNoText) {
  const auto form = make_completion_form(kModel, false);
  const Json piece = Json::parse(form->piece("a"));
  EXPECT_EQ(piece.at("choices").at(0).at("text"), "a");
  EXPECT_EQ(piece.at("choices").at(0).at("finish_reason"), nullptr);
  EXPECT_FALSE(piece.contains("usage"));
  WrittenText written = kWritten;
  written.has_met_stop = false;
  ASSERT_EQ(form->last(written).size(), 1U);
  const Json last = Json::parse(form->last(written).front());
  EXPECT_EQ(last.at("usage").at("completion_tokens"), 7);
  EXPECT_EQ(last.at("choices").at(0).at("text"), "");
  EXPECT_EQ(last.at("choices").at(0).at("finish_reason"), "length");
  EXPECT_EQ(last.at("id"), piece.at("id"));
}

TEST(CompletionForm, TellsWhatWasUsedApartWhereThatIsAskedFor) {
  const auto form = make_completion_form(kModel, true);
  EXPECT_EQ(Json::parse(form->piece("a")).at("usage"), nullptr);
  const std::vector<std::string> last = form->last(kWritten);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(Json::parse(last[0]).at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(Json::parse(last[0]).at("usage"), nullptr);
  EXPECT_EQ(Json::parse(last[1]).at("choices"), Json::array());
  EXPECT_EQ(Json::parse(last[1]).at("usage").at("completion_tokens"), 7);
}

TEST(CompletionForm, SaysARefusalAsOpenAisClientsReadIt) {
  const auto form = make_completion_form(kModel, false);
  EXPECT_EQ(Json::parse(form->refusal(422, "no")),
            Json::parse(R"({"detail": "no", "error": {"message": "no",
                            "type": "invalid_request_error", "param": null, "code": null}})"));
  EXPECT_EQ(Json::parse(form->refusal(429, "no")).at("error").at("type"), "rate_limit_error");
  EXPECT_EQ(Json::parse(form->refusal(503, "no")).at("error").at("type"), "server_error");
}

TEST(Models, TheOneModelHasWhatOpenAisClientsReadOfIt) {
  ServedModel model = kModel;
  model.served_since = 1'700'000'000;
  EXPECT_EQ(Json::parse(models_json(model)), Json::parse(R"({"object": "list", "data": [
      {"id": "best_model.pt", "object": "model", "created": 1700000000,
       "owned_by": "lockstep"}]})"));
}

TEST(CompletionForm, EveryCompletionHasAnIdOfItsOwn) {
  EXPECT_NE(Json::parse(make_completion_form(kModel, false)->piece("a")).at("id"),
            Json::parse(make_completion_form(kModel, false)->piece("a")).at("id"));
}

}  // namespace
}  // namespace lockstep::test
