#include "server/metrics.hpp"

#include "base/metrics.hpp"
#include "http/request_error.hpp"
#include "routes/handlers.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace signet::server {
namespace {

constexpr double kBytesPerKib = 1024;

double to_double(std::uint64_t count) {
    return static_cast<double>(count);
}

void gauge(Exposition& out, std::string_view name, std::string_view help, double value) {
    out.begin(name, "gauge", help);
    out.add(value);
}

void counter(Exposition& out, std::string_view name, std::string_view help, std::uint64_t value) {
    out.begin(name, "counter", help);
    out.add(to_double(value));
}

void put_requests(Exposition& out, const http::ServerFigures& http) {
    // A request that got as far as no route has none, whatever its method was.
    const auto method = [](const http::RouteFigures& route) {
        return route.path.empty() ? std::string_view("none") : to_string(route.method);
    };
    const auto path = [](const http::RouteFigures& route) {
        return route.path.empty() ? std::string_view("none") : route.path;
    };
    out.begin("signet_http_requests_total", "counter", "Answers, by route and status.");
    for (const http::RouteFigures& route : http.routes) {
        for (std::size_t i = 0; i < http::kStatuses.size(); ++i) {
            if (route.answers[i] > 0) {
                out.add({{"method", method(route)},
                         {"route", path(route)},
                         {"status", std::to_string(http::kStatuses[i])}},
                        to_double(route.answers[i]));
            }
        }
    }
    out.begin("signet_http_request_duration_seconds", "histogram",
              "From the first byte of a request to its answer, by route.");
    for (const http::RouteFigures& route : http.routes) {
        out.add({{"method", method(route)}, {"route", path(route)}}, route.durations);
    }
    out.begin("signet_http_guard_refusals_total", "counter",
              "Requests that were refused before a route saw them, by rule.");
    for (const http::RequestErrorInfo& info : http::request_error_table()) {
        out.add({{"rule", info.code}},
                to_double(http.refusals[static_cast<std::size_t>(info.error)]));
    }
    gauge(out, "signet_http_connections", "Connections of clients that are open.",
          to_double(http.connections));
}

void put_lanes(Exposition& out, const Figures& figures) {
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          const auto& value) {
        out.begin(name, type, help);
        out.add({{"lane", "data"}}, value(figures.data_lane));
        out.add({{"lane", "crypto"}}, value(figures.crypto_lane));
    };
    using Lane = http::LaneFigures;
    each("signet_lane_threads", "gauge", "Threads of a lane.",
         [](const Lane& lane) { return to_double(lane.threads); });
    each("signet_lane_waiting", "gauge", "Requests that wait for a thread.",
         [](const Lane& lane) { return to_double(lane.waiting); });
    each("signet_lane_running", "gauge", "Requests that a thread works on.",
         [](const Lane& lane) { return to_double(lane.running); });
    each("signet_lane_refused_total", "counter", "Requests that found no place or waited too long.",
         [](const Lane& lane) { return to_double(lane.refused); });
    each("signet_lane_wait_seconds", "histogram", "How long requests waited for a thread.",
         [](const Lane& lane) { return lane.waits; });
}

void put_hashing(Exposition& out, const MemoryBudget::Figures& hashing) {
    gauge(out, "signet_argon2_in_flight", "Argon2 hashes that are computed now.",
          to_double(hashing.hashes));
    gauge(out, "signet_argon2_memory_bytes", "Memory that they take.",
          to_double(hashing.taken_kib) * kBytesPerKib);
    gauge(out, "signet_argon2_memory_max_bytes", "Memory that they may take together.",
          to_double(hashing.kib) * kBytesPerKib);
    counter(out, "signet_argon2_refused_total", "Hashes that got no memory in time.",
            hashing.refused);
}

void put_caches(Exposition& out, const Figures& figures) {
    counter(out, "signet_token_cache_hits_total", "Access tokens that were known.",
            figures.token_hits);
    counter(out, "signet_token_cache_misses_total", "Access tokens that had to be verified.",
            figures.token_misses);
    gauge(out, "signet_token_cache_entries", "Access tokens that are remembered.",
          to_double(figures.tokens.tokens));
    gauge(out, "signet_token_cache_bytes", "Memory that they take.",
          to_double(figures.tokens.bytes));
    counter(out, "signet_user_cache_hits_total", "Users whom the webhook knew.",
            figures.users.hits);
    counter(out, "signet_user_cache_misses_total", "Users whom the webhook had to read.",
            figures.users.misses);
    gauge(out, "signet_user_cache_entries", "Users who are remembered.",
          to_double(figures.users.size.users));
    gauge(out, "signet_user_cache_bytes", "Memory that they take.",
          to_double(figures.users.size.bytes));
    out.begin("signet_user_cache_age_seconds", "gauge",
              "Since when changes of users may have been missed; none before the first look.");
    if (figures.users.age) {
        out.add(std::chrono::duration<double>(*figures.users.age).count());
    }
}

