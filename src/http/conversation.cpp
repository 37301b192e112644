#include "http/conversation.hpp"

#include "http/admission.hpp"
#include "http/head_parser.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace signet::http {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kEmptyLine = 2;  // CRLF

}  // namespace

// Room for a head of the largest size and as much again of what comes behind it.
Conversation::Conversation(ThreadTools& tools, std::string remote_address, ReplyDesk& desk)
    : tools_(tools),
      desk_(desk),
      remote_address_(std::move(remote_address)),
      buffer_(2 * tools.limits.head_bytes_max),
      scanner_(tools.limits),
      idle_since_(std::chrono::steady_clock::now()) {}

void Conversation::received(std::size_t size, Time now) {
    if (phase() == Phase::idle) {
        exchange_.started = now;
    }
    buffer_.commit(size);
}

Conversation::Wants Conversation::advance(Time now) noexcept {
    try {
        while (output_.size() < tools_.limits.pipelined_bytes_max && step(now)) {
        }
        if (finishing_ && phase() == Phase::idle) {
            state_ = State::ended;
            abrupt_ = true;
        }
    } catch (const std::exception& error) {
        fail(error.what());
    } catch (...) {
        fail("not an exception");
    }
    if (state_ == State::ended) {
        return Wants::end;
    }
    return state_ == State::reply ? Wants::reply : Wants::bytes;
}

// True: there may be more to do.
bool Conversation::step(Time now) {
    switch (state_) {
        case State::head:
            return read_head();
        case State::body:
            return read_body(now);
        case State::reply:
        case State::ended:
            break;
    }
    return false;
}

bool Conversation::read_head() {
    const std::string_view buffered = buffer_.view();
    switch (scanner_.scan(buffered)) {
        case HeadScanner::State::more:
            return false;
        case HeadScanner::State::refused:
            exchange_.begin(tools_, buffered);
            refuse(scanner_.fault());
            return false;
        case HeadScanner::State::complete:
            break;
    }
    const std::string_view block = buffered.substr(0, scanner_.size());
    // RFC 9112 section 2.2: some clients send an empty line behind a body. One, not a stream.
    if (block.size() == kEmptyLine && !skipped_line_) {
        skipped_line_ = true;
    } else {
        begin(block);
    }
    buffer_.consume(block.size());
    scanner_.reset();
    return true;
}

// Judges a whole head: guard, parser, router.
void Conversation::begin(std::string_view block) {
    exchange_.begin(tools_, block);
    if (++served_ >= tools_.limits.requests_per_connection_max) {
        finishing_ = true;
    }
    const auto [fault, head] = guard_head(block, tools_.limits);
    if (fault) {
        const bool no_method = *fault == Fault::method_not_allowed;
        return refuse(*fault, no_method ? tools_.router.allow_everywhere() : std::string_view{});
    }
    if (!exchange_.request) {
        exchange_.request = std::make_shared<Request>();
    }
    if (!parse_head(block, head, *exchange_.request)) {
        return refuse(Fault::bad_request);
    }
    exchange_.cors_lines = tools_.cors.lines_for(exchange_.request->header("origin"));
    exchange_.method = head.method;
    exchange_.keep_alive = head.keep_alive;
    Match match;
    match.allow = tools_.router.allow_everywhere();
    if (!head.whole_server) {
        match = tools_.router.match(head.method, head.path);
    }
    if (match.fault) {
        return refuse(*match.fault, match.allow);
    }
    exchange_.route = match.route;
    exchange_.allow = match.allow;
    if (const auto refused = refuse_by_head(match.route, head)) {
        return refuse(*refused);
    }
    exchange_.request->method = head.method;
    exchange_.request->path.assign(head.path);
    exchange_.request->query.assign(head.query);
    body_ = BodyReader(head, body_bytes_max(match.route));
    // Whoever has sent of the body already does not wait for leave.
    if (head.expects_continue && head.framing != Framing::none &&
        buffer_.view().size() == block.size()) {
        output_.append(kContinue);
    }
    state_ = State::body;
}

bool Conversation::read_body(Time now) {
    const BodyReader::State state = body_.read(buffer_, exchange_.request->body);
    if (!exchange_.count_body(tools_)) {
        refuse(Fault::overloaded);
        return false;
    }
    switch (state) {
        case BodyReader::State::more:
            return false;
        case BodyReader::State::refused:
            refuse(body_.fault());
            return false;
        case BodyReader::State::complete:
            break;
    }
    dispatch(now);
    return true;
}

