#include "http/exchange.hpp"

#include "base/secret.hpp"
#include "http/cached_response.hpp"
#include "http/response_writer.hpp"

#include <cstdint>
#include <new>
#include <optional>

namespace signet::http {
namespace {

constexpr std::size_t kDateLineBytes = 29 + 2;  // IMF-fixdate and CRLF

void note(const Exchange& exchange, int status, const Log& log) {
    using std::chrono::duration_cast;
    const auto took = std::chrono::steady_clock::now() - exchange.started;
    const std::int64_t took_us = duration_cast<std::chrono::microseconds>(took).count();
    log.write(LogLevel::debug, "request",
              {{"method", to_string(exchange.method)},
               {"operation", exchange.route != nullptr ? exchange.route->operation_id : "none"},
               {"status", std::int64_t{status}},
               {"took_us", took_us},
               {"request", exchange.id}});
}

}  // namespace

void Exchange::begin(ThreadTools& tools, std::string_view head) {
    tools.ids.assign_next(id);
    method = head.starts_with("HEAD ") ? Method::head : Method::get;
    route = nullptr;
    allow = {};
    cors_lines = tools.cors.lines_for(std::nullopt);
    keep_alive = true;
}

void Exchange::wipe_body() {
    if (request && !request->body.empty()) {
        wipe(request->body);
    }
    if (request && request->body_share) {
        request->body = std::string();
        request->body_share.reset();
    }
}

bool Exchange::count_body(ThreadTools& tools) const {
    const std::size_t bytes = request->body.capacity();
    if (bytes <= kUncountedBodyBytesMax) {
        return true;
    }
    if (!request->body_share) {
        request->body_share = std::make_shared<BodyShare>(tools.bodies);
    }
    return request->body_share->grow_to(bytes);
}

void append_answer(std::string& out, const Exchange& exchange, const Response& response, bool close,
                   ThreadTools& tools) {
    Ending ending;
    ending.date = tools.date.at(tools.clock.now_s());
    ending.request_id = exchange.id;
    ending.head = exchange.method == Method::head;
    ending.close = close;
    const std::size_t begin = out.size();
    int status = response.status;
    if (response.cached) {
        status = response.cached->status();
        response.cached->append_to(out, ending.date, ending.head, close);
    } else {
        append_response(out, response, ending);
    }
    try {
        out.insert(begin + date_offset(status) + kDateLineBytes, exchange.cors_lines);
    } catch (const std::bad_alloc&) {
        out.resize(begin);  // else the refusal that follows would stand behind a whole answer
        throw;
    }
    if (tools.log.enabled(LogLevel::debug)) {
        note(exchange, status, tools.log);
    }
}

}  // namespace signet::http
