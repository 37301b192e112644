#include "mail/smtp.hpp"

#include "base/ascii.hpp"
#include "base/base64url.hpp"
#include "base/secret.hpp"
#include "base/system.hpp"
#include "base/utf8.hpp"
#include "mail/header.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::mail {
namespace {

constexpr std::size_t kReplyBytesMax = 2048;
constexpr std::size_t kReasonBytesMax = 1024;

// The server's last reply, which may have several lines (RFC 5321 section 4.2.1).
struct Replies {
    std::string last;
    std::size_t count = 0;
    bool open = false;           // the next line belongs to the same reply
    bool message_taken = false;  // 354: the message follows
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();  // the last one
};

// libcurl hands over each line of a reply, and gives up when less is taken than it offered. No
// exception may pass through it.
std::size_t take_reply(char* data, std::size_t /*one*/, std::size_t count, void* to) noexcept {
    auto& replies = *static_cast<Replies*>(to);
    const std::string_view line = trim(std::string_view(data, count));
    if (line.starts_with("221")) {  // the answer to QUIT, which libcurl sends after a refusal
        return count;
    }
    try {
        if (!replies.open) {
            replies.last.clear();
            ++replies.count;
        }
        if (replies.last.size() + line.size() < kReplyBytesMax) {
            replies.last += (replies.last.empty() ? "" : " ") + std::string(line);
        }
        replies.message_taken = replies.message_taken || line.starts_with("354");
        replies.since = std::chrono::steady_clock::now();
    } catch (const std::bad_alloc&) {
        return 0;
    }
    replies.open = line.size() > 3 && line[3] == '-';
    return count;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK) {
        throw std::runtime_error("libcurl does not take its option " + std::to_string(option));
    }
}

// What ends a transfer.
struct Patience {
    const std::atomic<std::chrono::steady_clock::time_point>& end;
    const Replies& replies;
    const SmtpTimeouts& timeouts;
    bool lost = false;  // a reply did not come in time
};

// Ends a transfer whose time is over.
int end_in_time(void* data, curl_off_t /*total*/, curl_off_t /*now*/, curl_off_t /*total_up*/,
                curl_off_t /*now_up*/) noexcept {
    auto& patience = *static_cast<Patience*>(data);
    const auto now = std::chrono::steady_clock::now();
    const auto most =
        patience.replies.message_taken ? patience.timeouts.message : patience.timeouts.reply;
    patience.lost = now - patience.replies.since >= most;
    return patience.lost || now >= patience.end.load() ? 1 : 0;
}

using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Lines make_lines(const std::vector<std::string>& texts) {
    Lines lines(nullptr, &curl_slist_free_all);
    for (const std::string& text : texts) {
        // The head stays the same once there is one.
        curl_slist* const head = curl_slist_append(lines.get(), text.c_str());
        if (head == nullptr) {
            throw std::bad_alloc();
        }
        if (!lines) {
            lines.reset(head);
        }
    }
    return lines;
}

void check(CURLcode code) {
    if (code != CURLE_OK) {
        throw std::runtime_error(curl_easy_strerror(code));
    }
}

// Line breaks are CRLF in a message.
std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (const char c : text) {
        if (c == '\n' && !out.ends_with('\r')) {
            out += '\r';
        }
        out += c;
    }
    return out;
}

using Mime = std::unique_ptr<curl_mime, decltype(&curl_mime_free)>;

void add_part(curl_mime* parts, const std::string& text, const char* type) {
    curl_mimepart* const part = curl_mime_addpart(parts);
    if (part == nullptr) {
        throw std::bad_alloc();
    }
    const std::string lines = with_crlf(text);
    check(curl_mime_data(part, lines.data(), lines.size()));
    check(curl_mime_type(part, type));
    check(curl_mime_encoder(part, "quoted-printable"));
}

// The last alternative is the one that is preferred (RFC 2046 section 5.1.4).
Mime make_parts(CURL* easy, const Mail& mail) {
    Mime parts(curl_mime_init(easy), &curl_mime_free);
    if (!parts) {
        throw std::bad_alloc();
    }
    add_part(parts.get(), mail.text, "text/plain; charset=utf-8");
    add_part(parts.get(), mail.html, "text/html; charset=utf-8");
    return parts;
}

bool is_name_of_address(std::string_view host) {
    return host.find(':') != std::string_view::npos;
}

