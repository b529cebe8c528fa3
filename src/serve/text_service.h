// SPDX-License-Identifier: Apache-2.0
// What a server answers to what: health, counters, a page for people, and text that a model writes.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "generate/text_model.h"
#include "serve/answer.h"
#include "serve/answer_form.h"
#include "serve/requests.h"
#include "serve/service_metrics.h"
#include "serve/stopwatch.h"
#include "serve/text_writer.h"

namespace lockstep {

// THREADS: any.
class TextService {
 public:
  // From now on there is a model; before, what needs one is refused with 503.
  // REQUIRES: called once.
  void serve(std::unique_ptr<TextModel> model, const std::string& name);

  // What goes wrong is an answer, too. The service outlives it.
  Answer answer(
      const std::string& method, const std::string& path, const std::string& body,
      const IsClientThere& is_client_there = [] { return true; });
  // Counts an answer that has reached its client, or has failed to.
  void answered(const std::string& method, const std::string& path, int status, double seconds);

  // Texts that are being written end, and no other is begun.
  void end();

 private:
  struct Route;
  struct Question {
    const std::string& path;
    const std::string& body;
    const IsClientThere& is_client_there;
  };
  struct Loaded {
    ServedModel facts;
    TextWriter writer;
  };

  static const Route* find_route(const std::string& path);
  static Answer refused_method(const Route& route, const std::string& method);
  Loaded& loaded() const;

  Answer health(const Question& question);
  Answer readiness(const Question& question);
  Answer metrics(const Question& question);
  Answer page(const Question& question);
  Answer models(const Question& question);
  Answer model(const Question& question);
  Answer generate(const Question& question);
  Answer complete(const Question& question);
  template <class Write>
  Answer text(const Write& write);

  Stopwatch uptime_;
  ServiceMetrics metrics_;
  std::unique_ptr<Loaded> model_;
  std::atomic<Loaded*> ready_ = nullptr;
};

}  // namespace lockstep
