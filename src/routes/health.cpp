#include "base/json.hpp"
#include "routes/handlers.hpp"
#include "routes/reply.hpp"

#include <string>

namespace signet::routes {

// The process runs and its I/O threads answer. Says nothing about PostgreSQL: a restart would not
// bring that back.
http::Response get_livez(const http::Request&, const Edge&) {
    return private_json_reply("{\"status\":\"ok\"}");
}

// {status, checks: {name: "ok" or the reason}}; 503 while one of them is not ok.
http::Response get_readyz(const http::Request&, const Edge& edge) {
    bool ready = true;
    std::string checks;
    for (const ReadinessCheck& check : edge.readiness.checks()) {
        ready = ready && check.ok;
        checks += checks.empty() ? "" : ",";
        checks += json_quote(check.name) + ':' + json_quote(check.ok ? "ok" : check.reason);
    }
    std::string body = ready ? "{\"status\":\"ready\"" : "{\"status\":\"unready\"";
    http::Response response = private_json_reply(body + ",\"checks\":{" + checks + "}}");
    if (!ready) {
        response.status = 503;
        response.headers.push_back({"Retry-After", "1"});
    }
    return response;
}

}  // namespace signet::routes
