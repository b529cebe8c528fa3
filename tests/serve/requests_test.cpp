// SPDX-License-Identifier: Apache-2.0
#include "serve/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "support/deep_json.h"

namespace lockstep::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Parse = TextCall (*)(const std::string& body, std::uint64_t fresh_seed);

std::string refusal_of(const std::string& body, Parse parse = parse_generate) {
  try {
    parse(body, 0);
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.status(), 422);
    return refusal.what();
  }
  return "accepted";
}

std::string with(const std::string& field) { return R"({"prompt": "a", )" + field + "}"; }

bool is_accepted(const std::string& field, Parse parse = parse_generate) {
  return refusal_of(with(field), parse) == "accepted";
}

TEST(Generate, HasDefaultsForAllButThePrompt) {
  const TextCall call = parse_generate(R"({"prompt": "中"})", 77);
  EXPECT_EQ(call.request.prompt, "中");
  EXPECT_EQ(call.request.max_new_tokens, 120);
  EXPECT_EQ(call.request.sampling.temperature, 0.8);
  EXPECT_EQ(call.request.sampling.top_k, 40);
  EXPECT_EQ(call.request.sampling.top_p, 0.9);
  EXPECT_EQ(call.request.sampling.repetition_penalty, 1.1);
  EXPECT_EQ(call.request.seed, 77U);
  EXPECT_FALSE(call.streams);
  EXPECT_TRUE(call.stops.empty());
}

TEST(Generate, TakesWhatIsGiven) {
  const TextCall call = parse_generate(
      R"({"prompt": "a", "max_new_tokens": 1024, "temperature": 2, "top_k": 1000, "top_p": 1,
          "repetition_penalty": 2.0, "seed": 9007199254740991, "stream": true})",
      0);
  EXPECT_EQ(call.request.max_new_tokens, 1024);
  EXPECT_EQ(call.request.sampling.temperature, 2.0);
  EXPECT_EQ(call.request.sampling.top_k, 1000);
  EXPECT_EQ(call.request.sampling.top_p, 1.0);
  EXPECT_EQ(call.request.sampling.repetition_penalty, 2.0);
  EXPECT_EQ(call.request.seed, 9007199254740991U);
  EXPECT_TRUE(call.streams);
}

TEST(Generate, NullTurnsAFilterOffAndIsElseTheDefault) {
  const TextCall call = parse_generate(
      R"({"prompt": "a", "top_k": null, "top_p": null, "seed": null, "temperature": null,
          "max_new_tokens": null, "repetition_penalty": null, "stream": null})",
      5);
  EXPECT_FALSE(call.request.sampling.top_k);
  EXPECT_FALSE(call.request.sampling.top_p);
  EXPECT_EQ(call.request.seed, 5U);
  EXPECT_EQ(call.request.sampling.temperature, 0.8);
  EXPECT_EQ(call.request.max_new_tokens, 120);
}

TEST(Generate, RefusesWhatIsOutOfRange) {
  for (const char* field : {R"("max_new_tokens": 0)",
                            R"("max_new_tokens": 1025)",
                            R"("max_new_tokens": 1.5)",
                            R"("max_new_tokens": "3")",
                            R"("max_new_tokens": 18446744073709551615)",
                            R"("max_new_tokens": 1e30)",
                            R"("temperature": 0)",
                            R"("temperature": 2.01)",
                            R"("temperature": "hot")",
                            R"("top_k": 0)",
                            R"("top_k": 1001)",
                            R"("top_k": true)",
                            R"("top_p": 0)",
                            R"("top_p": 1.01)",
                            R"("repetition_penalty": 0.99)",
                            R"("repetition_penalty": 2.01)",
                            R"("seed": -1)",
                            R"("seed": 9007199254740992)",
                            R"("stream": "yes")",
                            R"("stream": 1)"})
    EXPECT_FALSE(is_accepted(field)) << field;
}

