#include "http/guard.hpp"

#include "http/request_line.hpp"
#include "http/token.hpp"

#include <array>
#include <charconv>

namespace signet::http {
namespace {

// Headers of which a second one is refused. The enumerators index kSingletons.
enum Singleton : std::uint8_t {
    host,
    content_length,
    transfer_encoding,
    authorization,
    content_type,
    expect,
    cookie,
    action_secret,
    hasura_role,
    origin,
    singleton_count,
};

constexpr std::array<std::string_view, singleton_count> kSingletons{
    "host",   "content-length", "transfer-encoding", "authorization", "content-type",
    "expect", "cookie",         "x-action-secret",   "x-hasura-role", "origin",
};

struct Fields {
    std::array<std::optional<std::string_view>, singleton_count> one;
    bool says_close = false;
    bool content_coded = false;
};

// Framing headers that come twice are the classic of request smuggling; they have their own code.
Fault duplicate_fault(std::size_t singleton) {
    switch (singleton) {
        case host:
            return Fault::bad_host;
        case content_length:
        case transfer_encoding:
            return Fault::bad_framing;
        default:
            return Fault::duplicate_header;
    }
}

void note_lists(std::string_view name, std::string_view value, Fields& fields) {
    if (equal_ignoring_case(name, "connection")) {
        while (!value.empty()) {
            fields.says_close |= equal_ignoring_case(take_element(value), "close");
        }
    } else if (equal_ignoring_case(name, "content-encoding")) {
        fields.content_coded |= !equal_ignoring_case(value, "identity");
    }
}

std::optional<Fault> read_field(std::string_view line, Fields& fields) {
    const std::size_t colon = line.find(':');
    // A name that is a token also rules out white space before the colon.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return Fault::bad_header;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    for (std::size_t i = 0; i < kSingletons.size(); ++i) {
        if (equal_ignoring_case(name, kSingletons[i])) {
            if (fields.one[i]) {
                return duplicate_fault(i);
            }
            fields.one[i] = value;
            return std::nullopt;
        }
    }
    note_lists(name, value, fields);
    return std::nullopt;
}

std::optional<Fault> read_fields(std::string_view lines, std::size_t fields_max, Fields& fields) {
    std::size_t count = 0;
    while (lines != "\r\n") {
        const std::size_t end = lines.find("\r\n");
        if (end == std::string_view::npos || end == 0) {
            return Fault::bad_header;
        }
        if (++count > fields_max) {
            return Fault::too_many_fields;
        }
        if (const auto fault = read_field(lines.substr(0, end), fields)) {
            return fault;
        }
        lines.remove_prefix(end + 2);
    }
    return std::nullopt;
}

// RFC 9112 section 6.1. 501 for a coding that we do not know, 400 where the list itself is wrong:
// chunked anywhere but last, or twice.
std::optional<Fault> judge_codings(std::string_view list) {
    if (list.ends_with(',')) {
        return Fault::bad_framing;  // an empty last element, which others may read as something
    }
    bool unknown = false;
    bool chunked = false;
    do {
        const std::string_view coding = take_element(list);
        if (chunked || !is_token(coding.substr(0, coding.find(';')))) {
            return Fault::bad_framing;
        }
        chunked = equal_ignoring_case(coding, "chunked");
        unknown |= !chunked;
    } while (!list.empty());
    return unknown ? std::optional(Fault::transfer_coding_unknown) : std::nullopt;
}

// `0|[1-9][0-9]{0,9}`: one spelling a number, and no overflow to think about.
std::optional<std::uint64_t> read_length(std::string_view text) {
    constexpr std::size_t kDigitsMax = 10;
    if (text.empty() || text.size() > kDigitsMax || (text.front() == '0' && text.size() > 1)) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<Fault> judge_framing(const Fields& fields, bool http_1_0, Head& head) {
    if (const auto& codings = fields.one[transfer_encoding]) {
        if (http_1_0) {
            return Fault::bad_framing;
        }
        if (const auto fault = judge_codings(*codings)) {
            return fault;
        }
        if (fields.one[content_length]) {
            return Fault::bad_framing;
        }
        head.framing = Framing::chunked;
    } else if (const auto& text = fields.one[content_length]) {
        const auto length = read_length(*text);
        if (!length) {
            return Fault::bad_framing;
        }
        head.content_length = *length;
        head.framing = *length == 0 ? Framing::none : Framing::content_length;
    }
    if (head.framing != Framing::none && fields.content_coded) {
        return Fault::unsupported_content_encoding;
    }
    return std::nullopt;
}

std::optional<Fault> judge_host(const Fields& fields, const RequestLine& line, Head& head) {
    if (!fields.one[host]) {
        const bool optional = line.http_1_0 && line.authority.empty();
        return optional ? std::nullopt : std::optional(Fault::bad_host);
    }
    if (!is_host(*fields.one[host])) {
        return Fault::bad_host;
    }
    head.host = *fields.one[host];
    // A proxy that routes by one of the two must not be able to differ from us (RFC 9112 section
    // 3.2.2 lets the target win).
    if (!line.authority.empty() && !same_host(line.authority, head.host)) {
        return Fault::bad_target;
    }
    return std::nullopt;
}

std::optional<Fault> judge(std::string_view block, const Limits& limits, Head& head) {
    const std::size_t line_end = block.find("\r\n");
    RequestLine line;
    if (line_end == std::string_view::npos) {
        return Fault::bad_request;
    }
    if (const auto fault = read_request_line(block.substr(0, line_end), limits, line)) {
        return fault;
    }
    Fields fields;
    if (const auto fault = read_fields(block.substr(line_end + 2), limits.fields_max, fields)) {
        return fault;
    }
    head.method = line.method;
    head.path = line.path;
    head.query = line.query;
    head.whole_server = line.path == "*";
    head.content_type = fields.one[content_type];
    head.authorization = fields.one[authorization].value_or("");
    head.cookie = fields.one[cookie].value_or("");
    // HTTP/1.0's keep-alive was never specified well enough to be worth it.
    head.keep_alive = !line.http_1_0 && !fields.says_close;
    if (const auto fault = judge_framing(fields, line.http_1_0, head)) {
        return fault;
    }
    if (const auto fault = judge_host(fields, line, head)) {
        return fault;
    }
    if (const auto& expectation = fields.one[expect]) {
        if (!equal_ignoring_case(*expectation, "100-continue")) {
            return Fault::expectation_failed;
        }
        head.expects_continue = !line.http_1_0;  // RFC 9110 section 10.1.1
    }
    return std::nullopt;
}

}  // namespace

Verdict guard_head(std::string_view block, const Limits& limits) {
    Verdict verdict;
    verdict.fault = judge(block, limits, verdict.head);
    return verdict;
}

}  // namespace signet::http