void Conversation::dispatch(Time now) {
    const Route* route = exchange_.route;
    if (route == nullptr) {
        Response response;
        response.status = 204;
        response.headers.push_back({"Allow", std::string(exchange_.allow)});
        tools_.cors.answer_preflight(*exchange_.request, exchange_.allow, response);
        return answer(response, now);
    }
    if (route->body_bytes_max == 0) {
        exchange_.wipe_body();
    }
    Request& request = *exchange_.request;
    request.id.assign(exchange_.id);
    request.remote_address.assign(remote_address_);
    request.now_s = tools_.clock.now_s();
    request.deadline = exchange_.started + tools_.limits.request_deadline;
    if (const auto* handler = std::get_if<InlineHandler>(&route->handler)) {
        return answer((*handler)(request), now);
    }
    if (const auto* handler = std::get_if<TryHandler>(&route->handler)) {
        const auto outcome = handler->attempt(request);
        const auto* response = std::get_if<Response>(&outcome);
        return response != nullptr ? answer(*response, now)
                                   : hand_over(std::get<LaneHandler>(outcome), now);
    }
    hand_over(std::get<LaneHandler>(route->handler), now);
}

void Conversation::hand_over(const LaneHandler& lane, Time now) {
    state_ = State::reply;
    // The request is the lane's now. The next one gets a new one.
    if (!lane(std::exchange(exchange_.request, nullptr), desk_.open(++ticket_))) {
        ++ticket_;
        answer(to_response(Fault::overloaded, exchange_.id), now);
    }
}

void Conversation::answer(const Response& response, Time now) {
    const bool close = finishing_ || !exchange_.keep_alive;
    append_answer(output_, exchange_, response, close, tools_);
    exchange_.wipe_body();
    state_ = close ? State::ended : State::head;
    skipped_line_ = false;
    idle_since_ = now;
    exchange_.started = now;
}

// The answer to an offence, and the end: after one nothing on the connection can be trusted
// (RFC 9112 section 11.2), and what follows may be a body that nobody
// reads.
void Conversation::refuse(Fault fault, std::string_view allow) {
    state_ = State::ended;
    exchange_.wipe_body();
    if (tools_.log.enabled(LogLevel::debug)) {
        tools_.log.write(LogLevel::debug, "request-refused",
                         {{"code", describe(fault).code}, {"request", exchange_.id}});
    }
    if (fault == Fault::not_http) {
        abrupt_ = true;
        return;
    }
    append_answer(output_, exchange_, to_response(fault, exchange_.id, allow), true, tools_);
}

// The last catch of a conversation. Whatever is wrong ends here, and this connection with it.
void Conversation::fail(std::string_view what) noexcept {
    const std::size_t written = output_.size();
    try {
        ++ticket_;
        const Route* route = exchange_.route;
        tools_.log.write(LogLevel::error, "request-failed",
                         {{"reason", what},
                          {"operation", route != nullptr ? route->operation_id : "none"},
                          {"request", exchange_.id}});
        refuse(Fault::internal);
    } catch (...) {
        output_.resize(written);
        state_ = State::ended;
        abrupt_ = true;
    }
}

void Conversation::reply(std::uint64_t ticket, std::optional<Response> response,
                         Time now) noexcept {
    if (state_ != State::reply || ticket != ticket_) {
        return;
    }
    if (!response) {
        return fail("a lane let go of a request without an answer");
    }
    try {
        answer(*response, now);
    } catch (const std::exception& error) {
        fail(error.what());
    } catch (...) {
        fail("not an exception");
    }
}

void Conversation::time_out(Time now) noexcept {
    try {
        if (state_ == State::reply) {
            ++ticket_;
            answer(to_response(Fault::deadline_passed, exchange_.id), now);
        } else if (state_ != State::ended) {
            if (state_ == State::head) {
                exchange_.begin(tools_, buffer_.view());
            }
            refuse(Fault::request_timeout);
        }
    } catch (...) {
        fail("a time-out could not be answered");
    }
}

Conversation::Phase Conversation::phase() const {
    switch (state_) {
        case State::head:
            return buffer_.empty() ? Phase::idle : Phase::head;
        case State::body:
            return Phase::body;
        case State::reply:
            return Phase::reply;
        case State::ended:
            break;
    }
    return Phase::ended;
}

Conversation::Time Conversation::deadline() const {
    const Limits& limits = tools_.limits;
    switch (phase()) {
        case Phase::idle:
            return idle_since_ + limits.idle_deadline;
        case Phase::head:
            return exchange_.started + std::min(limits.head_deadline, limits.request_deadline);
        case Phase::body:
        case Phase::reply:
            return exchange_.started + limits.request_deadline;
        case Phase::ended:
            break;
    }
    return Time::max();
}

}  // namespace signet::http