TEST(Generate, SaysTheRange) {
  EXPECT_EQ(refusal_of(with(R"("temperature": 3)")),
            "temperature is 3; it must be a number above 0 and at most 2");
  EXPECT_EQ(refusal_of(with(R"("repetition_penalty": 0.5)")),
            "repetition_penalty is 0.5; it must be a number from 1 to 2");
  EXPECT_EQ(refusal_of(with(R"("top_k": 0)")),
            "top_k is 0; it must be a whole number from 1 to 1000");
}

TEST(Generate, AcceptsTheEndsOfTheRanges) {
  for (const char* field :
       {R"("max_new_tokens": 1)", R"("max_new_tokens": 1024)", R"("temperature": 1e-9)",
        R"("temperature": 2)", R"("top_k": 1)", R"("top_k": 1000)", R"("top_p": 1e-9)",
        R"("top_p": 1)", R"("repetition_penalty": 1)", R"("repetition_penalty": 2)",
        R"("seed": 0)"})
    EXPECT_TRUE(is_accepted(field)) << field;
}

TEST(Generate, CountsThePromptInCharacters) {
  std::string prompt;
  for (std::size_t i = 0; i < kMostPromptCharacters; ++i) prompt += "中";
  EXPECT_EQ(refusal_of(R"({"prompt": ")" + prompt + R"("})"), "accepted");
  EXPECT_THAT(refusal_of(R"({"prompt": ")" + prompt + R"(文"})"), HasSubstr("4097 characters"));
  EXPECT_THAT(refusal_of(R"({"prompt": ""})"), HasSubstr("0 characters"));
  EXPECT_THAT(refusal_of(R"({"prompt": ["a"]})"), HasSubstr("prompt is [\"a\"]"));
  EXPECT_THAT(refusal_of("{}"), HasSubstr("prompt is missing"));
}

TEST(Generate, SaysAllThatIsWrongAtOnce) {
  EXPECT_THAT(refusal_of(R"({"temprature": 1, "top_k": 0, "seed": "x"})"),
              AllOf(HasSubstr("prompt is missing"), HasSubstr("top_k is 0; it must be"),
                    HasSubstr("seed is \"x\""), HasSubstr("temprature is not a field")));
}

