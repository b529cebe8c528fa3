// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "app/server_command.h"
#include "support/message_of.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

ServerCommand parse_server(std::vector<const char*> arguments,
                           const std::optional<std::string>& environment = std::nullopt) {
  arguments.insert(arguments.begin(), "server");
  return parse_server_command(static_cast<int>(arguments.size()), arguments.data(), environment);
}

std::string server_refusal(const std::vector<const char*>& arguments) {
  return message_of([&] { parse_server(arguments); }, ErrorKind::usage);
}

TEST(ServerCommand, ServesTheBestModelToThisMachineByDefault) {
  const ServerCommand command = parse_server({});
  EXPECT_EQ(command.action, ServerAction::serve);
  EXPECT_EQ(command.checkpoint, "checkpoints/best_model.pt");
  EXPECT_EQ(command.host, "127.0.0.1");
  EXPECT_EQ(command.port, 8000);
  EXPECT_EQ(command.threads, 0);
  EXPECT_FALSE(command.lang);
}

TEST(ServerCommand, TheCommandLineGoesBeforeTheEnvironment) {
  EXPECT_EQ(parse_server({}, "a.pt").checkpoint, "a.pt");
  EXPECT_EQ(parse_server({}, "").checkpoint, "checkpoints/best_model.pt");
  EXPECT_EQ(parse_server({"--checkpoint", "b.pt"}, "a.pt").checkpoint, "b.pt");
}

TEST(ServerCommand, TakesWhatIsGivenAndOfSeveralTheLast) {
  const ServerCommand command = parse_server(
      {"--port", "1", "--port=65535", "--host", "::1", "--threads", "2", "--lang", "zh"});
  EXPECT_EQ(command.port, 65535);
  EXPECT_EQ(command.host, "::1");
  EXPECT_EQ(command.threads, 2);
  EXPECT_EQ(command.lang, "zh");
  EXPECT_EQ(parse_server({"--version"}).action, ServerAction::version);
  EXPECT_THAT(parse_server({"--help"}).help, HasSubstr("--port"));
}

TEST(ServerCommand, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(server_refusal({"--prot", "1"}), HasSubstr("did you mean '--port'?"));
  EXPECT_THAT(server_refusal({"--xyz"}), HasSubstr("--xyz is not an option of server; see server"));
  EXPECT_EQ(server_refusal({"-v"}), "-v is not an option of server; see server --help");
  EXPECT_THAT(server_refusal({"a.pt"}), HasSubstr("'a.pt' is too much"));
  EXPECT_THAT(server_refusal({"--lang", "fr"}), HasSubstr("'zh' or 'en'"));
  EXPECT_EQ(server_refusal({"--port"}), "--port needs a value (try server --help)");
  for (const char* const version : {"--version=abc", "--version=3", "--version=false"})
    EXPECT_EQ(server_refusal({version}), "--version takes no value (try server --help)");
  EXPECT_THAT(server_refusal({"--checkpoint", ""}), HasSubstr("--checkpoint is empty"));
  EXPECT_THAT(server_refusal({"--host="}), HasSubstr("--host"));
  for (const char* port : {"-1", "65536", "80a", "99999999999999999999", ""})
    EXPECT_THAT(server_refusal({"--port", port}), HasSubstr("--port")) << port;
}

}  // namespace
}  // namespace lockstep::test
