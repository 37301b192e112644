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
// Returns the method that `name` is, in upper case, or nothing if it is unknown.
std::optional<Method> to_method(std::string_view name);

struct Header {
    std::string name;  // in lower case in a Request
    std::string value;
};

// Media types of bodies that routes take.
inline constexpr std::string_view kJsonMediaType = "application/json";
inline constexpr std::string_view kFormMediaType = "application/x-www-form-urlencoded";

class BodyReservation;

// A request that passed the guard. It is a value, so handlers are tested without a socket. Its body
// is wiped when the request is destroyed.
struct Request {
    Method method = Method::get;
    std::string path;   // raw, without the query; begins with '/'
    std::string query;  // without the '?'
    std::vector<Header> headers;
    // The memory that a large body takes of Limits::body_bytes_total_max; null for a small one.
    std::shared_ptr<BodyReservation> body_reservation;
    std::string body;
    std::string id;              // of the client's X-Request-Id, or 32 hex digits of our own
    std::string remote_address;  // of the client, behind trusted proxies too; without port
    std::int64_t now_s = 0;      // the wall clock, read once
    std::chrono::steady_clock::time_point deadline{};

    Request() = default;
    Request(Request&&) = default;
    Request& operator=(Request&&) = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request();

    // Returns the value of the first header of that (lower-case) name, or nothing if there is none.
    // It is valid while the request is.
    std::optional<std::string_view> header(std::string_view lower_name) const;
};

class CachedResponse;  // http/response.hpp

// The answer of a handler. The connection adds Content-Length, Date, Connection and X-Request-Id.
struct Response {
    int status = 200;
    std::string_view content_type;  // a constant; empty when there is no body
    std::vector<Header> headers;
    std::string body;
    std::shared_ptr<const CachedResponse> cached;  // when set, everything above is ignored
    std::string code;  // of a refusal, for the log; the client has it in the body
    // An answer of a lane is sent no sooner, and up to Limits::sweep_interval later.
    std::chrono::steady_clock::time_point not_before{};
};

// To be called once, from any thread.
using Reply = std::function<void(Response)>;
// Runs on the I/O thread, so it must take microseconds only.
using InlineHandler = std::function<Response(const Request&)>;
// Hands the request to a lane and returns true; or returns false at once because the lane is full,
// and never calls `reply`.
using LaneHandler = std::function<bool(std::shared_ptr<Request>, Reply reply)>;
// Runs on the I/O thread, so it must take microseconds only. Returns the answer, or the lane that
// has to find it.
struct TryHandler {
    std::function<std::variant<Response, LaneHandler>(const Request&)> attempt;
};

// Puts a problem document (RFC 9457) into the form of errors that a route's clients read. It is
// given nothing else.
using ProblemForm = Response (*)(const Response&);

// One row of the route table. The Allow header lists the methods of all rows with the same path. A
// GET row answers HEAD, too. OPTIONS is answered without a row.
struct Route {
    Method method = Method::get;
    std::string path;                // compared byte by byte with the raw path
    std::size_t body_bytes_max = 0;  // 0: the route takes no body, and one that comes is discarded
    std::string_view media_type = {};  // a constant; 415 for another Content-Type; empty: any
    bool body_optional = false;        // with media_type: no body needs no Content-Type
    // When set, only this member of the root object of the body is kept, and the rest is skipped as
    // it arrives (JsonFilter), so that a large body takes little memory.
    std::string kept_member = {};
    std::string operation_id;
    bool hot = false;  // called so often that the log has only some of its 200s (HotAnswers)
    ProblemForm problem_form = nullptr;  // null: problems stay what they are
    std::variant<InlineHandler, LaneHandler, TryHandler> handler;
};

}  // namespace signet::http
