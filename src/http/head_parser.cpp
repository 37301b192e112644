#include "http/head_parser.hpp"

#include "http/token.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace signet::http {
namespace {

namespace beast = boost::beast;

// Writes straight into the request, whose strings keep their memory from one request to the next.
// Beast's own `fields` would allocate once a header.
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

bool same_framing(const HeadParser& parser, const Head& head) {
    const std::uint64_t length = parser.content_length().value_or(0);
    return parser.chunked() == (head.framing == Framing::chunked) && length == head.content_length;
}

}  // namespace

bool parse_head(std::string_view block, const Head& head, Request& request) {
    HeadParser parser(request.headers);
    parser.header_limit(static_cast<std::uint32_t>(block.size() + 1));
    parser.body_limit(boost::none);  // admission's business, by the row
    beast::error_code error;
    const std::size_t parsed =
        parser.put(boost::asio::const_buffer(block.data(), block.size()), error);
    parser.finish();
    return !error && parsed == block.size() && parser.is_header_done() &&
           same_framing(parser, head);
}

}  // namespace signet::http
