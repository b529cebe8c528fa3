// SPDX-License-Identifier: Apache-2.0
#include "support/thread_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace lockstep::test {

// Where the ranks wait for each other, and what they lay on the table there: one place for each
// rank, written before a meeting and read after it.
class MeetingPoint {
 public:
  explicit MeetingPoint(int size)
      : texts(places(size)), numbers(places(size)), windows(places(size)), size_(size) {}

  int size() const { return size_; }

  // Returns when all ranks are here. Throws when that can no longer happen.
  void meet(std::chrono::seconds timeout) {
    std::unique_lock lock(mutex_);
    if (anyone_left_) fail_alone();
    const int meeting = meeting_;
    if (++arrived_ == size_) {
      arrived_ = 0;
      ++meeting_;
      changed_.notify_all();
      return;
    }
    const auto decided = [&] { return meeting_ != meeting || anyone_left_; };
    const bool in_time = changed_.wait_for(lock, timeout, decided);
    if (meeting_ != meeting) return;
    if (in_time) fail_alone();
    throw Error(ErrorKind::communication,
                "the other ranks did not answer within " + std::to_string(timeout.count()) + " s");
  }

  // This rank comes to no further meeting. `failure` is why, if it is not the end of its work.
  void leave(const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    anyone_left_ = true;
    if (!first_failure_) first_failure_ = failure;
    changed_.notify_all();
  }

  // Lays a text on the table of the exchange with this number.
  void put(std::size_t exchange, int rank, const std::string& text) {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<std::string>>& table = background_[exchange];
    table.resize(places(size_));
    table[static_cast<std::size_t>(rank)] = text;
  }

  // The texts of an exchange once all are there.
  std::optional<std::vector<std::string>> all_of(std::size_t exchange) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::optional<std::string>& text : background_[exchange]) {
      if (!text) return std::nullopt;
      found.push_back(*text);
    }
    return found;
  }

  // What one rank sends to another, in order; taken when it has arrived or is no longer sent.
  struct Parcel {
    std::span<const float> values;
    bool is_taken = false;
  };
  std::shared_ptr<Parcel> send(int from, int to, std::span<const float> values) {
    const std::lock_guard lock(mutex_);
    auto parcel = std::make_shared<Parcel>(Parcel{.values = values});
    mail_[{from, to}].push_back(parcel);
    changed_.notify_all();
    return parcel;
  }

  // Takes the oldest parcel, if there is one.
  bool receive(int from, int to, std::span<float> destination) {
    const std::lock_guard lock(mutex_);
    std::deque<std::shared_ptr<Parcel>>& mail = mail_[{from, to}];
    while (!mail.empty() && mail.front()->is_taken) mail.pop_front();
    if (mail.empty()) return false;
    EXPECT_EQ(mail.front()->values.size(), destination.size()) << from << " to " << to;
    std::ranges::copy(
        mail.front()->values.first(std::min(mail.front()->values.size(), destination.size())),
        destination.begin());
    mail.front()->is_taken = true;
    mail.pop_front();
    changed_.notify_all();
    return true;
  }

  bool is_taken(const Parcel& parcel) {
    const std::lock_guard lock(mutex_);
    return parcel.is_taken;
  }
  void take_back(Parcel& parcel) {
    const std::lock_guard lock(mutex_);
    parcel.is_taken = true;
  }

  // Returns when something may have changed. Throws when a rank has failed.
  void wait_for_change() {
    std::unique_lock lock(mutex_);
    if (first_failure_) fail_alone();
    changed_.wait_for(lock, std::chrono::milliseconds(1));
  }

  const std::exception_ptr& first_failure() const { return first_failure_; }

  std::vector<std::string> texts;
  std::vector<std::vector<double>> numbers;
  std::vector<std::span<float>> windows;

 private:
  static std::size_t places(int size) { return static_cast<std::size_t>(size); }

  [[noreturn]] static void fail_alone() {
    throw Error(ErrorKind::communication, "waiting for all ranks: one of them is gone");
  }

  const int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  int meeting_ = 0;
  bool anyone_left_ = false;
  std::exception_ptr first_failure_;
  std::map<std::size_t, std::vector<std::optional<std::string>>> background_;
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Parcel>>> mail_;  // by from and to
};

namespace {

template <typename Item>
std::vector<Item> exchange(const ThreadWorld& world, std::vector<Item>& table, const Item& mine,
                           std::chrono::seconds timeout) {
  table[static_cast<std::size_t>(world.rank())] = mine;
  world.meeting_point().meet(timeout);  // all have written
  std::vector<Item> all = table;
  world.meeting_point().meet(timeout);  // all have read
  return all;
}

}  // namespace

ThreadWorld::ThreadWorld(MeetingPoint& meeting_point, int rank)
    : meeting_point_(meeting_point), rank_(rank), ranks_of_a_machine_(meeting_point.size()) {}

