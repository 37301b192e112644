#include "support/toy_server.hpp"

#include "http/response.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace signet::test {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Reply;
using http::Request;
using http::Response;
using http::Route;

Response text(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

Route row(Method method, std::string path,
          std::variant<http::InlineHandler, http::LaneHandler, http::TryHandler> handler) {
    Route route;
    route.method = method;
    route.operation_id = path.substr(1);
    route.path = std::move(path);
    route.handler = std::move(handler);
    return route;
}

Route cached_row() {
    Response response;
    response.content_type = "application/json";
    response.headers.push_back({"Cache-Control", "public, max-age=300"});
    response.body = R"({"keys":[]})";
    Response answer;
    answer.cached = http::CachedResponse::make(response);
    return row(Method::get, "/jwks", [answer](const Request&) { return answer; });
}

}  // namespace

http::Limits ToyServer::quick_limits() {
    http::Limits limits;
    limits.head_deadline = 150ms;
    limits.request_deadline = 400ms;
    limits.write_deadline = 300ms;
    limits.first_request_deadline = 300ms;
    limits.idle_deadline = 300ms;
    limits.sweep_interval = 20ms;
    return limits;
}

std::vector<Route> ToyServer::routes() {
    std::vector<Route> rows;
    rows.push_back(cached_row());
    rows.push_back(row(Method::get, "/hello", [this](const Request& request) {
        ++handled_;
        return text("hello " + request.path);
    }));
    rows.push_back(row(Method::post, "/echo", [this](const Request& request) {
        ++handled_;
        return text(request.body);
    }));
    rows.back().body_bytes_max = 16 * 1024;
    rows.back().media_type = http::kJsonMediaType;
    rows.push_back(row(Method::post, "/large", [](const Request& request) {
        return text(std::to_string(request.body.size()));
    }));
    rows.back().body_bytes_max = 1024 * 1024;
    rows.push_back(row(Method::get, "/whoami", [](const Request& request) {
        return text(std::string(request.header("authorization").value_or("nobody")));
    }));
    rows.push_back(row(Method::get, "/big", [](const Request&) {
        return text(std::string(std::size_t{4} * 1024 * 1024, 'x'));
    }));
    rows.push_back(row(Method::get, "/nap", [](const Request&) {
        std::this_thread::sleep_for(600ms);
        return text("awake");
    }));
    rows.push_back(row(Method::get, "/throws",
                       [](const Request&) -> Response { throw std::runtime_error("as told"); }));
    rows.push_back(row(Method::get, "/splits", [](const Request&) {
        Response response = text("x");
        response.headers.push_back({"X-Bad", "a\r\nSet-Cookie: b"});
        return response;
    }));
    add_lane_routes(rows);
    return rows;
}

void ToyServer::add_lane_routes(std::vector<Route>& rows) {
    rows.push_back(row(Method::get, "/lane", [this](std::shared_ptr<Request> request, Reply reply) {
        return lane_.try_submit([request = std::move(request), reply = std::move(reply)](Nothing&) {
            reply(text("lane " + request->path));
        });
    }));
    rows.push_back(row(Method::get, "/held", [this](const std::shared_ptr<Request>&, Reply reply) {
        const std::lock_guard lock(held_mutex_);
        held_.push_back(std::move(reply));
        return true;
    }));
    rows.push_back(row(Method::get, "/full",
                       [](const std::shared_ptr<Request>&, const Reply&) { return false; }));
    rows.push_back(
        row(Method::get, "/dropped", [this](const std::shared_ptr<Request>&, const Reply& reply) {
            return lane_.try_submit([reply](Nothing&) {});
        }));
    rows.push_back(
        row(Method::get, "/twice", [this](const std::shared_ptr<Request>&, const Reply& reply) {
            return lane_.try_submit([reply](Nothing&) {
                reply(text("once"));
                reply(text("twice"));
            });
        }));
}

ToyServer::ToyServer(const http::Limits& limits, std::size_t io_threads, const std::string& host,
                     const http::TrustedProxies& proxies)
    : log_fd_(::open("/dev/null", O_WRONLY | O_CLOEXEC)),
      log_(LogLevel::debug, LogFormat::json, log_fd_),
      lane_({.name = "toy", .threads = 2, .queue_max = 64, .nice = 0, .on_error = {}},
            [] { return std::make_unique<Nothing>(); }),
      server_({host, 0, io_threads, limits, {}, {}, proxies}, routes(), clock_, random_, log_),
      thread_([this] { server_.run(); }) {}

ToyServer::~ToyServer() {
    stop(0ms);
    release_held();
    lane_.stop();
    ::close(log_fd_);
}

bool ToyServer::empties() {
    for (int i = 0; i < 500 && server_.connections() > 0; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    return server_.connections() == 0;
}

void ToyServer::stop(std::chrono::milliseconds grace) {
    server_.stop(grace);
    if (thread_.joinable()) {
        thread_.join();
    }
}

std::size_t ToyServer::release_held() {
    std::vector<Reply> held;
    {
        const std::lock_guard lock(held_mutex_);
        held.swap(held_);
    }
    for (const Reply& reply : held) {
        reply(text("held"));
    }
    return held.size();
}

}  // namespace signet::test
