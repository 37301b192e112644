#pragma once

#include "base/metrics.hpp"
#include "http/message.hpp"
#include "http/request_error.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace signet::http {

// The statuses that are counted, the most frequent ones first; 0 stands for all others.
inline constexpr std::array kStatuses{200, 204, 401, 400, 503, 404, 403, 409, 429, 202, 303,
                                      405, 408, 413, 414, 415, 417, 431, 500, 501, 505, 0};

// Returns the place of a status among them.
constexpr std::size_t place_of(int status) {
    std::size_t at = 0;
    while (at + 1 < kStatuses.size() && kStatuses[at] != status) {
        ++at;
    }
    return at;
}

// One for each RequestError.
inline constexpr std::size_t kRequestErrors =
    static_cast<std::size_t>(RequestError::version_unsupported) + 1;

// What requests to one route came to.
struct RouteFigures {
    std::string_view path;  // empty: of no route
    Method method = Method::get;
    std::array<std::uint64_t, kStatuses.size()> answers{};  // by place_of()
    DurationFigures durations;
};

// What a server has done so far.
struct ServerFigures {
    std::vector<RouteFigures> routes;  // those that were called
    std::array<std::uint64_t, kRequestErrors> refusals{};
    std::size_t connections = 0;
};

// What one I/O thread counts of its requests. It adds; any thread reads.
class RequestStats {
public:
    explicit RequestStats(std::size_t routes) : routes_(routes + 1) {}

    // `route` is the number of the route, or that of routes for none.
    void add(std::size_t route, int status, std::chrono::nanoseconds took) {
        OneRoute& one = routes_[route];
        one.answers[place_of(status)].add();
        one.durations.add(took);
    }
    void add_refusal(RequestError error) { refusals_[static_cast<std::size_t>(error)].add(); }

    std::uint64_t refusals(RequestError error) const {
        return refusals_[static_cast<std::size_t>(error)].value();
    }
    // Adds what was counted for the route to `figures`.
    void add_to(RouteFigures& figures, std::size_t route) const {
        const OneRoute& one = routes_[route];
        for (std::size_t i = 0; i < kStatuses.size(); ++i) {
            figures.answers[i] += one.answers[i].value();
        }
        figures.durations += one.durations.figures();
    }

private:
    struct OneRoute {
        std::array<OwnCounter, kStatuses.size()> answers;
        Durations durations;
    };

    std::vector<OneRoute> routes_;
    std::array<OwnCounter, kRequestErrors> refusals_;
};

}  // namespace signet::http