std::string shown_host(const SmtpServer& server) {
    const bool brackets = is_name_of_address(server.host);
    return (brackets ? "[" : "") + server.host + (brackets ? "]:" : ":") +
           std::to_string(server.port);
}

// The path is what Signet calls itself when it greets. The name of a container means nothing to the
// server; the domain of the sender does.
std::string url_of(const SmtpServer& server, const Sender& sender) {
    return (server.tls == SmtpTls::at_once ? "smtps://" : "smtp://") + shown_host(server) + '/' +
           sender.domain();
}

void replace_all(std::string& text, std::string_view part, std::string_view by) {
    if (part.empty()) {
        return;
    }
    for (std::size_t at = text.find(part); at != std::string::npos;
         at = text.find(part, at + by.size())) {
        text.replace(at, part.size(), by);
    }
}

// Some servers repeat a command that they do not take, and it may hold the password.
std::string without_password(std::string reply, const SmtpServer& server) {
    const std::string zero(1, '\0');
    std::string plain = zero + server.user + zero + server.password;
    for (std::string secret :
         {base64_encode(plain), base64_encode(server.password), server.password}) {
        replace_all(reply, secret, "[password]");
        wipe(secret);
    }
    wipe(plain);
    return reply;
}

bool is_about_tls(CURLcode code) {
    switch (code) {
        case CURLE_USE_SSL_FAILED:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_PEER_FAILED_VERIFICATION:
            return true;
        default:
            return false;
    }
}

// Encryption or a password is needed before anything else (RFC 3207, RFC 4954).
constexpr long kNotYet = 530;

// This and 534 to 538 are about who may send at all, whichever command they answer (RFC 4954
// section 6), so they say nothing about the mail.
bool is_about_sign_in(long reply) {
    return reply == kNotYet || (reply >= 534 && reply <= 538);
}

// The server takes no mail any more, whichever command it answers (RFC 5321 section 3.8).
constexpr long kClosing = 421;

// Whether the last reply was the server's word about this mail. libcurl gives SEND_ERROR for a
// refused MAIL, RCPT or DATA, and WEIRD_SERVER_REPLY for a refused message, but also for a greeting
// that refuses everybody (docs/reference/mail.md).
bool is_about_mail(CURLcode code, const Replies& replies) {
    return code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && replies.count > 1);
}

Delivery judge(CURLcode code, long reply, const Replies& replies, std::string_view details,
               const SmtpServer& server) {
    const std::string host = shown_host(server);
    const auto say = [&](std::string_view what) {
        return to_printable(host + ": " + std::string(what), kReasonBytesMax);
    };
    const std::string said = without_password(replies.last, server);
    const std::string fault(details.empty() ? curl_easy_strerror(code) : details);
    const bool permanent = reply >= 500 && reply < 600;
    if (code == CURLE_OK) {
        return {.outcome = DeliveryOutcome::delivered, .reason = say(said)};
    }
    if (code == CURLE_LOGIN_DENIED || (permanent && is_about_sign_in(reply))) {
        return {.outcome = DeliveryOutcome::later,
                .reason = say((reply == kNotYet
                                   ? "AUTH_MAIL_URL lacks what the server asks for first: "
                                   : "the user or the password of AUTH_MAIL_URL is refused: ") +
                              said),
                .misconfigured = reply < 400 || permanent,
                .down = true};
    }
    if (code == CURLE_USE_SSL_FAILED) {
        return {.outcome = DeliveryOutcome::later,
                .reason = say("the server offers no STARTTLS, without which nothing is sent; "
                              "AUTH_MAIL_URL may need smtps:// or another port: " +
                              said),
                .misconfigured = true,
                .down = true};
    }
    if (is_about_tls(code)) {
        return {.outcome = DeliveryOutcome::later,
                .reason = say("no trusted TLS connection: " + fault),
                .misconfigured = true,
                .down = true};
    }
    const bool about_mail = is_about_mail(code, replies);
    if (permanent && about_mail) {
        return {.outcome = DeliveryOutcome::refused, .reason = say(said)};
    }
    // A reply of 4xx or 5xx says more than libcurl's words about it. An older one was good.
    return {.outcome = DeliveryOutcome::later,
            .reason = say(reply >= 400 && reply < 600 ? said : fault),
            .misconfigured = permanent,
            .down = !about_mail || reply == kClosing};
}

}  // namespace

