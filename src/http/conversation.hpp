#pragma once

#include "http/body_reader.hpp"
#include "http/exchange.hpp"
#include "http/fault.hpp"
#include "http/head_scanner.hpp"
#include "http/message.hpp"
#include "http/read_buffer.hpp"
#include "http/thread_tools.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet::http {

// Makes the Reply of a request that goes to a lane. The reply finds its way back to
// Conversation::reply(), on the conversation's thread, with the same ticket.
class ReplyDesk {
public:
    virtual Reply open(std::uint64_t ticket) = 0;

protected:
    ~ReplyDesk() = default;
};

// One connection's HTTP, without the socket: bytes in, bytes out, and what it waits for. Guard,
// parser, router and handlers are called from here. Requests are dealt with one at a time and
// answered in order. After the first offence nothing is parsed any more.
// Not thread-safe: it belongs to one I/O thread.
class Conversation {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class Wants : std::uint8_t { bytes, reply, end };
    enum class Phase : std::uint8_t { idle, head, body, reply, ended };

    Conversation(ThreadTools& tools, std::string remote_address, ReplyDesk& desk);

    // Where the next bytes of the socket go, never empty while it wants bytes; and how many came.
    std::span<char> room() { return buffer_.room(); }
    void received(std::size_t size, Time now);

    // Deals with what is there: whole requests, until one is incomplete, waits for a lane, ends the
    // connection, or there is enough to write. To be called again when output() was taken. Does not
    // throw: what a handler throws becomes a 500 and the end.
    Wants advance(Time now) noexcept;

    // The answer of a lane; none: it let go of the request without one. Ignored when `ticket` is
    // not the one waited for.
    void reply(std::uint64_t ticket, std::optional<Response> response, Time now) noexcept;

    // The deadline has passed: 408 for a request that is not whole, 503 for a lane's answer.
    void time_out(Time now) noexcept;

    // The next answer is the last; an idle conversation ends.
    void finish_soon() { finishing_ = true; }

    // What is to be written. The caller takes it by swapping.
    std::string& output() { return output_; }

    Phase phase() const;
    // When the phase has to be over. Depends on when the request or the idleness began, never on
    // single bytes: whoever sends one byte at a time gains nothing.
    Time deadline() const;

    // After the end: whether no answer is on its way that the peer should get time to read. It was
    // idle, or its bytes were no HTTP.
    bool abrupt() const { return abrupt_; }
    // After the end: wipes what was not looked at, and frees its room.
    void discard() { buffer_.clear(); }

private:
    enum class State : std::uint8_t { head, body, reply, ended };

    bool step(Time now);
    bool read_head();
    void begin(std::string_view block);
    bool read_body(Time now);
    void dispatch(Time now);
    void hand_over(const LaneHandler& lane, Time now);
    void answer(const Response& response, Time now);
    void refuse(Fault fault, std::string_view allow = {});
    void fail(std::string_view what) noexcept;

    ThreadTools& tools_;
    ReplyDesk& desk_;
    std::string remote_address_;
    ReadBuffer buffer_;
    HeadScanner scanner_;
    std::string output_;

    State state_ = State::head;
    bool finishing_ = false;
    bool abrupt_ = false;
    bool skipped_line_ = false;  // the empty line that may stand before a request
    std::size_t served_ = 0;
    std::uint64_t ticket_ = 0;
    Time idle_since_;
    Exchange exchange_;
    BodyReader body_;
};

}  // namespace signet::http