// Of as many keys as a body has room for, in a time that grows no faster than they do.
TEST(Generate, SaysTheFirstOfManyProblems) {
  std::string body = "{\"prompt\": \"a\"";
  for (int i = 0; i < 60'000; ++i) body += ",\"k" + std::to_string(i) + "\":0";
  const std::clock_t began = std::clock();
  const std::string refusal = refusal_of(body + "}");
  EXPECT_LT(std::clock() - began, 4 * CLOCKS_PER_SEC);
  EXPECT_LT(refusal.size(), 1000U);
  EXPECT_TRUE(refusal.ends_with(" is not a field of this request. And 59980 more")) << refusal;
}

TEST(Generate, ABodyThatIsNoObjectOfJsonIsSaid) {
  EXPECT_THAT(refusal_of(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("{\"prompt\": \"\xFF\"}"),
              AllOf(HasSubstr("not JSON: byte 13: "), HasSubstr("ill-formed UTF-8")));
  EXPECT_THAT(refusal_of("{\"prompt\": 'a'}"),
              AllOf(HasSubstr("not JSON: byte 12: "), Not(HasSubstr("UTF-8"))));
  EXPECT_EQ(refusal_of("{\"seed\": 1e999}"), "the body has a number that is too large");
  EXPECT_THAT(refusal_of("[1]"), HasSubstr("the body is [1]; it must be an object"));
  EXPECT_THAT(refusal_of("\"a\""), HasSubstr("it must be an object"));
}

TEST(Generate, ALongValueIsCutWhereItIsRepeated) {
  const std::string long_text(10'000, 'x');
  EXPECT_LT(refusal_of(with(R"("seed": ")" + long_text + "\"")).size(), 200U);
}

TEST(Completion, HasTheDefaultsOfOpenAi) {
  const TextCall call = parse_completion(R"({"prompt": "a"})", 3);
  EXPECT_EQ(call.request.max_new_tokens, 16);
  EXPECT_EQ(call.request.sampling.temperature, 1.0);
  EXPECT_FALSE(call.request.sampling.top_k);
  EXPECT_FALSE(call.request.sampling.top_p);
  EXPECT_EQ(call.request.sampling.repetition_penalty, 1.0);
  EXPECT_EQ(call.request.seed, 3U);
}

TEST(Completion, TakesStopsAsOneTextOrAsSome) {
  EXPECT_THAT(parse_completion(with(R"("stop": "x")"), 0).stops, ElementsAre("x"));
  EXPECT_THAT(parse_completion(with(R"("stop": ["x", "yz"])"), 0).stops, ElementsAre("x", "yz"));
  EXPECT_TRUE(parse_completion(with(R"("stop": [])"), 0).stops.empty());
  for (const char* field : {R"("stop": "")", R"("stop": ["a", ""])", R"("stop": 3)",
                            R"("stop": ["a", "b", "c", "d", "e"])"})
    EXPECT_FALSE(is_accepted(field, parse_completion)) << field;
}

TEST(Completion, TheMostLikelyTokenAloneIsAllowed) {
  EXPECT_EQ(parse_completion(with(R"("temperature": 0)"), 0).request.sampling.temperature, 0.0);
  EXPECT_EQ(parse_completion(with(R"("top_p": 0)"), 0).request.sampling.top_p, 0.0);
}

TEST(Completion, ThePromptMayBeAListOfOne) {
  EXPECT_EQ(parse_completion(R"({"prompt": ["ab"]})", 0).request.prompt, "ab");
  for (const char* prompt : {"[]", R"(["a", "b"])", "[1, 2]", "[[1]]", R"([""])"})
    EXPECT_NE(refusal_of(std::string(R"({"prompt": )") + prompt + "}", parse_completion),
              "accepted")
        << prompt;
  EXPECT_EQ(refusal_of(R"({"prompt": ["a", "b"]})", parse_completion),
            "prompt is [\"a\",\"b\"]; it must be a text of 1 to 4096 characters, or a list of one "
            "such text");
}

TEST(Completion, AStreamMayTellWhatWasUsedApart) {
  const auto is_apart = [](const std::string& options) {
    return parse_completion(with(R"("stream": true, "stream_options": )" + options), 0)
        .tells_usage_apart;
  };
  EXPECT_TRUE(is_apart(R"({"include_usage": true})"));
  EXPECT_FALSE(is_apart(R"({"include_usage": false})"));
  EXPECT_FALSE(is_apart("null"));
  for (const char* field :
       {R"("stream_options": {"include_usage": true})", R"("stream": true, "stream_options": {})",
        R"("stream": true, "stream_options": true)",
        R"("stream": true, "stream_options": {"include_usage": 1})",
        R"("stream": true, "stream_options": {"include_usage": true, "other": true})"})
    EXPECT_FALSE(is_accepted(field, parse_completion)) << field;
}

TEST(Completion, RefusesWhatItDoesNotHaveUnlessThatChangesNothing) {
  for (const char* field :
       {R"("n": 1)", R"("best_of": 1)", R"("echo": false)", R"("suffix": null)",
        R"("logprobs": null)", R"("presence_penalty": 0)", R"("frequency_penalty": 0.0)",
        R"("logit_bias": {})", R"("model": "any")", R"("user": "me")"})
    EXPECT_TRUE(is_accepted(field, parse_completion)) << field;
  for (const char* field : {R"("n": 2)", R"("echo": true)", R"("suffix": "b")", R"("logprobs": 1)",
                            R"("presence_penalty": 0.5)", R"("logit_bias": {"5": 1})",
                            R"("top_k": 3)", R"("max_new_tokens": 3)"})
    EXPECT_FALSE(is_accepted(field, parse_completion)) << field;
}

TEST(Requests, RefuseWhatNestsTooDeep) {
  for (const std::string& body : {deep_list(), "{\"prompt\": " + deep_list() + "}",
                                  "{\"prompt\": \"a\", \"n\": " + deep_list() + "}"}) {
    const std::string sentence = "the body is no request: it nests deeper than 100 levels";
    EXPECT_EQ(refusal_of(body), sentence);
    EXPECT_EQ(refusal_of(body, parse_completion), sentence);
  }
}

}  // namespace
}  // namespace lockstep::test
