#include "mail/header.hpp"

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <utility>

namespace signet::mail {
namespace {

// A line has 998 bytes at most (RFC 5322 section 2.1.1), with the name of the field.
constexpr std::size_t kPlainBytesMax = 900;
constexpr std::size_t kTextBytesMax = 4096;
// Of one encoded word. A line with one has 76 characters at most, and the name of the field stands
// on the first.
constexpr std::size_t kWordBytesMax = 39;

std::string encoded_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t bytes = 0;
        while (bytes < text.size()) {
            const std::size_t length =
                std::max<std::size_t>(1, decode_utf8(text.substr(bytes)).length);
            if (bytes + length > kWordBytesMax) {
                break;
            }
            bytes += length;
        }
        out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") +
               base64_encode(text.substr(0, bytes)) + "?=";
        text.remove_prefix(bytes);
    }
    return out;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The name in front of an address is words or a quoted string (RFC 5322 section 3.2.4).
std::string display_name(std::string_view name) {
    std::string text = header_text(name);
    if (text.starts_with("=?")) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return quoted + '"';
}

// The names are those of RFC 5322 section 3.3, which no locale changes.
std::string date_text(std::int64_t unix_s) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t time = unix_s;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 64> rest{};
    const std::size_t length = std::strftime(rest.data(), rest.size(), "%Y %H:%M:%S +0000", &parts);
    return std::string(kDays.at(static_cast<std::size_t>(parts.tm_wday))) + ", " +
           std::to_string(parts.tm_mday) + ' ' +
           kMonths.at(static_cast<std::size_t>(parts.tm_mon)) + ' ' +
           std::string(rest.data(), length);
}

}  // namespace

std::string header_text(std::string_view text) {
    const std::string clean = to_printable(text, kTextBytesMax);
    // What looks like an encoded word would be decoded by whoever reads it.
    const bool plain = clean.size() <= kPlainBytesMax && is_ascii(clean) &&
                       clean.find("=?") == std::string::npos && trim(clean) == clean;
    return plain ? clean : encoded_words(clean);
}

std::vector<std::string> header_fields(const Mail& mail, const Sender& sender, std::int64_t now_s) {
    const std::string from = sender.name.empty()
                                 ? sender.address
                                 : display_name(sender.name) + "\r\n <" + sender.address + '>';
    return {"Date: " + date_text(now_s), "From: " + from, "To: " + header_text(mail.to),
            "Subject: " + header_text(mail.subject),
            "Message-ID: <" + mail.id + '@' + sender.domain() + '>',
            // A vacation notice is no answer to it (RFC 3834).
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0"};
}

}  // namespace signet::mail
