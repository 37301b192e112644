#pragma once

#include "http/lane.hpp"
#include "http/message.hpp"
#include "routes/context.hpp"
#include "routes/cookies.hpp"
#include "routes/reply.hpp"
#include "routes/table.hpp"
#include "server/flights.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <variant>

namespace signet::server {

// The handler of a lane, called so that nothing it throws leaves the lane thread.
template <class Handler, class Worker>
http::Response call_guarded(const Handler& handler, const http::Request& request,
                            const routes::Edge& edge, Worker& worker) {
    try {
        return handler(request, edge, worker);
    } catch (const std::bad_alloc&) {
        return routes::refuse(Errc::out_of_memory, request, edge);
    } catch (const std::exception& exception) {
        return routes::refuse(Error{Errc::internal, exception.what()}, request, edge);
    }
}

// Puts `handler` behind `lane`: a request that waited past its deadline is refused without being
// started; the others run on a thread of the lane, with its worker. `Slot` is what a thread owns
// and has a member `worker`. Calls of web pages that may not are refused before that, where
// `guarded`.
template <class Slot, class Handler>
http::LaneHandler on_lane(http::Lane<Slot>& lane, Handler handler, const routes::Edge& edge,
                          bool guarded) {
    return [&lane, handler, &edge, guarded](std::shared_ptr<http::Request> request,
                                            http::Reply reply) {
        if (guarded && !routes::origin_may_call(*request, edge.browsers)) {
            reply(routes::refuse(Errc::origin_not_allowed, *request, edge));
            return true;
        }
        return lane.try_submit(
            [handler, &edge, request = std::move(request), reply = std::move(reply)](Slot& slot) {
                if (std::chrono::steady_clock::now() > request->deadline) {
                    reply(routes::refuse(Errc::deadline_passed, *request, edge));
                } else {
                    reply(call_guarded(handler, *request, edge, slot.worker));
                }
            });
    };
}

// A request that waits for its turn on the data lane.
template <class Slot>
struct LaneJob {
    std::function<void(Slot&)> run;
    std::function<void()> refuse;

    void drop() const noexcept {
        try {
            refuse();
        } catch (const std::exception&) {
            return;  // for want of memory; its Reply says that something went wrong
        }
    }
};

// Puts `work` behind `lane`, one reading of a user at a time.
template <class Slot>
http::LaneHandler in_flight(http::Lane<Slot>& lane, Flights<LaneJob<Slot>>& flights,
                            routes::DataWork work, const routes::Edge& edge) {
    using Part = typename Flights<LaneJob<Slot>>::Part;
    return [&lane, &flights, work = std::move(work), &edge](
               const std::shared_ptr<http::Request>& request, const http::Reply& reply) {
        const auto refuse = [&edge, request, reply] {
            reply(routes::refuse(Errc::deadline_passed, *request, edge));
        };
        LaneJob<Slot> job{[run = work.run, &edge, request, reply, refuse](Slot& slot) {
                              if (std::chrono::steady_clock::now() > request->deadline) {
                                  refuse();
                              } else {
                                  reply(call_guarded(run, *request, edge, slot.worker));
                              }
                          },
                          refuse};
        auto flight = std::make_shared<Flight<LaneJob<Slot>>>(flights, work.user);
        switch (flight->begin(job)) {
            case Part::parked:
                return true;
            case Part::full:
                refuse();
                return true;
            case Part::first:
                break;
        }
        return lane.try_submit([flight, job = std::move(job)](Slot& slot) mutable {
            for (std::optional<LaneJob<Slot>> one = std::move(job); one; one = flight->next()) {
                one->run(slot);
            }
        });
    };
}

// Calls `handler` on the I/O thread, and puts the work that it leaves behind `lane`. `guarded` as
// above.
template <class Slot>
http::TryHandler inline_first(http::Lane<Slot>& lane, Flights<LaneJob<Slot>>& flights,
                              routes::TryHandler handler, const routes::Edge& edge, bool guarded) {
    return {[&lane, &flights, handler, &edge, guarded](
                const http::Request& request) -> std::variant<http::Response, http::LaneHandler> {
        if (guarded && !routes::origin_may_call(request, edge.browsers)) {
            return routes::refuse(Errc::origin_not_allowed, request, edge);
        }
        routes::Attempt made = handler(request, edge);
        if (auto* response = std::get_if<http::Response>(&made)) {
            return std::move(*response);
        }
        return in_flight(lane, flights, std::get<routes::DataWork>(std::move(made)), edge);
    }};
}

}  // namespace signet::server
