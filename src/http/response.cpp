#include "http/response.hpp"

#include "http/token.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace signet::http {
namespace {

// strftime() would take the names from the locale.
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_digits(std::string& out, int value, int digits) {
    for (int divisor = digits == 4 ? 1000 : 10; divisor > 0; divisor /= 10) {
        out.push_back(static_cast<char>('0' + value / divisor % 10));
    }
}

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

// Returns the reason phrase, which may be empty (RFC 9112 section 4).
std::string_view reason(int status) {
    for (const auto& [code, text] : kReasons) {
        if (code == status) {
            return text;
        }
    }
    return {};
}

bool is_reserved_header(std::string_view name) {
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

// A 204 must not have a Content-Length, and that of a 304 would be the one of the 200 (RFC 9110
// section 8.6).
bool never_has_body(int status) {
    return status == 204 || status == 304;
}

}  // namespace

std::string http_date(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::string out;
    out.reserve(29);
    out.append(kDays[static_cast<std::size_t>(utc.tm_wday)]).append(", ");
    append_digits(out, utc.tm_mday, 2);
    out.append(" ").append(kMonths[static_cast<std::size_t>(utc.tm_mon)]).append(" ");
    append_digits(out, utc.tm_year + 1900, 4);
    out.push_back(' ');
    append_digits(out, utc.tm_hour, 2);
    out.push_back(':');
    append_digits(out, utc.tm_min, 2);
    out.push_back(':');
    append_digits(out, utc.tm_sec, 2);
    out.append(" GMT");
    return out;
}

std::size_t date_offset(int status) {
    return std::string_view("HTTP/1.1 200 ").size() + reason(status).size() + kBeforeDate.size();
}

void append_response(std::string& out, const Response& response, const ResponseOptions& options) {
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
    out.append(kBeforeDate).append(options.date).append("\r\n");
    if (!response.content_type.empty()) {
        append_header(out, "Content-Type", response.content_type);
    }
    for (const Header& header : response.headers) {
        if (!is_reserved_header(header.name)) {
            append_header(out, header.name, header.value);
        }
    }
    if (!never_has_body(response.status)) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    out.append("X-Content-Type-Options: nosniff\r\n");
    if (!options.request_id.empty()) {
        append_header(out, "X-Request-Id", options.request_id);
    }
    if (options.close) {
        out.append("Connection: close\r\n");
    }
    out.append("\r\n");
    if (!options.head && !never_has_body(response.status)) {
        out.append(response.body);
    }
}

std::shared_ptr<const CachedResponse> CachedResponse::make(const Response& response) {
    // append_to() writes over these 29 characters.
    constexpr std::string_view kAnyDate = "Thu, 01 Jan 1970 00:00:00 GMT";
    const std::shared_ptr<CachedResponse> cached(new CachedResponse);
    ResponseOptions options;
    options.date = kAnyDate;
    append_response(cached->keep_alive_, response, options);
    // What follows the head is the body, if the status has one.
    std::string head_only;
    options.head = true;
    append_response(head_only, response, options);
    cached->body_size_ = cached->keep_alive_.size() - head_only.size();
    options.head = false;
    options.close = true;
    append_response(cached->closing_, response, options);
    cached->date_offset_ = date_offset(response.status);
    cached->status_ = response.status;
    return cached;
}

void CachedResponse::append_to(std::string& out, std::string_view date, bool head,
                               bool close) const {
    const std::string& bytes = close ? closing_ : keep_alive_;
    const std::size_t begin = out.size();
    out.append(bytes, 0, bytes.size() - (head ? body_size_ : 0));
    out.replace(begin + date_offset_, date.size(), date);
}

}  // namespace signet::http
