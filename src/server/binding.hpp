#pragma once

#include "base/address_limit.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "http/lane.hpp"
#include "http/message.hpp"
#include "http/request_error.hpp"
#include "routes/browsers.hpp"
#include "routes/reply.hpp"
#include "routes/table.hpp"
#include "server/in_flight_reads.hpp"
#include "store/store.hpp"

#include <signet/ports/passwords.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

// Runs the handlers of the route table on the threads that their types ask for.
namespace signet::server {

// What a thread of the data lane owns.
struct DataSlot {
    std::unique_ptr<store::Store> store;
    routes::DataWorker worker;
};

// What a thread of the crypto lane owns: a connection and a hasher.
struct CryptoSlot {
    std::unique_ptr<store::Store> store;
    std::unique_ptr<PasswordHasher> hasher;
    routes::CryptoWorker worker;
};

// A request that waits for a thread of a lane, and the work that is done for it there.
template <class Worker>
struct LaneJob {
    std::shared_ptr<http::Request> request;
    http::Reply reply;
    std::function<http::Response(const http::Request&, Worker&)> work;
    const Log* log = nullptr;
    routes::Refusal refusal = &routes::refuse;

    // Replies with the response that the work returns. A request that waited past its deadline is
    // refused, and its work is not started. A std::exception that the work throws becomes a
    // refusal.
    // Returns when the answer may be sent.
    std::chrono::steady_clock::time_point run(Worker& worker) const {
        if (std::chrono::steady_clock::now() > request->deadline) {
            refuse(Errc::deadline_passed);
            return {};
        }
        http::Response response = answer(worker);
        const auto not_before = response.not_before;
        reply(std::move(response));
        return not_before;
    }

    void refuse(const Error& error) const { reply(refusal(error, *request, *log)); }

    void refuse_overloaded() const {
        reply(http::to_response(http::RequestError::overloaded, request->id));
    }

    void drop() const noexcept {
        try {
            refuse(Errc::deadline_passed);
        } catch (const std::exception&) {
            return;  // memory is exhausted; the Reply answers 500 when it is destroyed
        }
    }

private:
    http::Response answer(Worker& worker) const {
        try {
            return work(*request, worker);
        } catch (const std::bad_alloc&) {
            return refusal(Errc::out_of_memory, *request, *log);
        } catch (const std::exception& exception) {
            return refusal(Error{Errc::internal, exception.what()}, *request, *log);
        }
    }
};

// A lane whose threads own a Slot each. Handlers are given its member `worker`.
template <class Slot>
class HandlerLane {
public:
    using Job = LaneJob<decltype(Slot::worker)>;

    HandlerLane(http::LaneOptions options, typename http::Lane<Slot>::Factory factory)
        : lane_(std::move(options), std::move(factory)) {}

    // Returns false if the lane is full. Then `job` is destroyed without a reply.
    bool submit(Job job, http::JobOwner owner) {
        const auto shared = std::make_shared<const Job>(std::move(job));
        // An answer that is held keeps the place of its account, too. Otherwise the answers to
        // others that come meanwhile would tell how long this one took.
        return lane_.try_submit([shared](Slot& slot) { return shared->run(slot.worker); },
                                std::move(owner), [shared] { shared->refuse_overloaded(); });
    }

    // Submits work that reads `user`. One read of a user runs at a time; if too many requests wait
    // for it, the job is refused and true is returned.
    bool submit_read(const Uuid& user, Job job) {
        using Start = typename InFlightReads<Job>::Start;
        auto read = std::make_shared<InFlightRead<Job>>(reads_, user);
        switch (read->start(job)) {
            case Start::waits:
                return true;
            case Start::full:
                job.refuse(Errc::deadline_passed);
                return true;
            case Start::first:
                break;
        }
        return lane_.try_submit([read, job = std::move(job)](Slot& slot) mutable {
            for (std::optional<Job> one = std::move(job); one; one = read->next()) {
                one->run(slot.worker);
            }
        });
    }

    http::LaneFigures figures() const { return lane_.figures(); }

private:
    InFlightReads<Job> reads_;
    http::Lane<Slot> lane_;  // destroyed first, because its jobs refer to reads_
};

// Makes routes of the HTTP server from rows of the route table. All that it refers to has to
// outlive the server. A call that a web page of a foreign origin must not make, or of which there
// were too many from one address, is refused on the I/O thread.
struct Binder {
    const routes::Contexts& contexts;
    const routes::BrowserPolicy& browsers;
    const Log& log;
    HandlerLane<DataSlot>& data;
    HandlerLane<CryptoSlot>& crypto;
    AddressLimit& signups;
    AddressLimit& logins;
    std::size_t kept_body_bytes_max;      // of a body of which one member is kept
    std::string_view action_secret = {};  // empty: no call has the right one
    std::shared_ptr<std::atomic<std::int64_t>> next_warning_ms =
        std::make_shared<std::atomic<std::int64_t>>(0);

    using RouteHandler = decltype(http::Route::handler);

    http::Route bind(const routes::Row& row) const {
        return {
            .method = row.method,
            .path = std::string(row.path),
            .body_bytes_max = row.kept_member.empty() ? row.body_bytes_max : kept_body_bytes_max,
            .media_type = media_type_of(row),
            .body_optional = row.body_optional,
            .kept_member = std::string(row.kept_member),
            .operation_id = std::string(row.operation_id),
            .hot = row.hot,
            .problem_form = row.problem_form,
            .handler = std::visit([&](auto handler) { return place(handler, gate_of(row)); },
                                  row.handler)};
    }

private:
    static std::string_view media_type_of(const routes::Row& row) {
        if (row.body_bytes_max == 0) {
            return {};
        }
        return row.page ? http::kFormMediaType : http::kJsonMediaType;
    }

