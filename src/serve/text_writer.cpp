// SPDX-License-Identifier: Apache-2.0
#include "serve/text_writer.h"

#include <exception>
#include <string>
#include <utility>

#include "base/error.h"
#include "serve/failure.h"
#include "serve/stop_texts.h"

namespace lockstep {
namespace {

// One of Server-Sent Events.
std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

void require(const IsClientThere& is_client_there) {
  if (!is_client_there())
    throw Refusal(kClientGone, "the client has left, or closed its side of the connection");
}

}  // namespace

struct TextWriter::Writing {
  TextCall call;
  std::shared_ptr<const AnswerForm> form;
  Stopwatch since_request;
  std::unique_ptr<Turns::Turn> turn;
};

TextWriter::TextWriter(std::unique_ptr<TextModel> model, ServiceMetrics& metrics)
    : model_(std::move(model)), metrics_(metrics) {}

void TextWriter::require_going_on() const {
  if (is_ending_) throw Refusal(kUnavailable, "the server is being stopped");
}

Answer TextWriter::answer(TextCall call, std::shared_ptr<const AnswerForm> form,
                          const Stopwatch& since_request, const IsClientThere& is_client_there) {
  std::unique_ptr<Turns::Turn> turn = turns_.take(is_client_there);
  require(is_client_there);
  if (!turn)
    throw Refusal(kTooManyRequests, std::to_string(kMostWaitingTexts) +
                                        " requests wait for their text already; try again later");
  require_going_on();
  const auto writing = std::make_shared<Writing>(
      Writing{std::move(call), std::move(form), since_request, std::move(turn)});
  if (writing->call.streams)
    return {.type = "text/event-stream",
            .parts = [this, writing](const Answer::Write& part) { stream(*writing, part); }};
  const WrittenText written = write(*writing, [&](std::string_view) { return is_client_there(); });
  require_going_on();
  require(is_client_there);
  metrics_.text_answered(kOk, written.seconds);
  return {.body = writing->form->whole(written)};
}

WrittenText TextWriter::write(const Writing& writing, const Answer::Write& take) {
  WrittenText written;
  StopTexts stops(writing.call.stops);
  const auto say = [&](const std::string& text) {
    written.text += text;
    return text.empty() || take(text);
  };
  const auto take_piece = [&](std::string_view piece) {
    return say(stops.add(piece)) && !stops.is_found() && !is_ending_;
  };
  try {
    written.counts = model_->generate(writing.call.request, take_piece);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::input) throw Refusal(kUnprocessable, error.what());
    throw;
  }
  say(stops.end());
  written.has_met_stop = stops.is_found();
  written.seconds = writing.since_request.seconds();
  return written;
}

// Its status is on its way before the first token: what goes wrong later is an event.
void TextWriter::stream(const Writing& writing, const Answer::Write& write_part) {
  const AnswerForm& form = *writing.form;
  int status = kOk;
  bool is_client_there = true;
  try {
    const WrittenText written = write(writing, [&](std::string_view piece) {
      return is_client_there = write_part(event(form.piece(piece)));
    });
    require_going_on();
    require([&] { return is_client_there; });
    std::string end;
    for (const std::string& last : form.last(written)) end += event(last);
    write_part(end + event("[DONE]"));
  } catch (const Refusal& refusal) {
    status = refusal.status();
    write_part(event(form.refusal(status, refusal.what())));
  } catch (const std::exception& error) {
    status = kServerFailed;
    write_part(event(form.refusal(status, report_failure(error))));
  }
  metrics_.text_answered(status, writing.since_request.seconds());
}

}  // namespace lockstep
