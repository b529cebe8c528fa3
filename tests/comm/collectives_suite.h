// SPDX-License-Identifier: Apache-2.0
// What every kind of Collectives promises, as one suite that each kind runs: include this in
// one file of a test program and instantiate CollectivesSuite with the settings of its kinds.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "comm/all_gather.h"
#include "comm/collectives.h"

namespace lockstep::test {

using CollectiveBody = std::function<void(World&, Collectives&)>;

// A world to run the suite in.
struct CollectivesSetting {
  std::string name;
  std::function<void(const CollectiveBody&)> run;  // on every rank
  friend std::ostream& operator<<(std::ostream& out, const CollectivesSetting& setting) {
    return out << setting.name;
  }
};

class CollectivesSuite : public testing::TestWithParam<CollectivesSetting> {};

inline std::string name_of_setting(const testing::TestParamInfo<CollectivesSetting>& setting) {
  return setting.param.name;
}

using Numbers = std::vector<float>;

// Numbers with fractions that no float holds exactly, others for every `key`.
inline Numbers uneven_numbers(std::size_t count, int key) {
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i)
    numbers[i] = std::sin(static_cast<float>(i) * 0.1F + static_cast<float>(key));
  return numbers;
}

inline std::size_t place_of(int peer, int message, int messages) {
  return static_cast<std::size_t>(peer) * static_cast<std::size_t>(messages) +
         static_cast<std::size_t>(message);
}

inline int key_of(int from, int to, int message) { return from * 100 + to * 10 + message; }

// Every rank sends `messages` messages to every other and receives as many.
inline void exchange_and_check(World& world, Collectives& collectives, std::size_t count,
                               int messages) {
  std::vector<Numbers> mine, theirs;
  for (int peer = 0; peer < world.size(); ++peer) {
    for (int message = 0; message < messages; ++message) {
      mine.push_back(uneven_numbers(count, key_of(world.rank(), peer, message)));
      theirs.emplace_back(count);
    }
  }
  std::vector<Outgoing> outgoing;
  std::vector<Incoming> incoming;
  for (int peer = 0; peer < world.size(); ++peer) {
    if (peer == world.rank()) continue;
    for (int message = 0; message < messages; ++message) {
      const std::size_t i = place_of(peer, message, messages);
      outgoing.push_back({.peer = peer, .values = mine[i]});
      incoming.push_back({.peer = peer, .values = theirs[i]});
    }
  }
  collectives.start(outgoing, incoming)->wait();
  for (int peer = 0; peer < world.size(); ++peer) {
    if (peer == world.rank()) continue;
    for (int message = 0; message < messages; ++message)
      EXPECT_EQ(theirs[place_of(peer, message, messages)],
                uneven_numbers(count, key_of(peer, world.rank(), message)))
          << "from " << peer << ", message " << message;
  }
}

TEST_P(CollectivesSuite, EveryRankGetsWhatEveryOtherSendsIt) {
  GetParam().run([](World& world, Collectives& collectives) {
    exchange_and_check(world, collectives, 1, 1);
    exchange_and_check(world, collectives, 1000, 1);
  });
}

TEST_P(CollectivesSuite, MessagesOfTwoRanksArriveInTheirOrder) {
  GetParam().run([](World& world, Collectives& collectives) {
    exchange_and_check(world, collectives, 5000, 7);
  });
}

TEST_P(CollectivesSuite, TakesMessagesBiggerThanAnyPiece) {
  GetParam().run([](World& world, Collectives& collectives) {
    exchange_and_check(world, collectives, (std::size_t{16} << 20) + 5, 1);
  });
}

TEST_P(CollectivesSuite, NothingIsAMessageToo) {
  GetParam().run([](World& world, Collectives& collectives) {
    exchange_and_check(world, collectives, 0, 2);
    collectives.start({}, {})->wait();
    EXPECT_TRUE(collectives.start({}, {})->poll());
  });
}

