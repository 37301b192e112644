#include "http/request_head.hpp"
#include "http/token.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace signet::http {
namespace {

// The parts of a request line (RFC 9112 section 3). The views point into the line.
struct RequestLine {
    Method method = Method::get;
    std::string_view authority;  // of the absolute form; empty in the others
    std::string_view path;       // "*" for OPTIONS *
    std::string_view query;      // without the '?'
    bool http_1_0 = false;
};

std::optional<RequestError> read_version(std::string_view text, RequestLine& out) {
    if (text == "HTTP/1.1") {
        return std::nullopt;
    }
    if (text == "HTTP/1.0") {
        out.http_1_0 = true;
        return std::nullopt;
    }
    const bool other = equal_ignoring_case(text.substr(0, 5), "http/");
    return other ? RequestError::version_unsupported : RequestError::bad_request;
}

std::optional<RequestError> read_method(std::string_view text, RequestLine& out) {
    if (!is_token(text)) {
        return RequestError::bad_request;
    }
    if (const auto method = to_method(text)) {
        out.method = *method;
        return std::nullopt;
    }
    return RequestError::method_unknown;
}

// Returns what follows the scheme of an absolute form, or nothing if it is another form.
std::optional<std::string_view> after_scheme(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            return target.substr(scheme.size());
        }
    }
    return std::nullopt;
}

void split_query(std::string_view target, RequestLine& out) {
    const std::size_t mark = target.find('?');
    out.path = target.substr(0, mark);
    if (mark != std::string_view::npos) {
        out.query = target.substr(mark + 1);
    }
    if (out.path.empty()) {
        out.path = "/";
    }
}

std::optional<RequestError> read_target(std::string_view target, RequestLine& out) {
    if (target.empty() || target.find_first_of("#\t") != std::string_view::npos) {
        return RequestError::bad_target;
    }
    if (target == "*") {
        out.path = target;
        return out.method == Method::options ? std::nullopt
                                             : std::optional(RequestError::bad_target);
    }
    if (target.front() == '/') {
        split_query(target, out);
        return std::nullopt;
    }
    const auto rest = after_scheme(target);
    if (!rest) {
        return RequestError::bad_target;
    }
    out.authority = rest->substr(0, rest->find_first_of("/?"));
    split_query(rest->substr(out.authority.size()), out);
    return out.authority.empty() ? std::optional(RequestError::bad_target) : std::nullopt;
}

bool is_port(std::string_view text) {
    constexpr std::size_t kDigitsMax = 5;
    return text.size() <= kDigitsMax && std::all_of(text.begin(), text.end(), is_digit);
}

// Reads `line`, without its CRLF, or says what is wrong with it. CONNECT is refused here, because
// its target is not a path.
std::optional<RequestError> read_request_line(std::string_view line, const Limits& limits,
                                              RequestLine& out) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return RequestError::bad_request;
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    // The version is judged first, because the method of an HTTP/2 client is unknown, too.
    if (const auto error = read_version(line.substr(last + 1), out)) {
        return error;
    }
    if (const auto error = read_method(line.substr(0, first), out)) {
        return error;
    }
    if (target.size() > limits.target_bytes_max) {
        return RequestError::target_too_long;
    }
    if (target.find(' ') != std::string_view::npos) {
        return RequestError::bad_request;
    }
    if (out.method == Method::connect) {
        return RequestError::method_not_allowed;
    }
    return read_target(target, out);
}

// Whether `text` is host [":" port] of RFC 3986 section 3.2, not empty and without a user name.
bool is_host(std::string_view text) {
    constexpr std::string_view kNameChars = "-._~%!$&'()*+;=";
    std::size_t end = 0;
    if (text.starts_with('[')) {
        end = text.find(']');
        const std::string_view address = text.substr(1, end - 1);
        if (end == std::string_view::npos || address.empty() ||
            address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
            return false;
        }
        ++end;
    } else {
        while (end < text.size() && (is_alphanumeric(text[end]) ||
                                     kNameChars.find(text[end]) != std::string_view::npos)) {
            ++end;
        }
    }
    const std::string_view rest = text.substr(end);
    return end > 0 && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
}

// Headers that may occur once. The enumerators index kSingletons.
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
    std::string_view line;  // that is being read, for an error
};

// Repeated framing headers are how requests are smuggled, so they have their own code.
RequestError duplicate_error(std::size_t singleton) {
    switch (singleton) {
        case host:
            return RequestError::bad_host;
        case content_length:
        case transfer_encoding:
            return RequestError::bad_framing;
        default:
            return RequestError::duplicate_header;
    }
}

std::optional<RequestError> note_lists(std::string_view name, std::string_view value,
                                       Fields& fields) {
    if (equal_ignoring_case(name, "connection")) {
        if (std::any_of(value.begin(), value.end(), is_above_ascii)) {
            return RequestError::bad_header;
        }
        while (!value.empty()) {
            fields.says_close |= equal_ignoring_case(take_element(value), "close");
        }
    } else if (equal_ignoring_case(name, "content-encoding")) {
        fields.content_coded |= !equal_ignoring_case(value, "identity");
    }
    return std::nullopt;
}

std::optional<RequestError> read_field(std::string_view line, Fields& fields) {
    const std::size_t colon = line.find(':');
    // A token has no white space, so there is none before the colon either.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return RequestError::bad_header;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    for (std::size_t i = 0; i < kSingletons.size(); ++i) {
        if (equal_ignoring_case(name, kSingletons[i])) {
            if (fields.one[i]) {
                return duplicate_error(i);
            }
            fields.one[i] = value;
            return std::nullopt;
        }
    }
    return note_lists(name, value, fields);
}

