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
    std::size_t jobs_max = 256;              // jobs that may wait
    std::size_t waiting_per_account = 256;   // those of them of one account
    std::size_t running_per_account = 1024;  // jobs of one account that may run at once
};

// Jobs that wait, with their turns: each client has one job in each round, however many it has
// waiting, so that a client who sends few of them is served soon beside one who sends many. When
// the queue is full, a new job takes the place of the last one of a client who has more of them
// waiting. Only push() allocates memory, and if it throws, nothing has changed. Not thread-safe.
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
    std::optional<Turn> pop(Time now);
    // The job is done, but counts as running until `rest` is over.
    void done(const JobOwner& owner, Time rest, Time now);

    // Takes a job that has waited since `since` or longer, if there is one.
    std::optional<Turn> take_late(Time since);

    // When pop() may return something that it does not return now, unless a job is pushed or done.
    Time next_rest() const;
    // Since when the job waits that waits for longest; the end of time if none does.
    Time oldest() const;
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }

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
    struct Account {
        std::size_t waiting = 0;
        std::size_t running = 0;
        std::size_t resting = 0;  // done, but counted until rest_until
        Time rest_until;
    };
    using Waiting = std::map<Place, Turn>;

    Turn take(typename Waiting::iterator place);
    void forget_unused(const JobOwner& owner);

    FairQueueLimits limits_;
    Waiting waiting_;
    std::map<IpAddress, Client> clients_;      // that have jobs waiting
    std::map<std::string, Account> accounts_;  // that have jobs waiting or running
    std::uint64_t round_ = 0;                  // of the jobs that are taken now
    std::uint64_t pushed_ = 0;
};

template <class Job>
typename FairQueue<Job>::Pushed FairQueue<Job>::push(Job job, JobOwner owner, Time now) {
    Turn turn{std::move(job), std::move(owner), now};
    try {
        Client& client = clients_[turn.owner.client];
        Account& account = accounts_[turn.owner.account];
        const std::uint64_t round = std::max(round_, client.last_round) + 1;
        const bool full = waiting_.size() >= limits_.jobs_max;
        const bool last_has_more =
            full && !waiting_.empty() && std::prev(waiting_.end())->first.round > round;
        const bool too_many =
            !turn.owner.account.empty() && account.waiting >= limits_.waiting_per_account;
        if (too_many || (full && !last_has_more)) {
            forget_unused(turn.owner);
            return {};
        }
        const auto last = full ? std::prev(waiting_.end()) : waiting_.end();
        waiting_.emplace(Place{round, ++pushed_}, std::move(turn));
        client.last_round = round;
        ++client.waiting;
        ++account.waiting;
        return full ? Pushed{true, take(last).job} : Pushed{true, std::nullopt};
    } catch (...) {
        forget_unused(turn.owner);  // a node is allocated before the turn is moved into it
        throw;
    }
}

template <class Job>
typename FairQueue<Job>::Turn FairQueue<Job>::take(typename Waiting::iterator place) {
    auto node = waiting_.extract(place);
    Turn turn = std::move(node.mapped());
    Client& client = clients_.find(turn.owner.client)->second;
    if (client.last_round == node.key().round) {
        client.last_round = std::max(round_, node.key().round - 1);
    }
    --client.waiting;
    --accounts_.find(turn.owner.account)->second.waiting;
    forget_unused(turn.owner);
    return turn;
}

template <class Job>
void FairQueue<Job>::forget_unused(const JobOwner& owner) {
    const auto client = clients_.find(owner.client);
    if (client != clients_.end() && client->second.waiting == 0) {
        clients_.erase(client);
    }
    const auto account = accounts_.find(owner.account);
    if (account != accounts_.end() && account->second.waiting == 0 &&
        account->second.running == 0 && account->second.resting == 0) {
        accounts_.erase(account);
    }
}

template <class Job>
std::optional<typename FairQueue<Job>::Turn> FairQueue<Job>::pop(Time now) {
    for (auto one = accounts_.begin(); one != accounts_.end();) {
        Account& account = one->second;
        if (account.rest_until <= now) {
            account.resting = 0;
        }
        const bool unused = account.waiting + account.running + account.resting == 0;
        one = unused ? accounts_.erase(one) : std::next(one);
    }
    const auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) {
        const Account& account = accounts_.find(one.second.owner.account)->second;
        return one.second.owner.account.empty() ||
               account.running + account.resting < limits_.running_per_account;
    });
    if (next == waiting_.end()) {
        return std::nullopt;
    }
    // Jobs that are passed over because of their account stay in their round, and so does who
    // comes.
    round_ = std::max(round_, waiting_.begin()->first.round);
    ++accounts_.find(next->second.owner.account)->second.running;
    return take(next);
}

template <class Job>
void FairQueue<Job>::done(const JobOwner& owner, Time rest, Time now) {
    const auto found = accounts_.find(owner.account);
    if (found == accounts_.end()) {
        return;
    }
    Account& account = found->second;
    --account.running;
    if (!owner.account.empty() && rest > now) {
        ++account.resting;
        account.rest_until = std::max(account.rest_until, rest);
    }
    forget_unused(owner);
}

template <class Job>
std::optional<typename FairQueue<Job>::Turn> FairQueue<Job>::take_late(Time since) {
    const auto late = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const auto& one) { return one.second.since <= since; });
    return late == waiting_.end() ? std::nullopt : std::optional(take(late));
}

template <class Job>
typename FairQueue<Job>::Time FairQueue<Job>::next_rest() const {
    Time next = Time::max();
    for (const auto& [name, account] : accounts_) {
        if (account.waiting > 0 && account.resting > 0) {
            next = std::min(next, account.rest_until);
        }
    }
    return next;
}

template <class Job>
typename FairQueue<Job>::Time FairQueue<Job>::oldest() const {
    Time oldest = Time::max();
    for (const auto& [place, turn] : waiting_) {
        oldest = std::min(oldest, turn.since);
    }
    return oldest;
}

}  // namespace signet::http
