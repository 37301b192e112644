#include "http/request_line.hpp"

#include "http/token.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace signet::http {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 9> kMethods{{
    {"GET", Method::get},
    {"HEAD", Method::head},
    {"POST", Method::post},
    {"PUT", Method::put},
    {"PATCH", Method::patch},
    {"DELETE", Method::delete_},
    {"OPTIONS", Method::options},
    {"TRACE", Method::trace},
    {"CONNECT", Method::connect},
}};

std::optional<Fault> read_version(std::string_view text, RequestLine& out) {
    if (text == "HTTP/1.1") {
        return std::nullopt;
    }
    if (text == "HTTP/1.0") {
        out.http_1_0 = true;
        return std::nullopt;
    }
    const bool other = equal_ignoring_case(text.substr(0, 5), "http/");
    return other ? Fault::version_unsupported : Fault::bad_request;
}

std::optional<Fault> read_method(std::string_view text, RequestLine& out) {
    if (!is_token(text)) {
        return Fault::bad_request;
    }
    for (const auto& [name, method] : kMethods) {
        if (text == name) {
            out.method = method;
            return std::nullopt;
        }
    }
    return Fault::method_unknown;
}

// The bytes after the scheme of an absolute form, or nothing.
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

std::optional<Fault> read_target(std::string_view target, RequestLine& out) {
    if (target.empty() || target.find_first_of("#\t") != std::string_view::npos) {
        return Fault::bad_target;
    }
    if (target == "*") {
        out.path = target;
        return out.method == Method::options ? std::nullopt : std::optional(Fault::bad_target);
    }
    if (target.front() == '/') {
        split_query(target, out);
        return std::nullopt;
    }
    const auto rest = after_scheme(target);
    if (!rest) {
        return Fault::bad_target;
    }
    out.authority = rest->substr(0, rest->find_first_of("/?"));
    split_query(rest->substr(out.authority.size()), out);
    return out.authority.empty() ? std::optional(Fault::bad_target) : std::nullopt;
}

bool is_port(std::string_view text) {
    constexpr std::size_t kDigitsMax = 5;
    return text.size() <= kDigitsMax && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::string_view to_string(Method method) {
    return kMethods[static_cast<std::size_t>(method)].first;
}

std::optional<Fault> read_request_line(std::string_view line, const Limits& limits,
                                       RequestLine& out) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return Fault::bad_request;
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    // The version comes first: a client of HTTP/2 has a method that we do not know either.
    if (const auto fault = read_version(line.substr(last + 1), out)) {
        return fault;
    }
    if (const auto fault = read_method(line.substr(0, first), out)) {
        return fault;
    }
    if (target.size() > limits.target_bytes_max) {
        return Fault::target_too_long;
    }
    if (target.find(' ') != std::string_view::npos) {
        return Fault::bad_request;
    }
    if (out.method == Method::connect) {
        return Fault::method_not_allowed;
    }
    return read_target(target, out);
}

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

bool same_host(std::string_view a, std::string_view b) {
    return equal_ignoring_case(a, b);
}

}  // namespace signet::http
