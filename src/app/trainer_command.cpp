// SPDX-License-Identifier: Apache-2.0
#include "app/trainer_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "app/command_line.h"
#include "app/flag_hints.h"
#include "app/time_limit.h"
#include "app/trainer_flags.h"
#include "base/error.h"
#include "base/sentence.h"
#include "config/fields.h"
#include "config/presets.h"
#include "config/problems.h"
#include "config/suggestion.h"

namespace lockstep {
namespace {

using Texts = std::vector<std::string>;

constexpr std::int64_t kMaxCount = 1'000'000;  // of --more-epochs, --log-every and --peer-timeout
constexpr double kMostTflops = 1e6;
constexpr std::string_view kNoLocalDir = "--local-dir=";

struct Contradiction {
  std::string_view flag, other;
  std::string why;
};

std::vector<Contradiction> contradictions() {
  const std::string throws_away = sentence("the one continues a run, the other throws it away");
  return {
      {"--resume", "--overwrite", throws_away},
      {"--auto-resume", "--overwrite", throws_away},
      {"--resume", "--checkpoint",
       sentence("the one continues a run, the other starts a new one from its weights")},
      {"--epochs", "--more-epochs",
       sentence("the one is the total, the other adds to that of a run that is resumed")},
      {"--batch-size", "--batch-per-rank",
       sentence("the one is the batch of all ranks, the other of each")},
      {"--val-fraction", "--val-file",
       sentence("the one cuts validation data off the training data, the other brings its own")},
      {"--dry-run", "--doctor",
       sentence("the one shows the plan of a run, the other examines the place for it")},
  };
}

// What was given, before it has a meaning: flag -> its texts ("true" for a switch).
class GivenFlags {
 public:
  GivenFlags(int argc, const char* const* argv) {
    refuse_empty_values(argc, argv);
    const std::vector<const char*> words = words_of(argc, argv);
    CLI::App app;
    app.set_help_flag();  // --help is a flag like the others
    app.allow_extras();
    std::map<std::string_view, CLI::Option*> options;
    for (const TrainerFlag& flag : trainer_flags()) options[flag.name] = add_option(app, flag);
    try {
      app.parse(static_cast<int>(words.size()), words.data());
    } catch (const CLI::ParseError& error) {
      refuse_parse_error(error, argc, argv);
    }
    for (const auto& [name, option] : options)
      if (option->count() > 0) texts_[name] = option->results();
    unknown_ = app.remaining();
    const TrainerFlag* before = nullptr;
    for (const char* const each : words) {
      const std::string word = each;
      if (word.starts_with("-"))
        before = find_trainer_flag(word.substr(0, word.find('=')));
      else
        flag_before_.insert({word, before});
    }
  }

  bool has(std::string_view name) const { return texts_.contains(name); }
  const Texts& texts(std::string_view name) const { return texts_.at(name); }
  const std::map<std::string_view, Texts>& all() const { return texts_; }
  const Texts& unknown() const { return unknown_; }

  // The flag that a word follows, maybe after other words, or nullptr.
  const TrainerFlag* flag_before(const std::string& word) const {
    const auto found = flag_before_.find(word);
    return found == flag_before_.end() ? nullptr : found->second;
  }

 private:
  static CLI::Option* add_option(CLI::App& app, const TrainerFlag& flag) {
    const std::string name(flag.name);
    CLI::Option* option = flag.value.empty() ? app.add_flag(name == "--help" ? "-h,--help" : name)
                                             : app.add_option(name);
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  // CLI11 would take the next argument as the value.
  static void refuse_empty_values(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      if (argument.starts_with("--") && argument.ends_with("=") && argument != kNoLocalDir)
        throw Error(ErrorKind::usage, sentence("{0} is empty; it needs a value",
                                               {argument.substr(0, argument.size() - 1)}));
    }
  }

  static std::vector<const char*> words_of(int argc, const char* const* argv) {
    std::vector<const char*> words;
    for (int i = 0; i < argc; ++i) {
      if (argv[i] == kNoLocalDir)
        words.insert(words.end(), {"--local-dir", ""});
      else
        words.push_back(argv[i]);
    }
    return words;
  }

  [[noreturn]] static void refuse_parse_error(const CLI::ParseError& error, int argc,
                                              const char* const* argv) {
    const TrainerFlag* last = find_trainer_flag(argv[argc - 1]);
    if (last == nullptr || last->value.empty()) throw Error(ErrorKind::usage, error.what());
    throw Error(ErrorKind::usage,
                sentence("{0} needs a value: {0} {1}", {last->name, last->value}));
  }

  std::map<std::string_view, Texts> texts_;
  Texts unknown_;
  std::map<std::string, const TrainerFlag*> flag_before_;
};

// Gives the flags their meaning and collects what is wrong with them.
class CommandReader {
 public:
  CommandReader(const GivenFlags& given, Language language) : given_(given), language_(language) {}

