// SPDX-License-Identifier: Apache-2.0
#include "config/fields.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace lockstep::test {
namespace {

std::optional<std::string> set_integer(const std::string& text, std::int64_t& number) {
  return set_from_texts({"train", "epochs", "--epochs", &number}, {text});
}

std::optional<std::string> set_double(const std::string& text, double& number) {
  return set_from_texts({"optim", "eps", "--eps", &number}, {text});
}

TEST(Fields, HaveDistinctPathsAndFlags) {
  RunConfig config;
  std::set<std::string> paths;
  std::multiset<std::string_view> flags;
  for (const Field& field : fields_of(config)) {
    EXPECT_TRUE(paths.insert(path_of(field)).second) << path_of(field);
    flags.insert(field.flag);
    EXPECT_TRUE(field.flag.empty() || flags.count(field.flag) == 1) << field.flag;
  }
  EXPECT_EQ(paths.size(), 48U);
}

TEST(Fields, AreNamedWithTheirFlag) {
  RunConfig config;
  const std::vector<Field> fields = fields_of(config);
  EXPECT_EQ(label_of(fields[0]), "preset (--preset)");
  EXPECT_EQ(label_of(fields[2]), "model.vocab_size");
}

TEST(Fields, AreEmptyAsATextOrAListWithNothingInIt) {
  RunConfig config;
  config.data.files = {""};
  for (const Field& field : fields_of(config))
    EXPECT_EQ(is_empty(field),
              path_of(field) == "data.validation_files" || path_of(field) == "data.local_dir")
        << path_of(field);
}

TEST(FieldTexts, ReadWholeNumbers) {
  std::int64_t number = 0;
  EXPECT_EQ(set_integer("-7", number), std::nullopt);
  EXPECT_EQ(number, -7);
  EXPECT_EQ(set_integer("9223372036854775807", number), std::nullopt);
  EXPECT_EQ(number, 9223372036854775807);
}

TEST(FieldTexts, RefuseWhatIsNotAWholeNumber) {
  std::int64_t number = 5;
  EXPECT_EQ(set_integer("", number), "a whole number");
  EXPECT_EQ(set_integer("ten", number), "a whole number");
  EXPECT_EQ(set_integer("1 ", number), "a whole number");
  EXPECT_EQ(set_integer("+1", number), "a whole number");
  EXPECT_EQ(set_integer("0x10", number), "a whole number");
  EXPECT_EQ(set_integer("1.5", number), "a whole number");
  EXPECT_EQ(number, 5);
}

TEST(FieldTexts, SayHowToWriteAWholeNumberWithAnExponent) {
  std::int64_t number = 5;
  EXPECT_EQ(set_integer("1e3", number), "a whole number; write 1000");
  EXPECT_EQ(set_integer("2.0", number), "a whole number; write 2");
  EXPECT_EQ(set_integer("1e300", number), "a whole number");
  EXPECT_EQ(set_integer("inf", number), "a whole number");
}

TEST(FieldTexts, RefuseWholeNumbersThatOverflow) {
  std::int64_t number = 5;
  EXPECT_EQ(set_integer("9223372036854775808", number),
            "between -9223372036854775808 and 9223372036854775807");
  EXPECT_EQ(number, 5);
}

TEST(FieldTexts, ReadEverySeedOf64Bits) {
  std::uint64_t seed = 0;
  const Field field{"train", "seed", "--seed", &seed};
  EXPECT_EQ(set_from_texts(field, {"18446744073709551615"}), std::nullopt);
  EXPECT_EQ(seed, 18446744073709551615U);
  EXPECT_EQ(set_from_texts(field, {"-1"}), "a whole number that is not negative");
  EXPECT_EQ(set_from_texts(field, {"18446744073709551616"}), "between 0 and 18446744073709551615");
}

TEST(FieldTexts, ReadNumbersWithExponents) {
  double number = 0.0;
  EXPECT_EQ(set_double("1e-4", number), std::nullopt);
  EXPECT_EQ(number, 1e-4);
  EXPECT_EQ(set_double("5e-5", number), std::nullopt);
  EXPECT_EQ(number, 5e-5);
  EXPECT_EQ(set_double("-0.25", number), std::nullopt);
  EXPECT_EQ(number, -0.25);
  EXPECT_EQ(set_double("3", number), std::nullopt);
  EXPECT_EQ(number, 3.0);
}

TEST(FieldTexts, RefuseWhatIsNotANumber) {
  double number = 0.5;
  EXPECT_EQ(set_double("", number), "a number, such as 0.01 or 5e-5");
  EXPECT_EQ(set_double("0,1", number), "a number, such as 0.01 or 5e-5");
  EXPECT_EQ(set_double("1e-4x", number), "a number, such as 0.01 or 5e-5");
  EXPECT_EQ(set_double("1e999", number), "a number that double precision can hold");
  EXPECT_EQ(number, 0.5);
}

TEST(FieldTexts, RefuseAnUnknownChoiceWithASuggestion) {
  DeviceKind device = DeviceKind::cpu;
  const Field field{"train", "device", "--device", &device};
  EXPECT_EQ(set_from_texts(field, {"cuda"}), std::nullopt);
  EXPECT_EQ(device, DeviceKind::cuda);
  EXPECT_EQ(set_from_texts(field, {"gpu"}), "'cpu' or 'cuda'");
  EXPECT_EQ(set_from_texts(field, {"cdua"}), "'cpu' or 'cuda'; did you mean 'cuda'?");
}

TEST(FieldTexts, KeepEveryTextOfAList) {
  std::vector<std::string> files = {"old.txt"};
  EXPECT_EQ(set_from_texts({"data", "files", "--data-file", &files}, {"a.txt", "b,c.txt"}),
            std::nullopt);
  EXPECT_EQ(files, (std::vector<std::string>{"a.txt", "b,c.txt"}));
}

TEST(FieldTexts, EveryChoiceHasItsText) {
  EXPECT_EQ(text_of(TokenizerKind::byte), "byte");
  EXPECT_EQ(text_of(TokenizerKind::sentencepiece), "sentencepiece");
  EXPECT_EQ(text_of(DeviceKind::cpu), "cpu");
  EXPECT_EQ(text_of(DeviceKind::cuda), "cuda");
  EXPECT_EQ(text_of(RateSchedule::constant), "constant");
  EXPECT_EQ(text_of(RateSchedule::cosine), "cosine");
  EXPECT_EQ(text_of(WeightDecayScope::all), "all");
  EXPECT_EQ(text_of(WeightDecayScope::matrices), "matrices");
  EXPECT_EQ(choice_named<RateSchedule>("cosine"), RateSchedule::cosine);
  EXPECT_EQ(choice_named<RateSchedule>("Cosine"), std::nullopt);
}

TEST(FieldTexts, WriteTheShortestNumberThatReadsBack) {
  EXPECT_EQ(number_text(5e-5), "5e-05");
  EXPECT_EQ(number_text(1e-4), "0.0001");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number_text(std::nan("")), "nan");
}

}  // namespace
}  // namespace lockstep::test
