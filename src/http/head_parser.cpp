#include "http/request_head.hpp"
#include "http/token.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::http {
namespace {

namespace beast = boost::beast;

// Writes directly into the request, whose strings keep their memory from one request to the next.
// Beast's own `fields` would allocate for each header.
class HeadParser final : public beast::http::basic_parser<true> {
public:
    explicit HeadParser(std::vector<Header>& headers) : headers_(headers) {}

    void finish() { headers_.resize(count_); }

private:
    using Text = beast::string_view;
    using Code = beast::error_code;

    void on_request_impl(beast::http::verb, Text, Text, int, Code&) override {}
    void on_response_impl(int, Text, int, Code&) override {}

    void on_field_impl(beast::http::field, Text name, Text value, Code&) override {
        if (count_ == headers_.size()) {
            headers_.emplace_back();
        }
        Header& header = headers_[count_++];
        header.name.assign(name.data(), name.size());
        std::transform(header.name.begin(), header.name.end(), header.name.begin(),
                       [](char c) { return to_lower(c); });
        header.value.assign(value.data(), value.size());
    }

    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(Text, Code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Code&) override { return 0; }
    void on_finish_impl(Code&) override {}

    std::vector<Header>& headers_;
    std::size_t count_ = 0;
};

// A header that holds a token. The guard makes sure that each occurs once at most.
struct Credential {
    std::string_view name;
    std::string_view value;
};

// Returns both in the order in which they stand in the head.
std::array<Credential, 2> credentials_of(const Head& head) {
    std::array<Credential, 2> both{
        {{"authorization", head.authorization}, {"cookie", head.cookie}}};
    if (std::less<>{}(head.cookie.data(), head.authorization.data())) {
        std::swap(both[0], both[1]);
    }
    return both;
}

constexpr std::size_t kShownBytes = 32;

bool is_long(const Credential& credential) {
    return credential.value.size() > kShownBytes;
}

// What Beast gets to see of a credential. It does not end with white space, which Beast would trim.
std::string_view beginning(const Credential& credential) {
    if (!is_long(credential)) {
        return credential.value;
    }
    const std::size_t last = credential.value.find_last_not_of(" \t", kShownBytes - 1);
    return credential.value.substr(0, last + 1);
}

// Returns the head without the ends of long credentials. These are most of a head, and Beast is
// slow byte by byte. It is safe to leave them out, because HeadScanner has looked at every byte,
// and where a request ends does not depend on them.
std::string shortened(std::string_view block, const std::array<Credential, 2>& credentials) {
    std::string text;
    text.reserve(block.size());
    const char* rest = block.data();
    for (const Credential& credential : credentials) {
        if (is_long(credential)) {
            const char* const begin = credential.value.data();
            text.append(rest, begin + beginning(credential).size());
            rest = begin + credential.value.size();
        }
    }
    return text.append(rest, block.data() + block.size());
}

// Replaces the beginnings of credentials by the whole values. Returns false if Beast has read
// something else than these beginnings.
bool restore(std::vector<Header>& headers, const std::array<Credential, 2>& credentials) {
    return std::ranges::all_of(credentials, [&](const Credential& credential) {
        const auto header = std::ranges::find(headers, credential.name, &Header::name);
        if (header == headers.end() || header->value != beginning(credential)) {
            return header == headers.end() && credential.value.empty();
        }
        header->value.assign(credential.value);
        return true;
    });
}

bool same_framing(const HeadParser& parser, const Head& head) {
    const std::uint64_t length = parser.content_length().value_or(0);
    return parser.chunked() == (head.framing == Framing::chunked) && length == head.content_length;
}

}  // namespace

bool parse_head(std::string_view block, const Head& head, Request& request) {
    const std::array<Credential, 2> credentials = credentials_of(head);
    const bool whole = std::ranges::none_of(credentials, is_long);
    const std::string copy = whole ? std::string() : shortened(block, credentials);
    const std::string_view text = whole ? block : copy;
    HeadParser parser(request.headers);
    parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
    parser.body_limit(boost::none);  // refuse_by_head() judges it
    beast::error_code error;
    const std::size_t parsed =
        parser.put(boost::asio::const_buffer(text.data(), text.size()), error);
    parser.finish();
    return !error && parsed == text.size() && parser.is_header_done() &&
           same_framing(parser, head) && restore(request.headers, credentials);
}

}  // namespace signet::http
