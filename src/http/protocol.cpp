#include "http/protocol.hpp"

#include "base/ascii.hpp"
#include "base/problem.hpp"
#include "base/secret.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <variant>

namespace signet::http {
namespace {

constexpr std::size_t kDateLineBytes = 29 + 2;  // IMF-fixdate and CRLF
constexpr std::size_t kEmptyLine = 2;           // CRLF
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// What is said of a request that was answered.
struct Answered {
    int status = 0;
    std::string_view code;  // of a refusal
    std::size_t bytes = 0;  // of the answer, with its head
};

// Returns how many answers of hot routes have no line since the last one, or nothing if this answer
// is to have none either.
std::optional<std::uint64_t> left_out_before(const Exchange& exchange, const Answered& answered,
                                             std::chrono::steady_clock::time_point now,
                                             ThreadContext& context) {
    const bool hot = exchange.route != nullptr && exchange.route->hot && answered.status == 200;
    return hot && !context.log.enabled(LogLevel::debug) ? context.hot_answers.take(now)
                                                        : std::optional<std::uint64_t>(0);
}

// A time in milliseconds, with three decimals.
LogField milliseconds(std::string_view name, std::chrono::microseconds time) {
    constexpr std::int64_t kPerMs = 1000;
    LogField field(name, std::int64_t{time.count() / kPerMs});
    field.value += '.' + std::to_string(kPerMs + time.count() % kPerMs).substr(1);
    return field;
}

// Leaves the line of a request in the log. It never holds the target, a header or a body, because
// they may be secret: the route stands for the path.
void log_request(const Exchange& exchange, const Answered& answered,
                 std::chrono::steady_clock::time_point now, ThreadContext& context) {
    const auto left_out = left_out_before(exchange, answered, now, context);
    if (!left_out) {
        return;
    }
    using std::chrono::microseconds;
    const auto took = std::chrono::duration_cast<microseconds>(now - exchange.started);
    const Route* const route = exchange.route;
    context.log.write(LogLevel::info, "request",
                      {{"method", to_string(exchange.method)},
                       {"route", route != nullptr ? std::string_view(route->path) : "none"},
                       {"status", std::int64_t{answered.status}},
                       milliseconds("durationMs", took),
                       {"bytes", static_cast<std::int64_t>(answered.bytes)},
                       {"code", answered.code},
                       {"leftOut", static_cast<std::int64_t>(*left_out)},
                       {"trace", exchange.trace},
                       {"request", exchange.id}});
}

// Counts a request that has its whole answer, and logs it. Where there is no memory for the line,
// it is left out, since a 500 behind a whole answer would be worse.
void note_request(const Exchange& exchange, const Answered& answered,
                  ThreadContext& context) noexcept {
    const auto now = std::chrono::steady_clock::now();
    context.stats->add(context.router.place_of(exchange.route), answered.status,
                       now - exchange.started);
    try {
        if (context.log.enabled(LogLevel::info)) {
            log_request(exchange, answered, now, context);
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch): the answer is there
    }
}

// Appends the bytes of `response`, dated now. With `close` they say Connection: close. `code` is
// that of a refusal. Throws like append_response(), with nothing appended.
void append_answer(std::string& out, const Exchange& exchange, const Response& response,
                   std::string_view code, bool close, ThreadContext& context) {
    ResponseOptions options;
    options.date = context.date.at(context.clock.now_s());
    options.request_id = exchange.id;
    options.head = exchange.method == Method::head;
    options.close = close;
    const std::size_t begin = out.size();
    int status = response.status;
    if (response.cached) {
        status = response.cached->status();
        response.cached->append_to(out, options.date, options.head, close);
    } else {
        append_response(out, response, options);
    }
    try {
        out.insert(begin + date_offset(status) + kDateLineBytes, exchange.cors_lines);
    } catch (const std::bad_alloc&) {
        out.resize(begin);  // or the 500 that follows would come after a whole answer
        throw;
    }
    note_request(exchange, {status, code, out.size() - begin}, context);
}

constexpr bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

constexpr bool is_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

bool is_request_id(std::string_view id) {
    return !id.empty() && id.size() <= kRequestIdBytesMax && std::ranges::all_of(id, [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    });
}

// A later version may add to what version 00 has, behind another dash.
std::string_view trace_id_of(std::string_view traceparent) {
    constexpr std::size_t kBytes = 55;  // 00-(32 digits)-(16 digits)-(2 digits)
    if (traceparent.size() < kBytes) {
        return {};
    }
    const std::string_view version = traceparent.substr(0, 2);
    const std::string_view trace = traceparent.substr(3, 32);
    const std::string_view parent = traceparent.substr(36, 16);
    const bool dashes = traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-';
    const bool ends =
        traceparent.size() == kBytes || (version != "00" && traceparent[kBytes] == '-');
    const bool digits = is_lower_hex(version) && is_lower_hex(trace) && is_lower_hex(parent) &&
                        is_lower_hex(traceparent.substr(53, 2));
    return dashes && ends && digits && version != "ff" && !is_zero(trace) && !is_zero(parent)
               ? trace
               : std::string_view{};
}

void RequestIds::assign_next(std::string& id) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (used_ == bytes_.size()) {
        random_.fill(bytes_);
        used_ = 0;
    }
    id.resize(2 * kIdBytes);
    for (std::size_t i = 0; i < kIdBytes; ++i, ++used_) {
        id[2 * i] = kHex[std::to_integer<unsigned>(bytes_[used_]) >> 4];
        id[2 * i + 1] = kHex[std::to_integer<unsigned>(bytes_[used_]) & 0x0F];
    }
}

void Exchange::begin(ThreadContext& context, std::string_view peer, std::string_view head) {
    context.ids.assign_next(id);
    trace.clear();
    method = to_method(head.substr(0, head.find(' '))).value_or(Method::get);
    route = nullptr;
    allow = {};
    cors_lines = context.cors.lines_for(std::nullopt);
    keep_alive = true;
    client.assign(peer);
}

void Exchange::wipe_body() {
    if (request && !request->body.empty()) {
        wipe(request->body);
    }
    if (request && request->body_reservation) {
        request->body = std::string();
        request->body_reservation.reset();
    }
}

bool Exchange::reserve_body(ThreadContext& context) const {
    const std::size_t bytes = request->body.capacity();
    if (bytes <= kUncountedBodyBytesMax) {
        return true;
    }
    if (!request->body_reservation) {
        request->body_reservation = std::make_shared<BodyReservation>(context.bodies);
    }
    return request->body_reservation->grow_to(bytes);
}

// The buffer has room for the largest head and for as much again of what follows it.
Protocol::Protocol(ThreadContext& context, const IpAddress& peer, ReplyFactory& replies)
    : context_(context),
      replies_(replies),
      peer_(peer),
      peer_text_(peer.str()),
      peer_is_proxy_(is_trusted(context.proxies, peer)),
      buffer_(2 * context.limits.head_bytes_max),
      scanner_(context.limits),
      idle_since_(std::chrono::steady_clock::now()) {}

void Protocol::received(std::size_t size, Time now) {
    if (phase() == Phase::idle) {
        exchange_.started = now;
    }
    buffer_.commit(size);
}

Protocol::Wants Protocol::advance(Time now) noexcept {
    try {
        while (output_.size() < context_.limits.pipelined_bytes_max && step(now)) {
        }
        if (finishing_ && phase() == Phase::idle && !is_new()) {
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

// Returns whether there may be more to do.
bool Protocol::step(Time now) {
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

// Counts a buffer that has grown with a large head, and the request that will hold as much again,
// with the larger bodies. Returns false if all connections together have no more room.
bool Protocol::count_buffer() {
    if (buffer_.capacity() <= kUncountedBodyBytesMax) {
        return true;
    }
    if (!buffer_share_) {
        buffer_share_ = std::make_unique<BodyReservation>(context_.bodies);
    }
    return buffer_share_->grow_to(2 * buffer_.capacity());
}

bool Protocol::read_head() {
    const std::string_view buffered = buffer_.view();
    if (!count_buffer()) {
        exchange_.begin(context_, peer_text_, buffered);
        refuse(RequestError::overloaded);
        return false;
    }
    switch (scanner_.scan(buffered)) {
        case HeadScanner::State::more:
            return false;
        case HeadScanner::State::refused:
            exchange_.begin(context_, peer_text_, buffered);
            refuse(scanner_.error(), {}, scanner_.header(buffered));
            return false;
        case HeadScanner::State::complete:
            break;
    }
    const std::string_view block = buffered.substr(0, scanner_.size());
    // Some clients send an empty line after a body (RFC 9112 section 2.2). One is skipped.
    if (block.size() == kEmptyLine && !skipped_line_) {
        skipped_line_ = true;
    } else {
        begin(block);
    }
    buffer_.consume(block.size());
    scanner_.reset();
    return true;
}

// Judges a whole head by guard, parser and router.
void Protocol::begin(std::string_view block) {
    exchange_.begin(context_, peer_text_, block);
    if (++served_ >= context_.limits.requests_per_connection_max) {
        finishing_ = true;
    }
    const auto [error, header, head] = guard_head(block, context_.limits);
    if (error) {
        const bool no_method = *error == RequestError::method_not_allowed;
        return refuse(*error, no_method ? context_.router.allow_everywhere() : std::string_view{},
                      header);
    }
    if (!exchange_.request) {
        exchange_.request = std::make_shared<Request>();
    }
    if (!parse_head(block, head, *exchange_.request)) {
        return refuse(RequestError::bad_request);
    }
    take_over_ids();
    if (peer_is_proxy_) {
        const Request& request = *exchange_.request;
        exchange_.client = client_address(peer_, request.headers, context_.proxies).str();
    }
    exchange_.cors_lines = context_.cors.lines_for(exchange_.request->header("origin"));
    exchange_.method = head.method;
    exchange_.keep_alive = head.keep_alive;
    Match match;
    match.allow = context_.router.allow_everywhere();
    if (!head.whole_server) {
        match = context_.router.match(head.method, head.path);
    }
    if (match.error) {
        return refuse(*match.error, match.allow);
    }
    exchange_.route = match.route;
    exchange_.allow = match.allow;
    if (const auto refused = refuse_by_head(match.route, head)) {
        const bool by_type = *refused == RequestError::unsupported_media_type;
        return refuse(*refused, {}, by_type ? "Content-Type" : std::string_view{});
    }
    exchange_.request->method = head.method;
    exchange_.request->path.assign(head.path);
    exchange_.request->query.assign(head.query);
    body_ = BodyReader(head, body_bytes_max(match.route));
    filter_.reset();
    if (match.route != nullptr && !match.route->kept_member.empty()) {
        filter_.emplace(match.route->kept_member);
    }
    // A client that has already sent some of the body does not wait for 100.
    if (head.expects_continue && head.framing != Framing::none &&
        buffer_.view().size() == block.size()) {
        output_.append(kContinue);
    }
    state_ = State::body;
}

// Takes over what callers know the request by: Hasura and proxies send both. Whoever calls chooses
// them, so they are names to search for and no proof of anything.
void Protocol::take_over_ids() {
    for (const Header& header : exchange_.request->headers) {
        if (header.name == "x-request-id" && is_request_id(header.value)) {
            exchange_.id.assign(header.value);
        } else if (header.name == "traceparent") {
            exchange_.trace.assign(trace_id_of(header.value));
        }
    }
}

// Reads what has arrived of a body of which only a part is kept.
BodyReader::State Protocol::read_filtered(std::string& body) {
    std::string piece;
    const BodyReader::State state = body_.read(buffer_, piece);
    std::string kept;
    kept.reserve(JsonFilter::kept_bytes_max(piece.size()));  // so that no copy is left behind
    filter_->feed(piece, kept);
    append_wiping(body, kept);
    wipe(piece);
    wipe(kept);
    return state;
}

bool Protocol::read_body(Time now) {
    std::string& body = exchange_.request->body;
    const BodyReader::State state = filter_ ? read_filtered(body) : body_.read(buffer_, body);
    if (filter_ && body.size() > context_.limits.kept_member_bytes_max) {
        refuse(RequestError::body_too_large);
        return false;
    }
    if (!exchange_.reserve_body(context_)) {
        refuse(RequestError::overloaded);
        return false;
    }
    switch (state) {
        case BodyReader::State::more:
            return false;
        case BodyReader::State::refused:
            refuse(body_.error());
            return false;
        case BodyReader::State::complete:
            break;
    }
    dispatch(now);
    return true;
}

void Protocol::dispatch(Time now) {
    const Route* route = exchange_.route;
    if (route == nullptr) {
        Response response;
        response.status = 204;
        response.headers.push_back({"Allow", std::string(exchange_.allow)});
        if (!context_.cors.answer_preflight(*exchange_.request, exchange_.allow, response)) {
            context_.log.write(LogLevel::info, "preflight-refused",
                               {{"header", "origin"},
                                {"message", "AUTH_CORS_ORIGINS does not list the page's origin"},
                                {"address", exchange_.client},
                                {"request", exchange_.id}});
        }
        return answer(response, now);
    }
    if (route->body_bytes_max == 0) {
        exchange_.wipe_body();
    }
    Request& request = *exchange_.request;
    request.id.assign(exchange_.id);
    request.remote_address.assign(exchange_.client);
    request.now_s = context_.clock.now_s();
    request.deadline = exchange_.started + context_.limits.request_deadline;
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

void Protocol::hand_over(const LaneHandler& lane, Time now) {
    state_ = State::reply;
    // The request now belongs to the lane. The next one gets a new object.
    if (!lane(std::exchange(exchange_.request, nullptr), replies_.make_reply(++ticket_))) {
        ++ticket_;
        answer(to_response(RequestError::overloaded, exchange_.id), now);
    }
}

void Protocol::answer(const Response& response, Time now) {
    const bool close = finishing_ || context_.retiring || !exchange_.keep_alive;
    append(response, close);
    exchange_.wipe_body();
    if (buffer_.shrink()) {
        exchange_.request.reset();  // its strings have grown with the head
        buffer_share_.reset();
    }
    state_ = close ? State::ended : State::head;
    skipped_line_ = false;
    idle_since_ = now;
    exchange_.started = now;
}

// Answers a request that is refused, and ends the connection: nothing that follows on it can be
// trusted (RFC 9112 section 11.2), and it may be a body that nobody reads. `header` is the name of
// the header at fault, if there is one; no value of a client goes into the log.
void Protocol::refuse(RequestError error, std::string_view allow, std::string_view header) {
    state_ = State::ended;
    exchange_.wipe_body();
    context_.stats->add_refusal(error);
    // fail() has logged an internal error with its reason.
    if (error != RequestError::internal && context_.log.enabled(LogLevel::info)) {
        context_.log.write(LogLevel::info, "request-refused",
                           {{"code", describe(error).code},
                            {"header", header},
                            {"address", exchange_.client},
                            {"request", exchange_.id}});
    }
    if (error == RequestError::not_http) {
        abrupt_ = true;
        return;
    }
    append(to_response(error, exchange_.id, allow), true);
}

// Writes an answer; one that is a problem in the form that the route has for them, whoever made it.
void Protocol::append(const Response& response, bool close) {
    const Route* const route = exchange_.route;
    const bool formed = route != nullptr && route->problem_form != nullptr && !response.cached &&
                        response.content_type == kProblemMediaType;
    append_answer(output_, exchange_, formed ? route->problem_form(response) : response,
                  response.code, close, context_);
}

// Handles every exception: logs it, answers 500 and ends the connection.
void Protocol::fail(std::string_view what) noexcept {
    const std::size_t written = output_.size();
    try {
        ++ticket_;
        const Route* route = exchange_.route;
        context_.log.write(LogLevel::error, "request-failed",
                           {{"reason", what},
                            {"operation", route != nullptr ? route->operation_id : "none"},
                            {"request", exchange_.id}});
        refuse(RequestError::internal);
    } catch (...) {
        output_.resize(written);
        state_ = State::ended;
        abrupt_ = true;
    }
}

void Protocol::reply(std::uint64_t ticket, std::optional<Response> response, Time now) noexcept {
    if (state_ != State::reply || ticket != ticket_) {
        return;
    }
    if (!response) {
        return fail("a lane dropped a request without an answer");
    }
    try {
        if (now < response->not_before) {
            held_ = std::move(response);
            return;
        }
        answer(*response, now);
    } catch (const std::exception& error) {
        fail(error.what());
    } catch (...) {
        fail("not an exception");
    }
}

void Protocol::time_out(Time now) noexcept {
    try {
        if (state_ == State::reply && held_) {
            const Response held = *std::exchange(held_, std::nullopt);
            answer(held, now);
        } else if (state_ == State::reply) {
            ++ticket_;
            answer(to_response(RequestError::deadline_passed, exchange_.id), now);
        } else if (state_ != State::ended) {
            if (state_ == State::head) {
                exchange_.begin(context_, peer_text_, buffer_.view());
            }
            refuse(RequestError::request_timeout);
        }
    } catch (...) {
        fail("a time-out could not be answered");
    }
}

Protocol::Phase Protocol::phase() const {
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

Protocol::Time Protocol::deadline() const {
    const Limits& limits = context_.limits;
    switch (phase()) {
        case Phase::idle:
            return std::min(finish_by_, idle_since_ + (is_new() ? limits.first_request_deadline
                                                                : limits.idle_deadline));
        case Phase::head:
            return exchange_.started + std::min(limits.head_deadline, limits.request_deadline);
        case Phase::reply:
            if (held_) {
                return held_->not_before;
            }
            return exchange_.started + limits.request_deadline;
        case Phase::body:
            return exchange_.started + limits.request_deadline;
        case Phase::ended:
            break;
    }
    return Time::max();
}

}  // namespace signet::http
