// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/ckpt_tool_command.h"
#include "base/error.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using Action = CkptToolAction;
using testing::ElementsAre;
using testing::HasSubstr;

CkptToolCommand parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "ckpt-tool");
  return parse_ckpt_tool_command(static_cast<int>(arguments.size()), arguments.data());
}

std::string refusal_of(const std::vector<const char*>& arguments) {
  return message_of([&] { parsed(arguments); }, ErrorKind::usage);
}

TEST(CkptToolCommand, KnowsItsSubcommands) {
  EXPECT_EQ(parsed({"list"}).action, Action::list);
  EXPECT_EQ(parsed({"history"}).action, Action::history);
  EXPECT_EQ(parsed({"compare", "a", "b"}).action, Action::compare);
  EXPECT_EQ(parsed({"clean", "--keep", "2"}).action, Action::clean);
  EXPECT_EQ(parsed({"verify"}).action, Action::verify);
  EXPECT_EQ(parsed({"consolidate"}).action, Action::consolidate);
  EXPECT_EQ(parsed({"export", "--format", "hf", "-o", "x"}).action, Action::export_model);
}

TEST(CkptToolCommand, LooksIntoCheckpointsUnlessToldOtherwise) {
  EXPECT_EQ(parsed({"list"}).directory, "checkpoints");
  EXPECT_EQ(parsed({"list"}).lang, std::nullopt);
  EXPECT_FALSE(parsed({"list"}).json);
}

TEST(CkptToolCommand, TakesCommonOptionsBeforeTheSubcommand) {
  const CkptToolCommand command =
      parsed({"--checkpoint-dir", "mine", "--json", "--lang", "zh", "verify", "3"});
  EXPECT_EQ(command.directory, "mine");
  EXPECT_TRUE(command.json);
  EXPECT_EQ(command.lang, "zh");
  EXPECT_THAT(command.checkpoints, ElementsAre("3"));
}

TEST(CkptToolCommand, TakesCommonOptionsAfterTheSubcommand) {
  const CkptToolCommand command =
      parsed({"verify", "3", "--checkpoint-dir", "mine", "--json", "--lang", "en"});
  EXPECT_EQ(command.directory, "mine");
  EXPECT_TRUE(command.json);
  EXPECT_EQ(command.lang, "en");
  EXPECT_THAT(command.checkpoints, ElementsAre("3"));
}

TEST(CkptToolCommand, TakesTheLastOfRepeatedOptions) {
  EXPECT_EQ(parsed({"--checkpoint-dir", "a", "list", "--checkpoint-dir", "b"}).directory, "b");
}

TEST(CkptToolCommand, ComparesExactlyTwo) {
  EXPECT_THAT(parsed({"compare", "best", "latest"}).checkpoints, ElementsAre("best", "latest"));
  EXPECT_THAT(refusal_of({"compare", "a"}), HasSubstr("compare needs 2 checkpoints, but 1 was"));
  EXPECT_THAT(refusal_of({"compare", "a", "b", "c"}), HasSubstr("compare needs 2 checkpoints"));
  EXPECT_THAT(refusal_of({"compare"}), HasSubstr("ckpt-tool compare A B"));
}

TEST(CkptToolCommand, ComparesCheckpointsThatAreCalledLikeSubcommands) {
  EXPECT_THAT(parsed({"compare", "list", "clean"}).checkpoints, ElementsAre("list", "clean"));
}

TEST(CkptToolCommand, VerifiesOneOrAll) {
  EXPECT_TRUE(parsed({"verify"}).checkpoints.empty());
  EXPECT_TRUE(parsed({"verify", "--all"}).all);
  EXPECT_THAT(refusal_of({"verify", "--all", "3"}), HasSubstr("not both"));
  EXPECT_THAT(refusal_of({"verify", "1", "2"}), HasSubstr("at most 1 checkpoint"));
}

TEST(CkptToolCommand, ConsolidatesOneIntoAFile) {
  EXPECT_EQ(parsed({"consolidate"}).output, std::nullopt);
  EXPECT_EQ(parsed({"consolidate", "best", "-o", "x.pt"}).output, "x.pt");
  EXPECT_EQ(parsed({"consolidate", "--output=x.pt"}).output, "x.pt");
  EXPECT_THAT(parsed({"consolidate", "-o", "x.pt", "7"}).checkpoints, ElementsAre("7"));
  EXPECT_THAT(refusal_of({"consolidate", "-o", ""}), HasSubstr("--output is empty"));
}

TEST(CkptToolCommand, ExportsInAFormatIntoAFolder) {
  const CkptToolCommand command = parsed({"export", "best", "--format", "safetensors", "-o", "x"});
  EXPECT_EQ(command.action, Action::export_model);
  EXPECT_EQ(command.format, ModelFormat::safetensors);
  EXPECT_EQ(command.output, "x");
  EXPECT_THAT(command.checkpoints, ElementsAre("best"));
  EXPECT_EQ(parsed({"export", "--format=hf", "--output=x"}).format, ModelFormat::hf);
  EXPECT_TRUE(parsed({"export", "--format=hf", "-o", "x"}).checkpoints.empty());
}

