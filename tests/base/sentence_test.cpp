// SPDX-License-Identifier: Apache-2.0
#include "base/sentence.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(Fill, PutsValuesWhereTheSentenceWantsThem) {
  EXPECT_EQ(fill("{1} of {0}, {1}", {"eight", "two"}), "two of eight, two");
}

TEST(Fill, TakesTextsPathsAndWholeNumbers) {
  const std::string text = "text";
  const std::filesystem::path path = "a/b";
  EXPECT_EQ(fill("{0} {1} {2} {3}", {text, path, -3, std::size_t{4}}), "text a/b -3 4");
}

TEST(Fill, LeavesBracesOfValuesAlone) { EXPECT_EQ(fill("<{0}>", {"{1}"}), "<{1}>"); }

TEST(Fill, LeavesBracesWithoutANumberAlone) {
  EXPECT_EQ(fill("{\"a\": {0}} {", {1}), "{\"a\": 1} {");
}

TEST(Fill, ChoosesTheWordThatFitsTheNumber) {
  EXPECT_EQ(fill("{0} {0|rank|ranks}, {1} {1|lane|lanes}.", {1, 8}), "1 rank, 8 lanes.");
  EXPECT_EQ(fill("{0} {0|rank has|ranks have} none", {0}), "0 ranks have none");
}

TEST(Fill, KeepsASentenceWithoutPlaces) { EXPECT_EQ(fill("done", {}), "done"); }

class SentenceTest : public ::testing::Test {
 protected:
  ~SentenceTest() override { translate_sentences({}); }
};

TEST_F(SentenceTest, IsSaidAsItIsWritten) { EXPECT_EQ(sentence("{0} of {1}", {1, 2}), "1 of 2"); }

TEST_F(SentenceTest, IsSaidInTheLanguageOfTheProcess) {
  translate_sentences({{"{0} of {1}", "{1}: {0}"}});
  EXPECT_EQ(sentence("{0} of {1}", {1, 2}), "2: 1");
  EXPECT_FALSE(speaks_english());
  translate_sentences({});
  EXPECT_TRUE(speaks_english());
  EXPECT_EQ(sentence("{0} of {1}", {1, 2}), "1 of 2");
}

TEST_F(SentenceTest, MayBeChosenBeforeItIsSaid) {
  const char* const chosen = "computing";
  EXPECT_EQ(translated(chosen), "computing");
  translate_sentences({{"computing", "calcul"}});
  EXPECT_EQ(translated(chosen), "calcul");
}

TEST_F(SentenceTest, StaysAsItIsWithoutATranslation) {
  translate_sentences({{"yes", "oui"}});
  EXPECT_EQ(sentence("no"), "no");
}

}  // namespace
}  // namespace lockstep::test
