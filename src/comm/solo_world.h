// SPDX-License-Identifier: Apache-2.0
// A world of one: the program started without mpirun.
#pragma once

#include "comm/world.h"

namespace lockstep {

class SoloWorld : public World {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_leader() const override { return 0; }
  std::vector<std::string> gather_all(const std::string& text, std::chrono::seconds) override {
    return {text};
  }
  std::vector<std::vector<double>> gather_all(const std::vector<double>& numbers) override {
    return {numbers};
  }
  std::unique_ptr<PendingTexts> start_gather(const std::string& text) override;
  [[noreturn]] void abort(ExitCode exit_code) override;
};

}  // namespace lockstep
