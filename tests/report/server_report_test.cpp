// SPDX-License-Identifier: Apache-2.0
#include "report/server_report.h"

#include <gtest/gtest.h>

namespace lockstep::test {
namespace {

TEST(ServerReport, SaysWhatIsServedAndWhere) {
  EXPECT_EQ(serving_report(words_in(Language::en), "latest.pt", 124'046'592, "http://[::1]:80"),
            "🌐 latest.pt (124,046,592 parameters) is served at http://[::1]:80 (Ctrl-C ends it)\n");
  EXPECT_EQ(serving_report(words_in(Language::zh), "latest.pt", 1000, "http://a:80"),
            "🌐 latest.pt (1,000 参数) 正在服务: http://a:80 (按 Ctrl-C 结束)\n");
}

TEST(ServerReport, SaysWhatIsLoaded) {
  EXPECT_EQ(loading_report(words_in(Language::en), "latest.pt"), "📖 Loading latest.pt\n");
}

}  // namespace
}  // namespace lockstep::test
