// SPDX-License-Identifier: Apache-2.0
// server: a trained model that writes text, over HTTP. Links no MPI.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <future>
#include <thread>

#include "app/command_line.h"
#include "app/end_signals.h"
#include "app/print_answer.h"
#include "app/server_command.h"
#include "app/usable_cores.h"
#include "base/error.h"
#include "base/log.h"
#include "base/open_files.h"
#include "generate/gpt_text_model.h"
#include "report/chinese.h"
#include "report/server_report.h"
#include "report/words.h"
#include "serve/http_server.h"
#include "store/open_checkpoint.h"

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kMoment(100);
// For the answers that are being given when the end is asked for.
constexpr std::chrono::seconds kFarewell(10);

std::optional<std::string> checkpoint_of_environment() {
  const char* const value = std::getenv("LLM_CHECKPOINT");
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string address_of(const std::string& host, int port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

int threads_of(const ServerCommand& command) {
  if (command.threads > 0) return command.threads;
  return usable_cores_of_this_process();
}

// Who started the server may read no longer; its clients are served all the same.
void say(const std::string& text) try { print_answer(text); } catch (const Error& error) {
  log_warning(error.what());
}

// Ends the process though a client never comes to the end of its request: after a while, or at once
// when that is asked for again. Nothing can be lost.
void end_in_time(const EndSignals& signals) {
  std::thread([signals] {
    signals.wait_for(kFarewell);
    std::_Exit(static_cast<int>(ExitCode::success));
  }).detach();
}

// Answers while the model is being loaded: that it is not ready.
void serve(const ServerCommand& command) {
  const Words& words = words_in(chosen_language(command.lang));
  const std::filesystem::path checkpoint =
      find_checkpoint(CheckpointDirectory("checkpoints"), command.checkpoint.string());
  const EndSignals signals;
  TextService service;
  HttpServer server(service, command.host, command.port);
  say(loading_report(words, checkpoint.string()));
  std::future<std::unique_ptr<TextModel>> loading =
      std::async(std::launch::async, load_text_model, checkpoint, threads_of(command));
  while (loading.wait_for(kMoment) != std::future_status::ready)
    if (signals.wait_for(std::chrono::milliseconds(0))) std::_Exit(0);  // nothing can be lost
  std::unique_ptr<TextModel> model = loading.get();
  const std::int64_t parameters = model->parameters();
  service.serve(std::move(model), checkpoint_name(checkpoint));
  say(serving_report(words, checkpoint.string(), parameters,
                     address_of(command.host, server.port())));
  while (!signals.wait_for(std::chrono::hours(1))) {
  }
  end_in_time(signals);
  service.end();
}

void carry_out(const ServerCommand& command) {
  switch (command.action) {
    case ServerAction::serve: return serve(command);
    case ServerAction::version: return print_answer("server (Lockstep) " LOCKSTEP_VERSION "\n");
    case ServerAction::help: return print_answer(command.help);
  }
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using namespace lockstep;
  speak(language_on(argc, argv));
  keep_closed_streams_closed();
  allow_more_open_files();
  survive_file_size_limit();
  try {
    carry_out(parse_server_command(argc, argv, checkpoint_of_environment()));
    return static_cast<int>(ExitCode::success);
  } catch (const std::exception& error) {
    log_error(sentence_of(error));
    return static_cast<int>(exit_code_for(kind_of(error)));
  }
}