    // What is asked before the handler is.
    struct Gate {
        bool guarded = false;
        bool with_secret = false;
        routes::Refusal refusal = nullptr;
        routes::AccountOf account = nullptr;
        AddressLimit* limit = nullptr;
        std::string_view setting = {};  // of the limit
    };

    Gate gate_of(const routes::Row& row) const {
        Gate gate{row.guarded(), row.with_secret(), row.refusal(), row.account};
        switch (row.limit) {
            case routes::CallLimit::signups:
                gate.limit = &signups;
                gate.setting = "AUTH_LIMIT_SIGNUP";
                break;
            case routes::CallLimit::logins:
                gate.limit = &logins;
                gate.setting = "AUTH_LIMIT_LOGIN";
                break;
            case routes::CallLimit::none:
                break;
        }
        return gate;
    }

    // Who a job is done for. An address that cannot be read counts as the unspecified one.
    http::JobOwner owner_of(const http::Request& request, const Gate& gate) const {
        const IpAddress client = IpAddress::from(request.remote_address).value_or(IpAddress());
        return {IpNetwork(client, kClientBits).first(),
                gate.account == nullptr ? std::string() : gate.account(request, contexts)};
    }

    RouteHandler place(routes::InlineHandler handler, Gate gate) const {
        return [self = *this, handler, gate](const http::Request& request) {
            auto refusal = self.refuse_early(request, gate);
            return refusal ? std::move(*refusal) : handler(request, self.contexts);
        };
    }

    template <class Worker>
    RouteHandler place(routes::LaneHandler<Worker> handler, Gate gate) const {
        return [self = *this, handler, gate](std::shared_ptr<http::Request> request,
                                             http::Reply reply) {
            if (auto refusal = self.refuse_early(*request, gate)) {
                reply(std::move(*refusal));
                return true;
            }
            const auto work = [handler, &contexts = self.contexts](const http::Request& asked,
                                                                   Worker& worker) {
                return handler(asked, contexts, worker);
            };
            // Jobs of the data lane are short, and those of the webhook all come from Hasura: they
            // are done in the order in which they come.
            http::JobOwner owner;
            if constexpr (std::is_same_v<Worker, routes::CryptoWorker>) {
                owner = self.owner_of(*request, gate);
            }
            return self.lane<Worker>().submit(
                {std::move(request), std::move(reply), work, &self.log, gate.refusal},
                std::move(owner));
        };
    }

    template <class Worker>
    RouteHandler place(routes::TryHandler<Worker> handler, Gate gate) const {
        return http::TryHandler{[self = *this, handler, gate](const http::Request& request)
                                    -> std::variant<http::Response, http::LaneHandler> {
            if (auto refusal = self.refuse_early(request, gate)) {
                return std::move(*refusal);
            }
            routes::Attempt<Worker> made = handler(request, self.contexts);
            if (auto* response = std::get_if<http::Response>(&made)) {
                return std::move(*response);
            }
            return self.rest(std::get<routes::LaneWork<Worker>>(std::move(made)), gate.refusal);
        }};
    }

    template <class Worker>
    http::LaneHandler rest(routes::LaneWork<Worker> work, routes::Refusal refusal) const {
        return [self = *this, work = std::move(work), refusal](
                   std::shared_ptr<http::Request> request, http::Reply reply) {
            return self.lane<Worker>().submit_read(
                work.user, {std::move(request), std::move(reply), work.run, &self.log, refusal});
        };
    }

    template <class Worker>
    auto& lane() const {
        if constexpr (std::is_same_v<Worker, routes::DataWorker>) {
            return data;
        } else {
            return crypto;
        }
    }

    std::optional<http::Response> refuse_early(const http::Request& request,
                                               const Gate& gate) const {
        if (gate.with_secret) {
            const auto sent = request.header("x-action-secret");
            if (action_secret.empty() ||
                !equal_in_constant_time(sent.value_or(""), action_secret)) {
                Error error{Errc::invalid_action_secret,
                            sent ? "X-Action-Secret is not AUTH_ACTION_SECRET; does Hasura send "
                                   "what is set here?"
                                 : "X-Action-Secret is missing; do the headers of the action in "
                                   "Hasura's metadata have it?"};
                error.alarming = may_warn();
                return gate.refusal(error, request, log);
            }
        }
        if (gate.guarded && !routes::origin_may_call(request, browsers)) {
            return gate.refusal(routes::origin_refused(request), request, log);
        }
        const std::int64_t wait_s =
            gate.limit == nullptr ? 0 : gate.limit->count(request.remote_address, now_ms());
        if (wait_s == 0) {
            return std::nullopt;
        }
        Error error{Errc::too_many_attempts, request.remote_address + " called more often than " +
                                                 std::string(gate.setting) + " allows"};
        if (request.header("x-forwarded-for") || request.header("forwarded")) {
            // The address that counts then may be that of a proxy, which all its clients share.
            error.log_detail += "; if it came through a proxy, does AUTH_TRUSTED_PROXIES list it?";
            error.alarming = may_warn();
        }
        error.retry_after_s = wait_s;
        return gate.refusal(error, request, log);
    }

    // A client can send such a header by himself, as often as he likes.
    bool may_warn() const {
        constexpr std::int64_t kPauseMs = 60'000;
        const std::int64_t now = now_ms();
        std::int64_t next = *next_warning_ms;
        return now >= next && next_warning_ms->compare_exchange_strong(next, now + kPauseMs);
    }

    static std::int64_t now_ms() {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   now_since_boot().time_since_epoch())
            .count();
    }
};

}  // namespace signet::server
