#include "http/response_writer.hpp"

#include "http/token.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace signet::http {
namespace {

constexpr std::string_view kBeforeDate = "\r\nDate: ";

constexpr std::array<std::pair<int, std::string_view>, 26> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

// RFC 9112 section 4: the phrase may be empty.
std::string_view reason(int status) {
    for (const auto& [code, text] : kReasons) {
        if (code == status) {
            return text;
        }
    }
    return {};
}

bool is_sessions_own(std::string_view name) {
    for (const std::string_view own :
         {"content-length", "transfer-encoding", "date", "connection", "x-request-id"}) {
        if (equal_ignoring_case(name, own)) {
            return true;
        }
    }
    return false;
}

void check_header(std::string_view name, std::string_view value) {
    if (!is_token(name) || name.size() + value.size() + 2 > kHeaderLineBytesMax) {
        throw std::invalid_argument("response header: bad name or line too long");
    }
    for (const char c : value) {
        if ((c < ' ' && c != '\t') || c > '~') {
            throw std::invalid_argument("response header: bad value");
        }
    }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& out, std::size_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

// RFC 9110 section 8.6: 204 has no Content-Length, and a 304's would be that of the 200.
bool never_has_body(int status) {
    return status == 204 || status == 304;
}

}  // namespace

std::size_t date_offset(int status) {
    return std::string_view("HTTP/1.1 200 ").size() + reason(status).size() + kBeforeDate.size();
}

void append_response(std::string& out, const Response& response, const Ending& ending) {
    if (response.status < 200 || response.status > 599) {
        throw std::invalid_argument("response: bad status");
    }
    check_header("Content-Type", response.content_type);
    for (const Header& header : response.headers) {
        check_header(header.name, header.value);
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason(response.status));
    out.append(kBeforeDate).append(ending.date).append("\r\n");
    if (!response.content_type.empty()) {
        append_header(out, "Content-Type", response.content_type);
    }
    for (const Header& header : response.headers) {
        if (!is_sessions_own(header.name)) {
            append_header(out, header.name, header.value);
        }
    }
    if (!never_has_body(response.status)) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    out.append("X-Content-Type-Options: nosniff\r\n");
    if (!ending.request_id.empty()) {
        append_header(out, "X-Request-Id", ending.request_id);
    }
    if (ending.close) {
        out.append("Connection: close\r\n");
    }
    out.append("\r\n");
    if (!ending.head && !never_has_body(response.status)) {
        out.append(response.body);
    }
}

}  // namespace signet::http