int ThreadWorld::size() const { return meeting_point_.size(); }

std::vector<std::string> ThreadWorld::gather_all(const std::string& text,
                                                 std::chrono::seconds timeout) {
  return exchange(*this, meeting_point_.texts, text, timeout);
}

std::vector<std::vector<double>> ThreadWorld::gather_all(const std::vector<double>& numbers) {
  return exchange(*this, meeting_point_.numbers, numbers, kPeerTimeout);
}

namespace {

class ThreadPendingTexts : public PendingTexts {
 public:
  ThreadPendingTexts(MeetingPoint& meeting_point, std::size_t exchange)
      : meeting_point_(meeting_point), exchange_(exchange) {}
  std::optional<std::vector<std::string>> poll() override {
    return meeting_point_.all_of(exchange_);
  }

 private:
  MeetingPoint& meeting_point_;
  std::size_t exchange_;
};

}  // namespace

std::unique_ptr<PendingTexts> ThreadWorld::start_gather(const std::string& text) {
  meeting_point_.put(exchanges_, rank_, text);
  return std::make_unique<ThreadPendingTexts>(meeting_point_, exchanges_++);
}

void ThreadWorld::abort(ExitCode exit_code) { throw WorldAborted{exit_code}; }

namespace {

class ThreadTransfers : public PendingTransfers {
 public:
  ThreadTransfers(const ThreadWorld& world, const std::vector<Outgoing>& outgoing,
                  const std::vector<Incoming>& incoming)
      : meeting_point_(world.meeting_point()),
        rank_(world.rank()),
        missing_(incoming.begin(), incoming.end()) {
    for (const Outgoing& each : outgoing)
      sent_.push_back(meeting_point_.send(rank_, each.peer, each.values));
  }
  ~ThreadTransfers() override {
    for (const auto& parcel : sent_) meeting_point_.take_back(*parcel);
  }
  ThreadTransfers(const ThreadTransfers&) = delete;
  ThreadTransfers& operator=(const ThreadTransfers&) = delete;

  bool poll() override {
    while (!missing_.empty() &&
           meeting_point_.receive(missing_.front().peer, rank_, missing_.front().values))
      missing_.pop_front();
    return missing_.empty() && std::ranges::all_of(sent_, [this](const auto& parcel) {
             return meeting_point_.is_taken(*parcel);
           });
  }
  void wait() override {
    while (!poll()) meeting_point_.wait_for_change();
  }

 private:
  MeetingPoint& meeting_point_;
  int rank_;
  std::deque<Incoming> missing_;
  std::vector<std::shared_ptr<MeetingPoint::Parcel>> sent_;
};

}  // namespace

std::unique_ptr<PendingTransfers> ThreadCollectives::start(const std::vector<Outgoing>& outgoing,
                                                           const std::vector<Incoming>& incoming) {
  return std::make_unique<ThreadTransfers>(world_, outgoing, incoming);
}

namespace {

class ThreadWindow : public SharedWindow {
 public:
  ThreadWindow(ThreadWorld& world, std::size_t count, bool is_read)
      : mine_(count), is_read_(is_read), leader_(world.local_leader()) {
    std::vector<std::span<float>>& windows = world.meeting_point().windows;
    all_ = exchange(world, windows, std::span<float>(mine_), kPeerTimeout);
    leaders_ = exchange(world, world.meeting_point().numbers,
                        std::vector<double>{static_cast<double>(leader_)}, kPeerTimeout);
  }
  std::span<float> mine() override { return mine_; }
  std::optional<std::span<const float>> of(int rank) const override {
    const auto place = static_cast<std::size_t>(rank);
    const bool is_here = leaders_[place].front() == static_cast<double>(leader_);
    return is_read_ && is_here ? std::optional<std::span<const float>>(all_[place]) : std::nullopt;
  }

 private:
  std::vector<float> mine_;
  std::vector<std::span<float>> all_;
  std::vector<std::vector<double>> leaders_;
  bool is_read_;
  int leader_;
};

}  // namespace

std::unique_ptr<SharedWindow> ThreadCollectives::share(std::size_t count) {
  return std::make_unique<ThreadWindow>(world_, count, has_windows_);
}

void run_ranks(int size, const std::function<void(ThreadWorld&)>& body) {
  MeetingPoint meeting_point(size);
  const auto run_rank = [&](int rank) {
    ThreadWorld world(meeting_point, rank);
    std::exception_ptr failure;
    try {
      body(world);
    } catch (...) {
      failure = std::current_exception();
    }
    meeting_point.leave(failure);
  };
  {
    std::vector<std::jthread> ranks;
    ranks.reserve(static_cast<std::size_t>(size));
    for (int rank = 0; rank < size; ++rank) ranks.emplace_back(run_rank, rank);
  }
  if (meeting_point.first_failure()) std::rethrow_exception(meeting_point.first_failure());
}

}  // namespace lockstep::test
