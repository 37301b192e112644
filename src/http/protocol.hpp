#pragma once

#include "base/json_filter.hpp"
#include "base/log.hpp"
#include "http/body.hpp"
#include "http/client_address.hpp"
#include "http/cors.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/read_buffer.hpp"
#include "http/request_error.hpp"
#include "http/request_head.hpp"
#include "http/request_stats.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

#include <signet/ports/system.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace signet::http {

// Makes request ids: 16 random bytes as 32 hex digits. Fetches the random bytes of 64 ids at once.
// Not thread-safe: each I/O thread has its own.
class RequestIds {
public:
    // `random` must outlive it.
    explicit RequestIds(Random& random) : random_(random) {}

    // Replaces `id` by the next id. Throws what Random throws.
    void assign_next(std::string& id);

private:
    static constexpr std::size_t kIdBytes = 16;

    Random& random_;
    std::array<std::byte, 64 * kIdBytes> bytes_{};
    std::size_t used_ = bytes_.size();
};

// The longest X-Request-Id that is taken over from a client.
inline constexpr std::size_t kRequestIdBytesMax = 64;
// Whether a client's X-Request-Id is taken over: letters, digits, '-', '_' and '.', so that it can
// stand in an answer, a log and a search for it as it is.
bool is_request_id(std::string_view id);

// Returns the trace id of a traceparent (W3C Trace Context, section 3.2), 32 hex digits, or nothing
// if the header is not well-formed.
std::string_view trace_id_of(std::string_view traceparent);

// How often a thread logs a 200 of a hot route.
inline constexpr std::chrono::milliseconds kHotLineInterval{1000};

// Chooses the 200s of hot routes that are logged: the first in each kHotLineInterval, so that a
// quiet service has each of them in its log and a busy one pays nothing. Not thread-safe: each I/O
// thread has its own.
class HotAnswers {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Returns how many were left out since the last one that was logged, if this one is to be
    // logged.
    std::optional<std::uint64_t> take(Time now) {
        if (now < next_) {
            ++left_out_;
            return std::nullopt;
        }
        next_ = now + kHotLineInterval;
        return std::exchange(left_out_, 0);
    }

private:
    Time next_{};
    std::uint64_t left_out_ = 0;
};

// What the connections of one I/O thread share. What is referred to must outlive them.
struct ThreadContext {
    const Limits& limits;
    const Router& router;
    const Clock& clock;
    const Log& log;
    const Cors& cors;
    const TrustedProxies& proxies;
    std::shared_ptr<BodyBudget> bodies;
    RequestIds ids;
    DateCache date;
    std::unique_ptr<RequestStats> stats;  // not null
    HotAnswers hot_answers{};
    bool retiring = false;  // whether each answer says Connection: close
};

// One request and what has to be known of it when its answer is written, even if a lane has the
// request by then.
struct Exchange {
    std::shared_ptr<Request> request;  // null before the first one, and while a lane has it
    std::string id;
    std::string trace;  // the trace id of the client's traceparent; empty without one
    Method method = Method::get;
    const Route* route = nullptr;  // null: OPTIONS, answered with `allow`
    std::string_view allow;
    std::string_view cors_lines;  // the header lines for the origin of the request
    bool keep_alive = true;
    std::string client;                             // its address
    std::chrono::steady_clock::time_point started;  // when its first byte had arrived

    // Starts over with a new id. The head is not judged yet; it only shows whether the answer may
    // have a body. `peer` is the address of the other end, which counts until the head is judged.
    void begin(ThreadContext& context, std::string_view peer, std::string_view head);
    // Reserves memory for the body at its present size. Returns false when
    // Limits::body_bytes_total_max does not allow it.
    bool reserve_body(ThreadContext& context) const;
    // Wipes the request's body and returns the memory that was reserved for it.
    void wipe_body();
};

