// SPDX-License-Identifier: Apache-2.0
// Writes texts for clients, one at a time, in the order of their coming: a text takes all
// processors as it is.
#pragma once

#include <atomic>
#include <memory>

#include "generate/text_model.h"
#include "serve/answer.h"
#include "serve/answer_form.h"
#include "serve/requests.h"
#include "serve/service_metrics.h"
#include "serve/stopwatch.h"
#include "serve/turns.h"

namespace lockstep {

inline constexpr std::size_t kMostWaitingTexts = 16;

// THREADS: any.
class TextWriter {
 public:
  // Counts what it answers in `metrics`, which outlive it.
  TextWriter(std::unique_ptr<TextModel> model, ServiceMetrics& metrics);

  // The text that is called for; or, if it is to be streamed, the beginning of it, with the parts
  // to come. Waits for its turn first. Throws Refusal(429) if too many wait, Refusal(503) after
  // end(), and Refusal(499) where the client has left; the writer outlives the answer.
  Answer answer(TextCall call, std::shared_ptr<const AnswerForm> form,
                const Stopwatch& since_request, const IsClientThere& is_client_there);

  // Texts that are being written end at their next piece, and those that wait are refused.
  void end() { is_ending_ = true; }

 private:
  struct Writing;

  WrittenText write(const Writing& writing, const Answer::Write& take);
  void stream(const Writing& writing, const Answer::Write& write);
  void require_going_on() const;

  std::unique_ptr<TextModel> model_;
  ServiceMetrics& metrics_;
  Turns turns_{kMostWaitingTexts};
  std::atomic<bool> is_ending_ = false;
};

}  // namespace lockstep
