#pragma once

#include "base/ip_address.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace signet::http {

// For whom a job is done.
struct JobOwner {
    IpAddress client;     // the first address of the network that counts as one client
    std::string account;  // empty: of no account in particular
};

struct FairQueueLimits {
    std::size_t jobs_max = 256;           // jobs that may wait
    std::size_t running_per_account = 0;  // jobs of one account that may run at once; 0: any number
};

// Jobs that wait, with their turns: each client has one job in each round, however many it has
// waiting, so that a client who sends few of them is served soon beside one who sends many. When
// the queue is full, a new job takes the place of the last one of a client who has more of them
// waiting. Not thread-safe.
template <class Job>
class FairQueue {
public:
    using Time = std::chrono::steady_clock::time_point;

    // A job whose turn it is. It runs until done() is called with its owner.
    struct Turn {
        Job job;
        JobOwner owner;
        Time since;  // when it began to wait
    };

    explicit FairQueue(const FairQueueLimits& limits) : limits_(limits) {}

    // Whether the job waits now, and the job whose place it has taken.
    struct Pushed {
        bool waits = false;
        std::optional<Job> displaced;
    };
    Pushed push(Job job, JobOwner owner, Time now);

    // Takes the next job. Returns nothing if none waits, or if the accounts of all that wait have
    // as many running as they may.
    std::optional<Turn> pop();
    void done(const JobOwner& owner);

    bool empty() const { return waiting_.empty(); }

private:
    struct Place {
        std::uint64_t round = 0;
        std::uint64_t number = 0;  // of the job, in the order in which they came
        auto operator<=>(const Place&) const = default;
    };
    struct Client {
        std::uint64_t last_round = 0;
        std::size_t waiting = 0;
    };

    bool may_run(const JobOwner& owner) const {
        const auto running = running_.find(owner.account);
        return limits_.running_per_account == 0 || owner.account.empty() ||
               running == running_.end() || running->second < limits_.running_per_account;
    }
    Turn take(typename std::map<Place, Turn>::iterator place);

    FairQueueLimits limits_;
    std::map<Place, Turn> waiting_;
    std::map<IpAddress, Client> clients_;         // that have jobs waiting
    std::map<std::string, std::size_t> running_;  // by account
    std::uint64_t round_ = 0;                     // of the last job that was taken
    std::uint64_t pushed_ = 0;
};

template <class Job>
typename FairQueue<Job>::Pushed FairQueue<Job>::push(Job job, JobOwner owner, Time now) {
    const auto known = clients_.find(owner.client);
    const std::uint64_t before = known == clients_.end() ? 0 : known->second.last_round;
    const std::uint64_t round = std::max(round_, before) + 1;
    Pushed pushed{true, std::nullopt};
    if (waiting_.size() >= limits_.jobs_max) {
        if (waiting_.empty() || std::prev(waiting_.end())->first.round <= round) {
            return {};
        }
        pushed.displaced = take(std::prev(waiting_.end())).job;
    }
    Client& client = clients_[owner.client];
    client.last_round = round;
    ++client.waiting;
    waiting_.emplace(Place{round, ++pushed_}, Turn{std::move(job), std::move(owner), now});
    return pushed;
}

template <class Job>
typename FairQueue<Job>::Turn FairQueue<Job>::take(typename std::map<Place, Turn>::iterator place) {
    Turn turn = std::move(place->second);
    const auto client = clients_.find(turn.owner.client);
    if (--client->second.waiting == 0) {
        clients_.erase(client);
    }
    waiting_.erase(place);
    return turn;
}

template <class Job>
std::optional<typename FairQueue<Job>::Turn> FairQueue<Job>::pop() {
    const auto next = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const auto& one) { return may_run(one.second.owner); });
    if (next == waiting_.end()) {
        return std::nullopt;
    }
    round_ = std::max(round_, next->first.round);
    Turn turn = take(next);
    if (!turn.owner.account.empty()) {
        ++running_[turn.owner.account];
    }
    return turn;
}

template <class Job>
void FairQueue<Job>::done(const JobOwner& owner) {
    const auto running = running_.find(owner.account);
    if (running != running_.end() && --running->second == 0) {
        running_.erase(running);
    }
}

}  // namespace signet::http