  TrainerCommand read() {
    command_.action = action();
    if (command_.action == TrainerAction::help) command_.help = trainer_help(language_);
    if (command_.action == TrainerAction::help) return command_;
    if (command_.action == TrainerAction::version) {
      check_form(*find_trainer_flag("--version"), given_.texts("--version"));
      refuse_problems(sentence("the command line"), problems_);
      return command_;
    }
    check_unknown();
    for (const auto& [name, texts] : given_.all()) check_form(*find_trainer_flag(name), texts);
    check_contradictions();
    read_own_flags();
    for (const TrainerFlag& flag : trainer_flags())
      if (given_.has(flag.name)) read_override(flag);
    refuse_all_problems();
    return command_;
  }

 private:
  // With those of the settings, which resolve_config() would find in a next try.
  void refuse_all_problems() const {
    const OtherProblems others = problems_beside(command_, unread_);
    if (problems_.empty() && (!others.lacks_the_file || others.problems.size() == 1)) return;
    std::vector<std::string> all = problems_;
    all.insert(all.end(), others.problems.begin(), others.problems.end());
    refuse_problems(sentence("the command line"), all);
  }

  TrainerAction action() const {
    if (given_.has("--help")) return TrainerAction::help;
    if (given_.has("--version")) return TrainerAction::version;
    if (given_.has("--list-presets")) return TrainerAction::list_presets;
    if (given_.has("--dry-run")) return TrainerAction::dry_run;
    if (given_.has("--doctor")) return TrainerAction::doctor;
    return TrainerAction::run;
  }

  // The value of a misspelled flag is left over too; only the flag is worth a sentence.
  void check_unknown() {
    bool follows_unknown_flag = false;
    for (const std::string& argument : given_.unknown()) {
      const bool is_flag = argument.starts_with("-");
      if (is_flag)
        unknown_flag(argument.substr(0, argument.find('=')));
      else if (!follows_unknown_flag)
        stray_word(argument);
      follows_unknown_flag = is_flag;
    }
  }

  void unknown_flag(const std::string& flag) {
    problems_.push_back(sentence("{0} is not a flag of the trainer", {flag}) + hint_for_flag(flag));
  }

  // A shell makes many words of data/*.txt; they are worth one sentence.
  void stray_word(const std::string& word) {
    const TrainerFlag* before = given_.flag_before(word);
    const bool is_list = before != nullptr && is_repeatable(*before);
    if (is_list && !lists_.insert(before->name).second) return;
    problems_.push_back(sentence("'{0}' belongs to no flag", {word}) + hint_for_word(before));
  }

  static std::string hint_for_word(const TrainerFlag* before) {
    if (before != nullptr && before->value.empty()) return ": " + takes_no_value(*before);
    if (before != nullptr && is_repeatable(*before))
      return ": " + sentence("{0} is given once for each file, or takes a folder", {before->name});
    return "; " + sentence("see {0}", {"trainer --help"});
  }

  static std::string takes_no_value(const TrainerFlag& flag) {
    if (is_setting_switch(flag))
      return sentence("{0} is given as {0}, {0}=true or {0}=false", {flag.name});
    const bool resumes = flag.name == "--resume" || flag.name == "--auto-resume";
    return sentence("{0} takes no value", {flag.name}) + (resumes ? "; " + ways_to_go_on() : "");
  }

  static bool is_repeatable(const TrainerFlag& flag) {
    return flag.name == "--data-file" || flag.name == "--val-file";
  }

  // Without --local-dir there is no copy, so its absence is a value.
  static bool lacks_value(std::string_view name, const std::string& text) {
    return (text.empty() && name != "--local-dir") || text.starts_with("--");
  }

  void check_form(const TrainerFlag& flag, const Texts& texts) {
    if (flag.value.empty()) return check_switch(flag, texts);
    if (texts.size() > 1 && !is_repeatable(flag)) given_often(flag.name, texts.size());
    for (const std::string& text : texts) check_value(flag.name, text);
  }

  // What is wrong with the text of a setting's switch is found where that is read.
  void check_switch(const TrainerFlag& flag, const Texts& texts) {
    const auto is_set = [](const std::string& text) { return text == "true"; };
    if (!is_setting_switch(flag) && !std::ranges::all_of(texts, is_set))
      problems_.push_back(takes_no_value(flag));
    else if (!are_the_same(texts))
      given_often(flag.name, texts.size());
  }

  static bool are_the_same(const Texts& texts) {
    return std::ranges::count(texts, texts.front()) == std::ssize(texts);
  }

  void given_often(std::string_view name, std::size_t times) {
    problems_.push_back(sentence("{0} is given {1} times; give it once", {name, times}));
  }

  void check_value(std::string_view name, const std::string& text) {
    if (!lacks_value(name, text)) return;
    problems_.push_back(text.empty()
                            ? sentence("{0} is empty; it needs a value", {name})
                            : sentence("{0} needs a value, but '{1}' follows it", {name, text}));
  }

