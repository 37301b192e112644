#pragma once

#include "base/log.hpp"
#include "http/protocol.hpp"
#include "http/request_error.hpp"

#include <signet/ports/system.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::test {

class FixedClock final : public Clock {
public:
    std::int64_t now_s() const override { return 1'000'000'000; }
};

// Fills the bytes of the n-th call with n, so that tests know the ids.
class StampingRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override {
        std::fill(out.begin(), out.end(), static_cast<std::byte>(++fills_));
    }

private:
    int fills_ = 0;
};

// Records the tickets. Its replies do nothing, because the tests send the answers.
class RecordingReplies final : public http::ReplyFactory {
public:
    http::Reply make_reply(std::uint64_t ticket) override {
        tickets.push_back(ticket);
        return [](const http::Response&) {};
    }

    std::vector<std::uint64_t> tickets;
};

inline http::Response text(std::string body) {
    http::Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

// A Protocol with toy routes, a clock that tests move, and no socket.
class ProtocolDriver {
public:
    explicit ProtocolDriver(http::Limits limits = {},
                            Log log = {LogLevel::error, LogFormat::json, -1},
                            http::TrustedProxies proxies = {})
        : limits_(limits),
          log_(std::move(log)),
          proxies_(std::move(proxies)),
          protocol_(context_, *IpAddress::from("192.0.2.1"), replies) {}

    // Passes bytes to the protocol, as a socket would, and advances it.
    http::Protocol::Wants send(std::string_view bytes) {
        http::Protocol::Wants wants = protocol_.advance(now);
        while (!bytes.empty() && wants == http::Protocol::Wants::bytes) {
            const std::span<char> room = protocol_.room();
            const std::size_t size = std::min(room.size(), bytes.size());
            std::copy_n(bytes.begin(), size, room.begin());
            protocol_.received(size, now);
            bytes.remove_prefix(size);
            wants = protocol_.advance(now);
        }
        return wants;
    }

    // Takes the bytes that are ready to be written.
    std::string take_output() { return std::exchange(protocol_.output(), {}); }
    http::Protocol& operator*() { return protocol_; }
    // Returns what was counted of the requests to a path.
    http::RouteFigures figures(std::string_view path) const {
        http::RouteFigures figures;
        const auto rows = router_.routes();
        const auto found = std::ranges::find(rows, path, &http::Route::path);
        context_.stats->add_to(figures, static_cast<std::size_t>(found - rows.begin()));
        return figures;
    }
    std::uint64_t refusals(http::RequestError error) const {
        return context_.stats->refusals(error);
    }
    // Returns how many bytes of their budget the bodies take.
    std::size_t counted_body_bytes() const { return bodies_->taken(); }

    http::Protocol::Time now = std::chrono::steady_clock::now();
    RecordingReplies replies;
    http::Request seen;
    std::shared_ptr<http::Request> kept;  // the last request to /keep

private:
    std::vector<http::Route> rows() {
        const auto row = [](http::Method method, std::string path, auto handler) {
            http::Route route;
            route.method = method;
            route.operation_id = path.substr(1);
            route.path = std::move(path);
            route.handler = std::move(handler);
            return route;
        };
        std::vector<http::Route> table;
        table.push_back(row(http::Method::get, "/hello",
                            http::InlineHandler([this](const http::Request& request) {
                                note(request);
                                return text("hello");
                            })));
        table.push_back(
            row(http::Method::get, "/hot", http::InlineHandler([](const http::Request& request) {
                    return request.query.empty()
                               ? text("hot")
                               : http::to_response(http::RequestError::overloaded, request.id);
                })));
        table.back().hot = true;
        table.push_back(row(
            http::Method::post, "/echo",
            http::InlineHandler([](const http::Request& request) { return text(request.body); })));
        table.back().body_bytes_max = 100;
        // Repeats its body, or refuses where there is none. Its errors are in a form of its own.
        table.push_back(row(
            http::Method::post, "/formed", http::InlineHandler([](const http::Request& request) {
                return request.body.empty()
                           ? http::to_response(http::RequestError::overloaded, request.id)
                           : text(request.body);
            })));
        table.back().body_bytes_max = 100;
        table.back().problem_form = [](const http::Response& problem) {
            return text("formed " + std::to_string(problem.status));
        };
        table.push_back(
            row(http::Method::post, "/large", http::InlineHandler([](const http::Request& request) {
                    return text(std::to_string(request.body.size()));
                })));
        table.back().body_bytes_max = 1024 * 1024;
        table.push_back(row(
            http::Method::post, "/headers",
            http::InlineHandler([](const http::Request& request) { return text(request.body); })));
        table.back().body_bytes_max = 1024 * 1024;
        table.back().kept_member = "headers";
        table.push_back(row(
            http::Method::post, "/keep",
            http::LaneHandler([this](std::shared_ptr<http::Request> request, const http::Reply&) {
                kept = std::move(request);
                return true;
            })));
        table.back().body_bytes_max = 1024 * 1024;
        table.push_back(row(http::Method::get, "/throws",
                            http::InlineHandler([](const http::Request&) -> http::Response {
                                throw std::runtime_error("as told");
                            })));
        table.push_back(
            row(http::Method::get, "/odd",
                http::InlineHandler([](const http::Request&) -> http::Response { throw 7; })));
        table.push_back(row(http::Method::get, "/lane",
                            http::LaneHandler([](const std::shared_ptr<http::Request>&,
                                                 const http::Reply&) { return true; })));
        table.push_back(row(http::Method::get, "/full",
                            http::LaneHandler([](const std::shared_ptr<http::Request>&,
                                                 const http::Reply&) { return false; })));
        return table;
    }

    void note(const http::Request& request) {
        seen.id = request.id;
        seen.remote_address = request.remote_address;
        seen.now_s = request.now_s;
        seen.deadline = request.deadline;
        seen.path = request.path;
        seen.query = request.query;
        seen.headers = request.headers;
        seen.body = request.body;
    }

    http::Limits limits_;
    FixedClock clock_;
    StampingRandom random_;
    Log log_;
    http::Router router_{rows()};
    std::shared_ptr<http::BodyBudget> bodies_ =
        std::make_shared<http::BodyBudget>(limits_.body_bytes_total_max);
    http::Cors cors_{{"https://app.example"}};
    http::TrustedProxies proxies_;
    http::ThreadContext context_{limits_,
                                 router_,
                                 clock_,
                                 log_,
                                 cors_,
                                 proxies_,
                                 bodies_,
                                 http::RequestIds(random_),
                                 http::DateCache(),
                                 std::make_unique<http::RequestStats>(router_.routes().size())};
    http::Protocol protocol_;
};

}  // namespace signet::test