TEST(CkptToolCommand, ExportsOnlyWhenToldHowAndWhere) {
  EXPECT_EQ(refusal_of({"export", "-o", "x"}),
            "export needs to know the format: --format must be 'hf' or 'safetensors'");
  EXPECT_EQ(refusal_of({"export", "--format", "safetensor", "-o", "x"}),
            "--format is 'safetensor'; it must be 'hf' or 'safetensors'; did you mean "
            "'safetensors'?");
  EXPECT_EQ(refusal_of({"export", "--format", "hf"}),
            "export needs a folder to write to: ckpt-tool export --format hf -o DIR");
  EXPECT_EQ(refusal_of({"export", "--format", "hf", "-o", ""}),
            "--output is empty; it needs the name of a folder");
  EXPECT_THAT(refusal_of({"export", "1", "2", "--format", "hf", "-o", "x"}),
              HasSubstr("at most 1 checkpoint"));
  EXPECT_THAT(refusal_of({"consolidate", "--format", "hf"}),
              HasSubstr("--format is not an option of consolidate"));
}

TEST(CkptToolCommand, CleansOnlyWhenToldHowManyStay) {
  EXPECT_EQ(parsed({"clean", "--keep", "5"}).keep, 5);
  EXPECT_TRUE(parsed({"clean", "--keep", "5", "--dry-run"}).dry_run);
  EXPECT_THAT(refusal_of({"clean"}), HasSubstr("ckpt-tool clean --keep N"));
  EXPECT_EQ(refusal_of({"clean", "--keep", "0"}),
            "--keep is '0'; it must be a whole number of at least 1");
  EXPECT_THAT(refusal_of({"clean", "--keep", "few"}), HasSubstr("--keep is 'few'"));
  EXPECT_THAT(refusal_of({"clean", "--keep=-3"}), HasSubstr("--keep is '-3'"));
  EXPECT_EQ(refusal_of({"clean", "--keep"}), "--keep needs a value (try ckpt-tool --help)");
}

TEST(CkptToolCommand, SuggestsTheCommandThatWasMeant) {
  EXPECT_EQ(refusal_of({"lst"}),
            "'lst' is not a command of ckpt-tool; it must be 'list', 'history', 'compare', "
            "'clean', 'verify', 'consolidate' or 'export'; did you mean 'list'?");
}

TEST(CkptToolCommand, SuggestsTheOptionThatWasMeant) {
  EXPECT_EQ(refusal_of({"clean", "--kep", "3"}),
            "--kep is not an option of clean; did you mean '--keep'?");
  EXPECT_EQ(refusal_of({"--checkpoint-dri=x", "list"}),
            "--checkpoint-dri is not an option of list; did you mean '--checkpoint-dir'?");
  EXPECT_EQ(refusal_of({"list", "--dry-run"}),
            "--dry-run is not an option of list; see ckpt-tool list --help");
}

TEST(CkptToolCommand, SaysThatAnOptionOfACommandStandsAfterIt) {
  EXPECT_EQ(refusal_of({"--keep", "3", "clean"}), "--keep must stand after clean");
  EXPECT_EQ(refusal_of({"--all", "verify"}), "--all must stand after verify");
  EXPECT_EQ(refusal_of({"--format=hf", "export", "-o", "x"}), "--format must stand after export");
  EXPECT_EQ(refusal_of({"-o", "x.pt", "consolidate"}), "-o must stand after consolidate");
}

TEST(CkptToolCommand, KnowsTheFolderByItsNameInTheTrainer) {
  for (const char* given : {"--output-dir", "--output-dir=run"})
    EXPECT_EQ(refusal_of({"consolidate", given}),
              "--output-dir is not an option of consolidate; did you mean '--checkpoint-dir'?");
}

TEST(CkptToolCommand, RefusesWhatIsTooMuch) {
  EXPECT_EQ(refusal_of({"list", "everything"}),
            "'everything' is too much: ckpt-tool list takes no more");
}

TEST(CkptToolCommand, RefusesAValueOfASwitch) {
  for (const char* const json : {"--json=zz", "--json=3", "--json=false"})
    EXPECT_EQ(refusal_of({"list", json}), "--json takes no value (try ckpt-tool --help)");
  EXPECT_EQ(refusal_of({"clean", "--keep", "1", "--dry-run=2"}),
            "--dry-run takes no value (try ckpt-tool --help)");
  EXPECT_TRUE(parsed({"--json", "list", "--json"}).json);
}

TEST(CkptToolCommand, NamesTheCommandsWhenNoneIsGiven) {
  EXPECT_THAT(refusal_of({}), HasSubstr("'consolidate' or 'export'"));
}

TEST(CkptToolCommand, RefusesAnUnknownLanguage) {
  EXPECT_EQ(refusal_of({"list", "--lang", "fr"}), "--lang is 'fr'; it must be 'zh' or 'en'");
}

TEST(CkptToolCommand, RefusesAnEmptyFolder) {
  EXPECT_THAT(refusal_of({"list", "--checkpoint-dir", ""}), HasSubstr("--checkpoint-dir is empty"));
}

TEST(CkptToolCommand, HelpsWithItselfAndEachSubcommand) {
  EXPECT_EQ(parsed({"--help"}).action, Action::help);
  EXPECT_THAT(parsed({"--help"}).help, HasSubstr("consolidate"));
  EXPECT_THAT(parsed({"--help"}).help, HasSubstr("export"));
  EXPECT_THAT(parsed({"export", "--help"}).help, HasSubstr("--format"));
  EXPECT_THAT(parsed({"clean", "--help"}).help, HasSubstr("--keep"));
  EXPECT_THAT(parsed({"compare", "--help"}).help,
              HasSubstr("Usage: ckpt-tool compare [OPTIONS] A B\n"));
  for (const char* const common : {"--checkpoint-dir", "--json", "--lang"})
    EXPECT_THAT(parsed({"compare", "--help"}).help, HasSubstr(common));
}

TEST(CkptToolCommand, TellsItsVersion) { EXPECT_EQ(parsed({"--version"}).action, Action::version); }

}  // namespace
}  // namespace lockstep::test
