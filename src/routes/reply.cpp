#include "routes/reply.hpp"

#include "base/json.hpp"
#include "base/problem.hpp"
#include "routes/error_table.hpp"

#include <signet/domain/session.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace signet::routes {
namespace {

// The code at the top of a problem: that of the error, or of the offences where all are of one
// kind.
std::string_view top_code(const Error& error) {
    std::string_view code = to_string(error.errc);
    if (!error.fields.empty()) {
        code = error.fields.front().code;
        for (const FieldError& field : error.fields) {
            if (field.code != code) {
                return to_string(error.errc);
            }
        }
    }
    return code;
}

// Why it was refused, for the log: what the use case says, or else which members broke which rule.
std::string reason_of(const Error& error) {
    std::string reason = error.log_detail;
    if (reason.empty()) {
        for (const FieldError& field : error.fields) {
            reason += (reason.empty() ? "" : ", ") + field.pointer + ' ' + field.code;
        }
    }
    return reason;
}

void add_challenge(const Error& error, http::Response& response) {
    if (error.errc == Errc::missing_token) {
        response.headers.push_back({"WWW-Authenticate", "Bearer"});
    } else if (error.errc == Errc::invalid_token || error.errc == Errc::token_expired) {
        response.headers.push_back({"WWW-Authenticate", "Bearer error=\"invalid_token\""});
    } else if (error.errc == Errc::role_not_allowed) {
        response.headers.push_back({"WWW-Authenticate", "Bearer error=\"insufficient_scope\""});
    }
}

}  // namespace

Origin origin_of(const http::Request& request) {
    const std::optional<std::string> network = describe_client("", request.remote_address).address;
    return {network ? Text::from(*network) : std::nullopt, Text::from(request.id),
            language_of(request)};
}

std::string language_of(const http::Request& request) {
    constexpr std::size_t kLanguageBytesMax = 256;
    const std::string_view language = request.header("accept-language").value_or("");
    const bool fits = language.size() <= kLanguageBytesMax &&
                      std::ranges::all_of(language, [](char c) { return c >= 0x20 && c < 0x7F; });
    return fits ? std::string(language) : std::string();
}

http::Response json_reply(std::string body) {
    http::Response response;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

http::Response private_json_reply(std::string body) {
    http::Response response = json_reply(std::move(body));
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

http::Response empty_reply() {
    http::Response response;
    response.status = 204;
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

void log_refusal(const Error& error, const http::Request& request, const Log& log) {
    const ErrorRow& info = describe(error.errc);
    const LogLevel level = error.alarming ? std::max(info.level, LogLevel::warn) : info.level;
    if (log.enabled(level)) {
        log.write(level, "request-refused",
                  {{"code", to_string(error.errc)},
                   {"reason", reason_of(error)},
                   {"path", request.path},
                   {"address", request.remote_address},
                   {"request", request.id}});
    }
}

void add_retry_after(const Error& error, http::Response& response) {
    const std::int64_t wait_s =
        error.retry_after_s > 0 ? error.retry_after_s : describe(error.errc).retry_after_s;
    if (wait_s > 0) {
        response.headers.push_back({"Retry-After", std::to_string(wait_s)});
    }
}

http::Response refuse(const Error& error, const http::Request& request, const Log& log) {
    log_refusal(error, request, log);
    const ErrorRow& info = describe(error.errc);
    std::vector<ProblemField> fields;
    fields.reserve(error.fields.size());
    for (const FieldError& field : error.fields) {
        fields.push_back({field.pointer, field.code, field.detail});
    }
    http::Response response;
    response.status = info.status;
    response.code = top_code(error);
    response.content_type = kProblemMediaType;
    response.body =
        to_json(Problem{info.status, top_code(error), info.title, info.detail, request.id, fields});
    response.headers.push_back({"Cache-Control", "no-store"});
    add_retry_after(error, response);
    add_challenge(error, response);
    return response;
}

void write_identity(JsonWriter& json, const Account& account, const RoleSet& roles,
                    NoEmail no_email) {
    json.member("id", account.id.str());
    json.member("username", account.username);
    if (account.email || no_email == NoEmail::null) {
        json.member("email", account.email);
    }
    json.member("roles", roles.names);
    json.member("defaultRole", roles.default_role);
}

}  // namespace signet::routes
