#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace signet::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, trace, connect };
std::string_view to_string(Method method);

struct Header {
    std::string name;  // in lower case in a Request
    std::string value;
};

class BodyShare;

// A request that passed the guard. A value: handlers are tested without a socket. The body is wiped
// when the request goes.
struct Request {
    Method method = Method::get;
    std::string path;   // raw, without the query; begins with '/'
    std::string query;  // without the '?'
    std::vector<Header> headers;
    std::shared_ptr<BodyShare> body_share;  // the edge's account of a large body; null: none
    std::string body;
    std::string id;              // request id: 32 hex digits
    std::string remote_address;  // textual, without port
    std::int64_t now_s = 0;      // the wall clock, read once
    std::chrono::steady_clock::time_point deadline{};

    Request() = default;
    Request(Request&&) = default;
    Request& operator=(Request&&) = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request();

    // The first header of that (lower-case) name; valid while the request is.
    std::optional<std::string_view> header(std::string_view lower_name) const;
};

// Bytes that were put together once: status line, headers and body, with a known place for the Date
// that the session loop patches in. Immutable; shared by all threads.
class CachedResponse;

// What a handler answers. Content-Length, Date, Connection and X-Request-Id are the session's.
struct Response {
    int status = 200;
    std::string_view content_type;  // a constant; empty: no body
    std::vector<Header> headers;
    std::string body;
    std::shared_ptr<const CachedResponse> cached;  // set: everything above is ignored
};

// Called once, from any thread.
using Reply = std::function<void(Response)>;
// Runs on the I/O thread: microseconds only.
using InlineHandler = std::function<Response(const Request&)>;
// Hands the request to a lane and returns true, or returns false at once: the lane is full, and
// `reply` will never be called.
using LaneHandler = std::function<bool(std::shared_ptr<Request>, Reply reply)>;
// Runs on the I/O thread: microseconds only. Gives the answer, or the lane that the request has to
// go to for one.
struct TryHandler {
    std::function<std::variant<Response, LaneHandler>(const Request&)> attempt;
};

// One row of the route table. Routes of the same path give the Allow header. A GET row answers HEAD
// too; OPTIONS is answered from the rows.
struct Route {
    Method method = Method::get;
    std::string path;                // matched byte for byte against the raw path
    std::size_t body_bytes_max = 0;  // 0: the route takes no body; one that comes is drained
    bool json_body = false;          // 415 unless Content-Type is application/json
    std::string operation_id;
    std::variant<InlineHandler, LaneHandler, TryHandler> handler;
};

}  // namespace signet::http
