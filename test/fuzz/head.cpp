#include "http/request_head.hpp"
#include "support/fuzz.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace {

using namespace signet::http;
using signet::test::hold;

constexpr Limits kSmall{.head_bytes_max = 1024, .target_bytes_max = 256, .fields_max = 16};

HeadScanner::State scan_bytewise(HeadScanner& scanner, std::string_view input) {
    auto state = HeadScanner::State::more;
    for (std::size_t size = 1; size <= input.size() && state == HeadScanner::State::more; ++size) {
        state = scanner.scan(input.substr(0, size));
    }
    return state;
}

// The head as it was understood, written anew.
std::string write(const Head& head, const Request& request, bool http_1_0) {
    std::string out(to_string(head.method));
    out.append(" ").append(head.path);
    out.append(head.query.empty() ? "" : "?").append(head.query);
    out.append(http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    for (const Header& header : request.headers) {
        out.append(header.name).append(": ").append(header.value).append("\r\n");
    }
    return out.append("\r\n");
}

auto parts(const Head& head) {
    return std::tie(head.method, head.path, head.query, head.host, head.whole_server, head.framing,
                    head.content_length, head.content_type, head.authorization, head.cookie,
                    head.keep_alive, head.expects_continue);
}

auto fields_of(const Request& request) {
    std::string out;
    for (const Header& header : request.headers) {
        out.append(header.name).append("\n").append(header.value).append("\n");
    }
    return out;
}

void run(std::string_view input) {
    HeadScanner whole(kSmall);
    HeadScanner bytewise(kSmall);
    const auto state = whole.scan(input);
    hold(input.empty() || state == scan_bytewise(bytewise, input), "pieces change nothing");
    if (state == HeadScanner::State::refused) {
        hold(whole.error() == bytewise.error(), "pieces change no error");
        hold(whole.header(input) == bytewise.header(input), "pieces change no header at fault");
    }
    if (state != HeadScanner::State::complete) {
        return;
    }
    hold(whole.size() == bytewise.size() && whole.size() <= kSmall.head_bytes_max, "the size");
    const std::string_view block = input.substr(0, whole.size());
    const auto [error, header, head] = guard_head(block, kSmall);
    Request request;
    if (error || !parse_head(block, head, request)) {
        return;
    }
    hold(request.headers.size() <= kSmall.fields_max, "no more fields than the limit says");
    hold(request.header("authorization").value_or("") == head.authorization, "Authorization");
    hold(request.header("cookie").value_or("") == head.cookie, "Cookie");
    hold(std::ranges::none_of(fields_of(request),
                              [](char c) { return c == '\r' || c == '\0' || c == '\x7F'; }),
         "no header holds a control character");

    const bool http_1_0 = block.substr(0, block.find('\r')).ends_with("1.0");
    const std::string anew = write(head, request, http_1_0);
    const auto [again_error, again_header, again] = guard_head(anew, kSmall);
    Request same;
    hold(!again_error && parse_head(anew, again, same), "what was understood is a head, too");
    hold(parts(again) == parts(head) && fields_of(same) == fields_of(request),
         "a head has one reading");
}

const signet::test::FuzzRegistration kTarget("head", run);

}  // namespace
