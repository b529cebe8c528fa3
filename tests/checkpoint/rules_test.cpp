// SPDX-License-Identifier: Apache-2.0
// Random sequences of what can happen to a run directory, against a model that states the rules in
// a few lines: which names exist, what they contain, which sets remain.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "checkpoint/names.h"
#include "checkpoint/small_run.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;

struct Rules {
  struct Set {
    Manifest manifest;
    std::string content;
  };
  std::map<std::string, Set> sets;
  std::map<std::string, std::string> files;  // .pt files and the history
  std::string latest;
  std::string best;

  std::vector<std::string> by_age() const {
    std::vector<std::string> names;
    for (const auto& [name, set] : sets) names.push_back(name);
    std::ranges::sort(names, {}, [&](const std::string& name) {
      return std::pair(sets.at(name).manifest.state.step, name.starts_with("epoch"));
    });
    return names;
  }

  void save(const Manifest& manifest, const std::string& content) {
    const PublishOrder& order = manifest.publish;
    sets[manifest.set] = {manifest, content};
    for (const std::string& name : order.pt_names) files[name] = content;
    if (manifest.ends_an_epoch()) files[names::kHistory] = history_to_json(manifest.state.history);
    latest = manifest.set;
    if (manifest.state.best_epoch > 0) best = names::epoch_set(manifest.state.best_epoch);
    if (order.save_every_epoch && !order.pt_names.empty()) keep_files(order.keep_last_n);
    keep_sets(order.save_every_epoch ? order.keep_last_n : 1);
  }

  void keep_files(std::int64_t kept) {
    std::vector<std::int64_t> epochs;
    for (const auto& [name, content] : files) {
      if (const auto epoch = names::parse_epoch_file(name)) epochs.push_back(*epoch);
    }
    std::ranges::sort(epochs, std::greater());
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      if (kept > 0 && static_cast<std::int64_t>(i) >= kept)
        files.erase(names::epoch_file(epochs[i]));
    }
  }

  void keep_sets(std::int64_t kept) {
    std::vector<std::string> names = by_age();
    std::ranges::reverse(names);
    std::int64_t epochs = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool is_epoch = names[i].starts_with("epoch");
      if (is_epoch) ++epochs;
      const bool is_kept_epoch = is_epoch && (kept == 0 || epochs <= kept);
      if (i >= 2 && !is_kept_epoch && names[i] != best) sets.erase(names[i]);
    }
  }

  Tree tree() const {
    Tree expected = files;
    expected["text"] = expected["shards"] = "/";
    if (!latest.empty()) expected["shards/latest"] = " -> " + latest;
    if (!best.empty()) expected["shards/best"] = " -> " + best;
    for (const auto& [name, set] : sets) {
      expected["shards/" + name] = "/";
      expected["shards/" + name + "/manifest.json"] = manifest_to_json(set.manifest);
      expected["shards/" + name + "/shard_00000_of_00001.h5"] = set.content;
    }
    return expected;
  }
};

class Sequence {
 public:
  Sequence(unsigned seed, std::map<std::string, int>& tally)
      : random_(seed), tally_(tally), run_(temp_.path()) {
    run_.keep_last_n = pick(4);
    run_.save_every_epoch = pick(4) > 0;
    run_.has_pt = pick(4) > 0;
    if (pick(4) == 0) system_calls().failing["renameat2"] = EINVAL;
    for (const char* name : {"model_epoch_1.pt.backup", "shards/epoch_0001.old"})
      write_text(temp_ / name, foreign_[name] = "mine");
  }
  ~Sequence() { system_calls().failing.clear(); }
  Sequence(const Sequence&) = delete;
  Sequence& operator=(const Sequence&) = delete;

  void act() {
    switch (pick(9)) {
      case 0:
      case 1: return save(next_epoch(), "epoch saved");
      case 2: return save(run_.within_epoch(), "step saved");
      case 3: return save_again();
      case 4: return crash(next_epoch());
      case 5: return crash(run_.within_epoch());
      case 6: return fail_to_publish(next_epoch());
      case 7: return open();
      default: return clean();
    }
  }