void SmtpTransport::Close::operator()(void* easy) const {
    curl_easy_cleanup(easy);
}

SmtpTransport::SmtpTransport(SmtpServer server, Sender sender, SmtpTimeouts timeouts)
    : server_(std::move(server)), sender_(std::move(sender)), timeouts_(timeouts) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    check(ready);
    easy_.reset(curl_easy_init());
    if (!easy_) {
        throw std::bad_alloc();
    }
}

void SmtpTransport::hang_up() {
    // libcurl would say goodbye and wait for the answer, two minutes where the server hangs.
    curl_socket_t idle = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &idle) == CURLE_OK &&
        idle != CURL_SOCKET_BAD) {
        ::shutdown(idle, SHUT_RDWR);
    }
}

SmtpTransport::~SmtpTransport() {
    hang_up();
    wipe(server_.password);
}

void SmtpTransport::stop_by(std::chrono::steady_clock::time_point time) {
    end_ = time;
}

void SmtpTransport::set_up(const std::string& url) {
    CURL* const easy = easy_.get();
    curl_easy_reset(easy);  // keeps the connection
    set(easy, CURLOPT_URL, url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(easy, CURLOPT_PROXY, "");  // also not the one that the environment names
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // Signals are the process's own. Without them a time-out while a name is looked up would wait
    // for the thread that looks; with this the thread is left to end by itself.
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeouts_.connect.count()));
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>((timeouts_.total + timeouts_.message).count()));
    // end_in_time() is stricter before the message.
    set(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(timeouts_.message.count()));
    set(easy, CURLOPT_USE_SSL,
        static_cast<long>(server_.tls == SmtpTls::off ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (const char* const trusted = std::getenv("SSL_CERT_FILE");
        trusted != nullptr && *trusted != '\0') {
        set(easy, CURLOPT_CAINFO, trusted);
    }
    if (!server_.user.empty()) {
        set(easy, CURLOPT_USERNAME, server_.user.c_str());
        set(easy, CURLOPT_PASSWORD, server_.password.c_str());
    }
}

Delivery SmtpTransport::perform() {
    CURL* const easy = easy_.get();
    Replies replies;
    Patience patience{end_, replies, timeouts_};
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &end_in_time);
    set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(&patience));
    std::array<char, CURL_ERROR_SIZE> details{};
    set(easy, CURLOPT_HEADERFUNCTION, &take_reply);
    set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&replies));
    set(easy, CURLOPT_ERRORBUFFER, details.data());
    const CURLcode code = curl_easy_perform(easy);
    late_ = code != CURLE_OK && !is_about_mail(code, replies);
    long reply = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    Delivery delivery =
        judge(code, reply, replies, patience.lost ? "no reply in time" : details.data(), server_);
    curl_easy_reset(easy);  // forgets what is about to go: the replies, and a message
    return delivery;
}

Delivery SmtpTransport::greet() {
    const std::string url = url_of(server_, sender_);
    set_up(url);
    set(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
    Delivery delivery = perform();
    hang_up();
    late_ = true;  // this connection is not for a mail
    return delivery;
}

Delivery SmtpTransport::send(const Mail& mail) {
    if (!is_mail_address(mail.to)) {
        return {.outcome = DeliveryOutcome::refused,
                .reason = "the address of the recipient is none that mail is sent to"};
    }
    if (late_) {
        hang_up();
        easy_.reset(curl_easy_init());
        if (!easy_) {
            throw std::bad_alloc();
        }
        late_ = false;
    }
    CURL* const easy = easy_.get();
    const std::string url = url_of(server_, sender_);
    set_up(url);
    const Lines recipients = make_lines({mail.to});
    std::vector<std::string> header = header_fields(mail, sender_, SystemClock().now_s());
    header.emplace_back("Content-Type: multipart/alternative");  // libcurl adds the boundary
    const Lines fields = make_lines(header);
    const Mime parts = make_parts(easy, mail);
    set(easy, CURLOPT_MAIL_FROM, sender_.address.c_str());
    set(easy, CURLOPT_MAIL_RCPT, recipients.get());
    set(easy, CURLOPT_HTTPHEADER, fields.get());
    set(easy, CURLOPT_MIMEPOST, parts.get());

    return perform();
}

}  // namespace signet::mail