void put_keys(Exposition& out, const Figures& figures) {
    out.begin("signet_keys", "gauge", "Signing keys, by state.");
    for (const KeyState state :
         {KeyState::active, KeyState::next, KeyState::retired, KeyState::revoked}) {
        out.add({{"state", to_string(state)}}, static_cast<double>(std::ranges::count(
                                                   figures.keys, state, &tokens::KeyInfo::state)));
    }
    out.begin("signet_key_next_rotation_timestamp_seconds", "gauge",
              "When the active key will be replaced; none if nothing does that by itself.");
    if (figures.next_rotation_s > 0) {
        out.add(static_cast<double>(figures.next_rotation_s));
    }
}

template <std::size_t N>
void put_results(Exposition& out, std::string_view name, std::string_view label,
                 std::string_view help, const std::array<std::string_view, N>& names,
                 const std::array<Counter, N>& counts) {
    out.begin(name, "counter", help);
    for (std::size_t i = 0; i < N; ++i) {
        out.add({{label, names[i]}}, to_double(counts[i].value()));
    }
}

void put_outbox(Exposition& out, const Figures& figures) {
    const OutboxFigures rows = figures.outbox.value_or(OutboxFigures{});
    const auto put = [&](std::string_view name, std::string_view help, std::int64_t value) {
        out.begin(name, "gauge", help);
        if (figures.outbox) {
            out.add(static_cast<double>(value));
        }
    };
    out.begin("signet_outbox_waiting", "gauge",
              "Rows of the outbox that wait, up to 10000 a kind.");
    if (figures.outbox) {
        out.add({{"kind", "mail"}}, static_cast<double>(rows.mails));
        out.add({{"kind", "event"}}, static_cast<double>(rows.events));
    }
    put("signet_outbox_failed", "Rows of the outbox that were given up, up to 10000.", rows.failed);
    put("signet_outbox_oldest_seconds", "How long the oldest row has waited; 0 if none waits.",
        rows.oldest_s);
    out.begin("signet_outbox_age_seconds", "gauge", "How long ago the outbox was looked at.");
    if (figures.outbox) {
        out.add(figures.outbox_age_s);
    }
}

void put_process(Exposition& out, const Figures& figures) {
    out.begin("signet_ready", "gauge", "1 while a check of /readyz is ok, else 0.");
    for (const ReadinessCheck& check : figures.checks) {
        out.add({{"check", check.name}}, check.ok ? 1 : 0);
    }
    const ProcessFigures& process = figures.process;
    out.begin("process_cpu_seconds_total", "counter", "CPU time of all threads.");
    out.add(process.cpu_s);
    gauge(out, "process_resident_memory_bytes", "Memory of the process in RAM.",
          to_double(process.resident_bytes));
    gauge(out, "process_virtual_memory_bytes", "Address space of the process.",
          to_double(process.virtual_bytes));
    gauge(out, "process_threads", "Threads.", to_double(process.threads));
    gauge(out, "process_open_fds", "File descriptors that are open.",
          to_double(process.descriptors));
    gauge(out, "process_max_fds", "File descriptors that may be open.",
          to_double(process.descriptors_max));
    gauge(out, "process_start_time_seconds", "When the process began, as a Unix time.",
          static_cast<double>(figures.started_at_s));
}

}  // namespace

std::string to_exposition(const Figures& figures) {
    Exposition out;
    put_requests(out, figures.http);
    put_lanes(out, figures);
    put_hashing(out, figures.hashing);
    put_caches(out, figures);
    put_keys(out, figures);
    put_results(out, "signet_logins_total", "result", "Logins with a password, by result.",
                routes::kLoginResults, figures.sign_ins->logins);
    put_results(out, "signet_refreshes_total", "case", "Refresh tokens, by what became of them.",
                routes::kRefreshResults, figures.sign_ins->refreshes);
    put_outbox(out, figures);
    put_process(out, figures);
    return out.take();
}

void LastOutbox::set(const OutboxFigures& figures) {
    const std::lock_guard lock(mutex_);
    figures_ = figures;
    seen_at_ = std::chrono::steady_clock::now();
}

void LastOutbox::put_into(Figures& figures) const {
    const std::lock_guard lock(mutex_);
    figures.outbox = figures_;
    figures.outbox_age_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - seen_at_).count();
}

MetricsListener::MetricsListener(http::ServerOptions options, http::Route route, const Clock& clock,
                                 Random& random, const Log& log)
    : server_(std::move(options), {std::move(route)}, clock, random, log),
      thread_([this] { server_.run(); }) {}

MetricsListener::~MetricsListener() {
    server_.stop(std::chrono::milliseconds(0));
}

}  // namespace signet::server