TEST_P(CollectivesSuite, ExchangesStartedOneAfterTheOtherAreOnTheirWayTogether) {
  GetParam().run([](World& world, Collectives& collectives) {
    const int next = (world.rank() + 1) % world.size();
    const int before = (world.rank() + world.size() - 1) % world.size();
    if (next == world.rank()) return;
    std::vector<Numbers> mine, theirs;
    for (int i = 0; i < 5; ++i) {
      mine.push_back(uneven_numbers(300'000, key_of(world.rank(), next, i)));
      theirs.emplace_back(300'000);
    }
    std::vector<std::unique_ptr<PendingTransfers>> pending;
    for (std::size_t i = 0; i < 5; ++i) {
      pending.push_back(collectives.start({}, {{.peer = before, .values = theirs[i]}}));
      pending.push_back(collectives.start({{.peer = next, .values = mine[i]}}, {}));
    }
    for (const auto& transfers : pending) transfers->wait();
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(theirs[static_cast<std::size_t>(i)],
                uneven_numbers(300'000, key_of(before, world.rank(), i)));
  });
}

TEST_P(CollectivesSuite, PollSaysWhenAllIsThere) {
  GetParam().run([](World& world, Collectives& collectives) {
    const int next = (world.rank() + 1) % world.size();
    const int before = (world.rank() + world.size() - 1) % world.size();
    if (next == world.rank()) return;
    const Numbers mine = uneven_numbers(100'000, world.rank());
    Numbers theirs(100'000);
    const auto transfers =
        collectives.start({{.peer = next, .values = mine}}, {{.peer = before, .values = theirs}});
    while (!transfers->poll()) {
    }
    EXPECT_EQ(theirs, uneven_numbers(100'000, before));
  });
}

// Every rank writes, tells the others with an empty message, reads what it can, and says that it
// has, so that the next round may overwrite it.
TEST_P(CollectivesSuite, AWindowIsReadByAllThatCanAfterAMessage) {
  GetParam().run([](World& world, Collectives& collectives) {
    const auto count_of = [](int rank) { return static_cast<std::size_t>(rank) * 5000; };
    const auto window = collectives.share(count_of(world.rank()));
    ASSERT_EQ(window->mine().size(), count_of(world.rank()));
    EXPECT_TRUE(std::ranges::all_of(window->mine(), [](float value) { return value == 0.0F; }));
    std::vector<Outgoing> to_all;
    std::vector<Incoming> from_all;
    for (int peer = 0; peer < world.size(); ++peer) {
      if (peer == world.rank()) continue;
      to_all.push_back({.peer = peer, .values = {}});
      from_all.push_back({.peer = peer, .values = {}});
    }
    for (int round = 0; round < 20; ++round) {
      std::ranges::copy(uneven_numbers(window->mine().size(), key_of(world.rank(), 0, round)),
                        window->mine().begin());
      collectives.start(to_all, from_all)->wait();
      for (int peer = 0; peer < world.size(); ++peer) {
        const auto theirs = window->of(peer);
        if (peer == world.rank() || !theirs) continue;
        EXPECT_TRUE(
            std::ranges::equal(*theirs, uneven_numbers(count_of(peer), key_of(peer, 0, round))))
            << "of " << peer << ", round " << round;
      }
      collectives.start(to_all, from_all)->wait();
    }
  });
}

// Parts of different sizes, one of them empty.
TEST_P(CollectivesSuite, AllGatherBringsThePartsTogether) {
  GetParam().run([](World& world, Collectives& collectives) {
    std::vector<ElementRange> parts;
    std::int64_t first = 3;
    for (int rank = 0; rank < world.size(); ++rank) {
      const std::int64_t count = rank == 1 ? 0 : 1000 * (rank + 1);
      parts.push_back({first, first + count});
      first += count;
    }
    const auto elements = static_cast<std::size_t>(first) + 2;
    const Numbers expected = uneven_numbers(elements, 0);
    Numbers flat(elements, -7.0F);
    const ElementRange mine = parts[static_cast<std::size_t>(world.rank())];
    std::copy(expected.begin() + mine.first, expected.begin() + mine.last,
              flat.begin() + mine.first);
    all_gather(world, collectives, flat, parts);
    EXPECT_TRUE(std::equal(flat.begin() + 3, flat.begin() + first, expected.begin() + 3));
    EXPECT_EQ(flat[2], -7.0F);
    EXPECT_EQ(flat[static_cast<std::size_t>(first)], -7.0F);
  });
}

}  // namespace lockstep::test