std::optional<RequestError> read_fields(std::string_view lines, std::size_t fields_max,
                                        Fields& fields) {
    std::size_t count = 0;
    while (lines != "\r\n") {
        const std::size_t end = lines.find("\r\n");
        if (end == std::string_view::npos || end == 0) {
            return RequestError::bad_header;
        }
        fields.line = lines.substr(0, end);
        if (++count > fields_max) {
            return RequestError::too_many_fields;
        }
        if (const auto error = read_field(fields.line, fields)) {
            return error;
        }
        lines.remove_prefix(end + 2);
    }
    fields.line = {};
    return std::nullopt;
}

// Judges Transfer-Encoding (RFC 9112 section 6.1). An unknown coding is a 501, a malformed list a
// 400: chunked has to be last, and to occur once.
std::optional<RequestError> judge_codings(std::string_view list) {
    if (list.ends_with(',')) {
        return RequestError::bad_framing;  // others may read something into an empty last element
    }
    bool unknown = false;
    bool chunked = false;
    do {
        const std::string_view coding = take_element(list);
        if (chunked || !is_token(coding.substr(0, coding.find(';')))) {
            return RequestError::bad_framing;
        }
        chunked = equal_ignoring_case(coding, "chunked");
        unknown |= !chunked;
    } while (!list.empty());
    return unknown ? std::optional(RequestError::transfer_coding_unknown) : std::nullopt;
}

// Reads `0|[1-9][0-9]{0,9}`, so that every length has one spelling and none overflows.
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

std::optional<RequestError> judge_framing(const Fields& fields, bool http_1_0, Head& head) {
    if (const auto& codings = fields.one[transfer_encoding]) {
        if (http_1_0) {
            return RequestError::bad_framing;
        }
        if (const auto error = judge_codings(*codings)) {
            return error;
        }
        if (fields.one[content_length]) {
            return RequestError::bad_framing;
        }
        head.framing = Framing::chunked;
    } else if (const auto& text = fields.one[content_length]) {
        const auto length = read_length(*text);
        if (!length) {
            return RequestError::bad_framing;
        }
        head.content_length = *length;
        head.framing = *length == 0 ? Framing::none : Framing::content_length;
    }
    if (head.framing != Framing::none && fields.content_coded) {
        return RequestError::unsupported_content_encoding;
    }
    return std::nullopt;
}

std::optional<RequestError> judge_host(const Fields& fields, const RequestLine& line, Head& head) {
    if (!fields.one[host]) {
        const bool optional = line.http_1_0 && line.authority.empty();
        return optional ? std::nullopt : std::optional(RequestError::bad_host);
    }
    if (!is_host(*fields.one[host])) {
        return RequestError::bad_host;
    }
    head.host = *fields.one[host];
    // A proxy may route by either of the two, and must not choose another one than we do. (By RFC
    // 9112 section 3.2.2 the target wins.)
    if (!line.authority.empty() && !equal_ignoring_case(line.authority, head.host)) {
        return RequestError::bad_target;
    }
    return std::nullopt;
}

// Returns the name of the header that an error of the whole head is about.
std::string_view header_at_fault(RequestError error, const Fields& fields) {
    switch (error) {
        case RequestError::bad_host:
            return "Host";
        case RequestError::bad_framing:
        case RequestError::transfer_coding_unknown:
            return fields.one[transfer_encoding] ? "Transfer-Encoding" : "Content-Length";
        case RequestError::unsupported_content_encoding:
            return "Content-Encoding";
        case RequestError::expectation_failed:
            return "Expect";
        default:
            return field_name(fields.line);
    }
}

std::optional<RequestError> judge(std::string_view block, const Limits& limits, Fields& fields,
                                  Head& head) {
    const std::size_t line_end = block.find("\r\n");
    RequestLine line;
    if (line_end == std::string_view::npos) {
        return RequestError::bad_request;
    }
    if (const auto error = read_request_line(block.substr(0, line_end), limits, line)) {
        return error;
    }
    if (const auto error = read_fields(block.substr(line_end + 2), limits.fields_max, fields)) {
        return error;
    }
    head.method = line.method;
    head.path = line.path;
    head.query = line.query;
    head.whole_server = line.path == "*";
    head.content_type = fields.one[content_type];
    head.authorization = fields.one[authorization].value_or("");
    head.cookie = fields.one[cookie].value_or("");
    // Keep-alive of HTTP/1.0 is not supported: it was never specified well.
    head.keep_alive = !line.http_1_0 && !fields.says_close;
    if (const auto error = judge_framing(fields, line.http_1_0, head)) {
        return error;
    }
    if (const auto error = judge_host(fields, line, head)) {
        return error;
    }
    if (const auto& expectation = fields.one[expect]) {
        if (!equal_ignoring_case(*expectation, "100-continue")) {
            return RequestError::expectation_failed;
        }
        head.expects_continue = !line.http_1_0;  // RFC 9110 section 10.1.1
    }
    return std::nullopt;
}

}  // namespace

GuardResult guard_head(std::string_view block, const Limits& limits) {
    GuardResult result;
    Fields fields;
    result.error = judge(block, limits, fields, result.head);
    if (result.error) {
        result.header = header_at_fault(*result.error, fields);
    }
    return result;
}

}  // namespace signet::http
