#include "mail/mail_url.hpp"

#include "base/ascii.hpp"
#include "base/ip_address.hpp"

#include <signet/domain/text.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace signet::mail {
namespace {

constexpr std::uint16_t kSubmissionPort = 587;   // RFC 6409
constexpr std::uint16_t kSubmissionsPort = 465;  // RFC 8314
constexpr std::size_t kHostBytesMax = 253;

Error fault(std::string detail) {
    return {Errc::invalid_input, std::move(detail)};
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
        } else if (i + 2 < text.size() && is_hex_digit(text[i + 1]) && is_hex_digit(text[i + 2])) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    return Text::from(out) && !has_control_character(out) ? std::optional(out) : std::nullopt;
}

bool is_host(std::string_view text) {
    const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
    return !text.empty() && text.size() <= kHostBytesMax && is_alphanumeric(text.front()) &&
           std::ranges::all_of(text, fits);
}

// Reads `host`, `host:port` or `[IPv6 address]:port` into the server, which has a default port.
bool read_host(std::string_view text, SmtpServer& server) {
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        const std::string_view address = text.substr(1, std::min(close, text.size()) - 1);
        if (close == std::string_view::npos || !IpAddress::from(address) ||
            address.find(':') == std::string_view::npos) {
            return false;
        }
        server.host = address;
        port = text.substr(close + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        server.host = text.substr(0, colon);
        port = text.substr(colon);
        if (!is_host(server.host)) {
            return false;
        }
    }
    if (port.empty()) {
        return true;
    }
    const char* const end = port.data() + port.size();
    const auto read = std::from_chars(port.data() + 1, end, server.port);
    return port.front() == ':' && read.ec == std::errc() && read.ptr == end && server.port != 0;
}

Result<MailTarget> read_smtp(std::string_view rest, SmtpServer server) {
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, end);
    const std::string_view tail = rest.substr(end);
    if (tail.find('@') != std::string_view::npos) {
        return fault(
            "has an @ behind the host: write / ? # @ : and % in a user or password as "
            "%2F %3F %23 %40 %3A and %25");
    }
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view credentials = authority.substr(0, at);
        const std::size_t colon = std::min(credentials.find(':'), credentials.size());
        auto user = percent_decoded(credentials.substr(0, colon));
        auto password =
            percent_decoded(credentials.substr(std::min(colon + 1, credentials.size())));
        if (!user || user->empty() || !password) {
            return fault(
                "has a user or password that cannot be read: write % as %25, and other "
                "characters that a URL does not take as % and two hexadecimal digits");
        }
        server.user = *std::move(user);
        server.password = *std::move(password);
        authority.remove_prefix(at + 1);
    }
    if (!read_host(authority, server)) {
        return fault("has no host such as mail.example.org:587 behind the @ or //");
    }
    if (tail == "?tls=off" || tail == "/?tls=off") {
        if (server.tls == SmtpTls::at_once) {
            return fault("has smtps:// and tls=off, of which only one can be");
        }
        server.tls = SmtpTls::off;
    } else if (!tail.empty() && tail != "/") {
        return fault(
            "has something behind the host; the only thing that may stand there is "
            "?tls=off");
    }
    return server;
}

}  // namespace

Result<MailTarget> read_mail_url(std::string_view text) {
    if (text.starts_with("smtp://")) {
        return read_smtp(text.substr(7), {.host = {},
                                          .port = kSubmissionPort,
                                          .tls = SmtpTls::starttls,
                                          .user = {},
                                          .password = {}});
    }
    if (text.starts_with("smtps://")) {
        return read_smtp(text.substr(8), {.host = {},
                                          .port = kSubmissionsPort,
                                          .tls = SmtpTls::at_once,
                                          .user = {},
                                          .password = {}});
    }
    if (text.starts_with("file:")) {
        std::string_view path = text.substr(5);
        if (path.starts_with("//")) {
            path.remove_prefix(2);
            if (!path.starts_with('/')) {
                return fault("names a host: write file:DIRECTORY or file:///DIRECTORY");
            }
        }
        if (path.empty() || !Text::from(path) || has_control_character(path)) {
            return fault("names no directory");
        }
        return MailFolder{std::string(path)};
    }
    return fault("begins with none of smtp://, smtps:// and file:");
}

}  // namespace signet::mail