  void check_contradictions() {
    for (const auto& [flag, other, why] : contradictions())
      if (given_.has(flag) && given_.has(other))
        problems_.push_back(sentence("{0} and {1} contradict each other: {2}", {flag, other, why}));
    const bool resumes = given_.has("--resume") || given_.has("--auto-resume");
    if (given_.has("--more-epochs") && !resumes && !given_.has("--epochs"))
      problems_.push_back(
          sentence("--more-epochs adds to a run that is resumed; give --resume or "
                   "--auto-resume with it, or --epochs instead"));
  }

  std::optional<std::string> text(std::string_view name) const {
    if (!given_.has(name)) return std::nullopt;
    return given_.texts(name).front();
  }

  std::optional<std::int64_t> positive_number(std::string_view name) {
    if (!given_.has(name)) return std::nullopt;
    std::int64_t number = 0;
    auto allowed = set_from_texts({"", "", name, &number}, {given_.texts(name).front()});
    if (!allowed && number < 1) allowed = sentence("at least {0}", {1});
    if (!allowed && number > kMaxCount) allowed = sentence("at most {0}", {kMaxCount});
    must_be(name, allowed);
    return allowed ? std::nullopt : std::optional(number);
  }

  void read_own_flags() {
    command_.preset = text("--preset");
    command_.model = text("--model");
    if (command_.model && find_model(*command_.model) == nullptr)
      must_be("--model", model_instead_of(*command_.model));
    command_.config_file = text("--config");
    command_.save_config_file = text("--save-config");
    command_.more_epochs = positive_number("--more-epochs");
    command_.resume = given_.has("--resume");
    command_.auto_resume = given_.has("--auto-resume");
    command_.overwrite = given_.has("--overwrite");
    command_.checkpoint = text("--checkpoint");
    if (command_.checkpoint && !is_utf8(*command_.checkpoint))
      must_be("--checkpoint", sentence("a name in UTF-8"));
    if (const auto seconds = positive_number("--peer-timeout"))
      command_.peer_timeout_seconds = *seconds;
    if (const auto limit = text("--time-limit")) {
      command_.time_limit = time_limit_from_text(*limit);
      if (!command_.time_limit) must_be("--time-limit", time_limit_instead_of(*limit));
    }
    command_.metrics_file = text("--metrics-file");
    command_.log_every = positive_number("--log-every");
    command_.lang = text("--lang");
    if (command_.lang && command_.lang != "zh" && command_.lang != "en")
      must_be("--lang", alternatives(kLanguageNames));
    command_.quiet = given_.has("--quiet");
    command_.profile = given_.has("--profile");
    command_.log_all_ranks = given_.has("--log-all-ranks");
    read_peak();
  }

  void read_peak() {
    if (!given_.has("--peak-tflops")) return;
    auto allowed = set_from_texts({"", "", "--peak-tflops", &command_.peak_tflops},
                                  {given_.texts("--peak-tflops").front()});
    if (!allowed && !(command_.peak_tflops >= 0.0 && command_.peak_tflops < kMostTflops))
      allowed = sentence("a number of TFLOP/s that is not negative");
    must_be("--peak-tflops", allowed);
    if (!command_.profile)
      problems_.push_back(sentence("--peak-tflops is for --profile; give that too"));
  }

  // A switch makes of a field what it is not by itself; "=false" makes of it what it is.
  static Texts texts_of_switch(const Field& field, Texts texts) {
    if (*std::get<bool*>(field.value))
      for (std::string& text : texts)
        if (text == "true" || text == "false") text = text == "true" ? "false" : "true";
    if (are_the_same(texts)) texts.resize(1);
    return texts;
  }

  void read_override(const TrainerFlag& flag) {
    if (flag.name == "--preset" || flag.name == "--model") return;
    RunConfig scratch;
    for (const Field& field : fields_of(scratch)) {
      if (field.flag != flag.name) continue;
      const Texts& given = given_.texts(flag.name);
      const Texts texts = flag.value.empty() ? texts_of_switch(field, given) : given;
      const bool has_form = (texts.size() == 1 || is_repeatable(flag)) &&
                            std::ranges::none_of(texts, [&](const std::string& text) {
                              return lacks_value(flag.name, text);
                            });
      const auto allowed = has_form ? set_from_texts(field, texts) : std::nullopt;
      must_be(flag.name, allowed);
      if (has_form && !allowed)
        command_.overrides.push_back({std::string(flag.name), texts});
      else
        unread_.insert(flag.name);
    }
  }

  // A value that is missing has its own sentence already.
  void must_be(std::string_view name, const std::optional<std::string>& allowed) {
    if (!allowed || lacks_value(name, given_.texts(name).front())) return;
    problems_.push_back(
        sentence("{0} is '{1}'; it must be {2}", {name, given_.texts(name).front(), *allowed}));
  }

  const GivenFlags& given_;
  const Language language_;
  TrainerCommand command_;
  std::vector<std::string> problems_;
  std::set<std::string_view> lists_;   // flags that stray words followed
  std::set<std::string_view> unread_;  // flags of settings whose values have no meaning
};

}  // namespace

TrainerCommand parse_trainer_command(int argc, const char* const* argv) {
  const GivenFlags given(argc, argv);
  return CommandReader(given, language_on(argc, argv)).read();
}

}  // namespace lockstep
