// SPDX-License-Identifier: Apache-2.0
// What can go wrong, and what the shell hears of it. "Absent" is an answer (std::optional, an empty
// list), "broken" is an Error, "impossible" is an assert.
#pragma once

#include <stdexcept>
#include <string>

namespace lockstep {

// The exit codes people and job scripts rely on; the README lists them.
enum class ExitCode {
  success = 0,
  usage = 2,          // the command line or the configuration is wrong, or needs too much memory
  input = 3,          // a text, a token file or a tokenizer is missing or unusable
  checkpoint = 4,     // a checkpoint is missing, damaged or cannot be written
  communication = 5,  // a rank is gone or does not answer
  divergence = 6,     // the loss is no longer a finite number
  out_of_step = 7,    // ranks that must hold the same numbers do not
  internal = 70,      // a mistake of this program
  stopped = 75,       // stopped on request, state saved
};

enum class ErrorKind {
  usage,
  input,
  checkpoint,
  communication,
  divergence,
  out_of_step,
  internal,
  stopped,  // no failure: asked to, with nothing to save
};

// Every failure this program raises itself. `kind` chooses the exit code; the message says what was
// being done, to what, what was found, and the remedy where there is one.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// An error that every rank is throwing at this moment, so all may leave in good order.
class SharedError : public Error {
 public:
  using Error::Error;
};

ExitCode exit_code_for(ErrorKind kind);

// Whether the system did not give as much memory as was asked of it, by the library or by LibTorch.
bool is_lack_of_memory(const std::exception& error);

// The kind of `error` if it is an Error; input for what the file system refused where nobody
// looked; usage for a lack of memory; else internal.
ErrorKind kind_of(const std::exception& error);

// What people are told of `error`: without the stack that LibTorch adds for its developers, and
// with a remedy where memory is what lacks.
std::string sentence_of(const std::exception& error);

// "No space left on device (errno 28)" for the errno of a failed system call.
std::string errno_text(int error_number);

}  // namespace lockstep
