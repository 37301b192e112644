#include "base/metrics.hpp"

#include "base/ip_address.hpp"
#include "http/request_error.hpp"
#include "routes/handlers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace signet::routes {
namespace {

// What proxies say of a request that they forward.
constexpr std::array<std::string_view, 6> kForwarded{
    "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via"};

bool is_loopback(std::string_view address) {
    const auto read = IpAddress::from(address);
    return read && read->is_loopback();
}

// Whether a Host header names this machine by its loopback.
bool is_loopback_host(std::string_view host) {
    if (host.starts_with('[')) {
        return is_loopback(host.substr(1, host.find(']') - 1));
    }
    const std::string_view name = host.substr(0, host.find(':'));
    return name == "localhost" || is_loopback(name);
}

// What a proxy on this machine forwards has an address of this machine and comes from elsewhere. It
// is told by what proxies add, or by the Host, which most of them keep. nginx that is told nothing
// adds nothing and changes the Host, but says Connection: close, which no reader of metrics does.
// The Host also keeps web pages out whose name was made to lead here.
bool is_from_here(const http::Request& request) {
    return is_loopback(request.remote_address) &&
           std::ranges::none_of(
               kForwarded,
               [&](std::string_view name) { return request.header(name).has_value(); }) &&
           is_loopback_host(request.header("host").value_or("")) &&
           request.header("connection").value_or("") != "close";
}

}  // namespace

http::Response get_metrics(const http::Request& request, const MetricsContext& context) {
    if (context.only_here && !is_from_here(request)) {
        context.log.write(LogLevel::info, "metrics-refused",
                          {{"reason", "AUTH_METRICS lets only this machine read them"},
                           {"address", request.remote_address},
                           {"request", request.id}});
        return http::to_response(http::RequestError::not_found, request.id);
    }
    http::Response response;
    response.content_type = kExpositionMediaType;
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = context.text();
    return response;
}

}  // namespace signet::routes