  // The names that are not as the rules say.
  std::string difference() const {
    Tree expected = rules_.tree();
    expected.insert(foreign_.begin(), foreign_.end());
    Tree found = tree_of(temp_.path());
    std::string text;
    for (const auto& [name, content] : expected) {
      if (!found.contains(name)) text.append("missing: ").append(name).append("\n");
      if (found.contains(name) && found[name] != content)
        text.append(name)
            .append(" is ")
            .append(found[name])
            .append(", not ")
            .append(content)
            .append("\n");
      found.erase(name);
    }
    for (const auto& [name, content] : found) text.append("too much: ").append(name).append("\n");
    return text;
  }

 private:
  int pick(int count) { return std::uniform_int_distribution(0, count - 1)(random_); }

  Manifest next_epoch() {
    static constexpr double kLosses[] = {1.0, 2.0, 2.0,
                                         3.0, 4.0, std::numeric_limits<double>::quiet_NaN()};
    return run_.end_of_epoch(kLosses[pick(6)]);
  }

  void save(const Manifest& manifest, const char* what) {
    ++tally_[what];
    run_.content = "save " + std::to_string(++saves_);
    run_.save(manifest);
    rules_.save(manifest, run_.content);
  }

  void save_again() {
    const std::vector<CommittedSet> sets = run_.directory.sets();
    if (!sets.empty()) save(*sets.back().manifest, "set saved again");
  }

  // Committed, and then an error. The next save, or the next start, makes up for it.
  void fail_to_publish(const Manifest& manifest) {
    ++tally_["publication failed"];
    run_.content = "save " + std::to_string(++saves_);
    run_.directory.commit(run_.write_draft(manifest), manifest.set);
    rules_.save(manifest, run_.content);
    if (pick(2) == 0) return save(run_.within_epoch(), "step saved");
    open();
  }

  void crash(const Manifest& manifest) {
    run_.content = "save " + std::to_string(++saves_);
    const bool died = dies_before_call(1 + pick(30), [&] { run_.save(manifest); });
    Rules saved = rules_;
    saved.save(manifest, run_.content);
    open();
    const bool is_new =
        run_.directory.sets().size() > 0 && run_.directory.sets().back().name == manifest.set;
    EXPECT_TRUE(is_new || died);
    ++tally_[!died ? "crash came late" : is_new ? "crash after the commit" : "crash before it"];
    if (is_new) rules_ = saved;
    resume();
  }

  void open() {
    ++tally_["opened"];
    open_again(run_.directory);
  }

  void resume() {
    const std::vector<CommittedSet> sets = run_.directory.sets();
    run_.state = sets.empty() ? TrainState() : sets.back().manifest->state;
  }

  void clean() {
    if (pick(4) == 0) {
      ++tally_["run removed"];
      run_.directory.remove_run();
      rules_ = Rules();
      return resume();
    }
    for (const std::int64_t epoch : run_.directory.epochs()) {
      ++tally_["epoch file cleaned"];
      remove_durably(temp_ / names::epoch_file(epoch), ErrorKind::checkpoint);
      rules_.files.erase(names::epoch_file(epoch));
    }
  }

  std::mt19937 random_;
  std::map<std::string, int>& tally_;
  TempDirectory temp_;
  SmallRun run_;
  Rules rules_;
  Tree foreign_;
  int saves_ = 0;
};

class Rules2000 : public testing::TestWithParam<unsigned> {};

// In eight parts, so that they may run side by side.
TEST_P(Rules2000, HoldAfterEveryStepOfARandomSequence) {
  const SystemCallsRestored restored;
  system_calls().skip_fsync = true;
  std::map<std::string, int> tally;
  testing::internal::CaptureStderr();
  const unsigned first = GetParam();
  for (unsigned seed = first; seed < first + 250 && !HasFailure(); ++seed) {
    Sequence sequence(seed, tally);
    for (int step = 1; step <= 6 && !HasFailure(); ++step) {
      sequence.act();
      EXPECT_EQ(sequence.difference(), "") << "sequence " << seed << ", step " << step;
    }
  }
  testing::internal::GetCapturedStderr();
  for (const auto& [what, count] : tally) std::cout << what << ": " << count << "\n";
  for (const char* what : {"crash after the commit", "crash before it", "set saved again"})
    EXPECT_GT(tally[what], 20) << what;
}

INSTANTIATE_TEST_SUITE_P(Sequences, Rules2000,
                         testing::Values(1, 251, 501, 751, 1001, 1251, 1501, 1751));

}  // namespace
}  // namespace lockstep::test