// Makes the Reply of a request that goes to a lane. The reply calls Protocol::reply() with the same
// ticket, on the connection's thread.
class ReplyFactory {
public:
    virtual Reply make_reply(std::uint64_t ticket) = 0;

protected:
    ~ReplyFactory() = default;
};

// HTTP/1.1 on one connection, without the socket: takes and gives bytes, and says what it waits
// for. It calls guard, parser, router and handlers. It deals with one request at a time, so answers
// are in order. After a refused request it parses nothing more.
// Not thread-safe: it belongs to one I/O thread.
class Protocol {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class Wants : std::uint8_t { bytes, reply, end };
    enum class Phase : std::uint8_t { idle, head, body, reply, ended };

    // The references must outlive it.
    Protocol(ThreadContext& context, const IpAddress& peer, ReplyFactory& replies);

    // Where the next bytes of the socket are to be written. Never empty while it wants bytes.
    std::span<char> room() { return buffer_.room(); }
    // The first `size` bytes of room() were written.
    void received(std::size_t size, Time now);

    // Deals with whole requests until one is incomplete, waits for a lane or ends the connection,
    // or until there is enough to write. To be called again after output() was taken. Does not
    // throw: an exception of a handler becomes a 500 and ends the connection.
    Wants advance(Time now) noexcept;

    // Takes the answer of a lane; without a response, the lane has dropped the request. Does
    // nothing when `ticket` is not the one that it waits for.
    void reply(std::uint64_t ticket, std::optional<Response> response, Time now) noexcept;

    // Tells it that the deadline has passed. Answers 408 if the request is incomplete, 503 if it
    // waits for a lane.
    void time_out(Time now) noexcept;

    // Makes the next answer the last one. An idle connection ends.
    void finish_soon(Time now) {
        finishing_ = true;
        finish_by_ = now + context_.limits.last_request_deadline;
    }

    // Whether no request has come on this connection yet.
    bool is_new() const { return served_ == 0; }

    // What is to be written. The caller takes it by swapping.
    std::string& output() { return output_; }

    Phase phase() const;
    // When the phase has to be over. It depends on when the request or the idle time began and not
    // on when bytes arrive, so that a client gains nothing by sending one byte at a time.
    Time deadline() const;
    // While it wants bytes: since when there has been no whole request.
    Time waiting_since() const { return phase() == Phase::idle ? idle_since_ : exchange_.started; }

    // After the end: whether the peer is owed no answer, because it was idle or did not speak HTTP.
    bool abrupt() const { return abrupt_; }
    // After the end: wipes what was received and not looked at.
    void discard() { buffer_.clear(); }

private:
    enum class State : std::uint8_t { head, body, reply, ended };

    bool step(Time now);
    bool count_buffer();
    bool read_head();
    void begin(std::string_view block);
    bool read_body(Time now);
    BodyReader::State read_filtered(std::string& body);
    void dispatch(Time now);
    void hand_over(const LaneHandler& lane, Time now);
    void answer(const Response& response, Time now);
    void take_over_ids();
    void append(const Response& response, bool close);
    void refuse(RequestError error, std::string_view allow = {}, std::string_view header = {});
    void fail(std::string_view what) noexcept;

    ThreadContext& context_;
    ReplyFactory& replies_;
    const IpAddress peer_;
    const std::string peer_text_;
    const bool peer_is_proxy_;  // a trusted one
    ReadBuffer buffer_;
    std::unique_ptr<BodyReservation> buffer_share_;  // of a large buffer
    HeadScanner scanner_;
    std::string output_;

    State state_ = State::head;
    bool finishing_ = false;
    bool abrupt_ = false;
    bool skipped_line_ = false;  // the empty line that may precede a request
    std::size_t served_ = 0;
    Time finish_by_ = Time::max();
    std::uint64_t ticket_ = 0;
    std::optional<Response> held_;  // until its not_before has come
    Time idle_since_;
    Exchange exchange_;
    BodyReader body_;
    std::optional<JsonFilter> filter_;  // of a row that keeps one member of its body
};

}  // namespace signet::http
