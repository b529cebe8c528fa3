// SPDX-License-Identifier: Apache-2.0
// An environment variable that has another value while a test runs.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace lockstep::test {

class EnvironmentVariable {
 public:
  // A null `value` takes the variable away.
  EnvironmentVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~EnvironmentVariable() { set(old_ ? old_->c_str() : nullptr); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  void set(const char* value) {
    if (value != nullptr) {
      ::setenv(name_, value, 1);
    } else {
      ::unsetenv(name_);
    }
    ::tzset();
  }

  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace lockstep::test
