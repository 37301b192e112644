#include "http/cors.hpp"

namespace signet::http {
namespace {

// Headers such as Accept need no permission.
constexpr std::string_view kHeaders = "Authorization, Content-Type";
constexpr std::string_view kMaxAgeS = "600";

}  // namespace

Cors::Cors(const std::vector<std::string>& origins, const std::vector<std::string>& headers)
    : headers_(kHeaders) {
    for (const std::string& header : headers) {
        headers_ += ", " + header;
    }
    if (origins.empty()) {
        return;
    }
    vary_ = "Vary: Origin\r\n";
    for (const std::string& origin : origins) {
        lines_[origin] = "Access-Control-Allow-Origin: " + origin +
                         "\r\nAccess-Control-Allow-Credentials: true\r\n"
                         "Access-Control-Expose-Headers: Retry-After, X-Request-Id\r\n" +
                         vary_;
    }
}

std::string_view Cors::lines_for(std::optional<std::string_view> origin) const {
    if (!origin) {
        return vary_;
    }
    const auto found = lines_.find(*origin);
    return found == lines_.end() ? std::string_view(vary_) : std::string_view(found->second);
}

bool Cors::answer_preflight(const Request& request, std::string_view allow,
                            Response& response) const {
    const auto origin = request.header("origin");
    if (!origin || !request.header("access-control-request-method")) {
        return true;
    }
    if (!lines_.contains(*origin)) {
        return false;
    }
    response.headers.push_back({"Access-Control-Allow-Methods", std::string(allow)});
    response.headers.push_back({"Access-Control-Allow-Headers", headers_});
    response.headers.push_back({"Access-Control-Max-Age", std::string(kMaxAgeS)});
    return true;
}

}  // namespace signet::http
