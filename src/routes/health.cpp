#include "base/json.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace signet::routes {

// Says that the process runs and its I/O threads answer. PostgreSQL does not matter here, because a
// restart of the process would not bring it back.
http::Response get_livez(const http::Request&, const HealthContext&) {
    return private_json_reply("{\"status\":\"ok\"}");
}

// {status, checks: {name: "ok" or the reason}}; 503 while one of them is not ok.
http::Response get_readyz(const http::Request&, const HealthContext& context) {
    const std::vector<ReadinessCheck> checks = context.readiness.checks();
    const bool ready = std::ranges::all_of(checks, &ReadinessCheck::ok);
    JsonWriter json;
    json.begin_object().member("status", ready ? "ready" : "unready");
    json.key("checks").begin_object();
    for (const ReadinessCheck& check : checks) {
        json.member(check.name, check.ok ? std::string("ok") : check.reason);
    }
    http::Response response = private_json_reply(json.end_object().end_object().take());
    if (!ready) {
        response.status = 503;
        response.headers.push_back({"Retry-After", "1"});
    }
    return response;
}

}  // namespace signet::routes
