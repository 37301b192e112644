#include "routes/openapi.hpp"

#include "base/ascii.hpp"
#include "base/json.hpp"
#include "base/problem.hpp"
#include "http/request_error.hpp"
#include "http/response.hpp"
#include "routes/actions.hpp"
#include "routes/browsers.hpp"
#include "routes/error_table.hpp"
#include "routes/graphql.hpp"
#include "routes/reply.hpp"

#include <signet/domain/error.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace signet::routes {
namespace {

constexpr int kBadRequest = 400;
constexpr int kFirstServerError = 500;
constexpr std::string_view kAnyRequestId = "00112233445566778899aabbccddeeff";

// What every work on a lane may meet.
constexpr std::array kLaneErrors{
    Errc::deadline_passed, Errc::store_unavailable, Errc::store_timeout,
    Errc::store_read_only, Errc::store_full,        Errc::store_in_doubt,
    Errc::store_failed,    Errc::store_unsafe,      Errc::out_of_memory};
constexpr std::array kTokenErrors{Errc::missing_token, Errc::invalid_token, Errc::token_expired};
constexpr std::array kBodyErrors{Errc::invalid_json, Errc::duplicate_key, Errc::object_expected,
                                 Errc::invalid_input};
constexpr std::array kBodyRefusals{http::RequestError::body_too_large,
                                   http::RequestError::unsupported_media_type,
                                   http::RequestError::unsupported_content_encoding};
constexpr std::array<std::string_view, 6> kBodyFaults{
    "required", "unknown-field", "wrong-type", "too-long", "too-deep", "control-character"};

bool is_action(const Row& row) {
    return row.problem_form == &to_action_error;
}

bool takes_cookie(const Row& row) {
    return std::ranges::any_of(row.request.members, &Member::by_cookie);
}

// Whether the HTTP server may refuse a request so before it knows which route is asked for, and
// with it the form of its errors.
bool may_come_before_the_route(const std::vector<Refused>& list) {
    return std::ranges::any_of(kBodyRefusals, [&](http::RequestError error) {
        return http::describe(error).status == list.front().status;
    });
}

bool has_body(const Row& row) {
    return row.body_bytes_max > 0;
}

class Refusals {
public:
    explicit Refusals(bool of_action) : of_action_(of_action) {}

    void add(Errc errc) {
        const ErrorRow& row = describe(errc);
        add({row.status, to_string(errc), row.title, row.detail,
             row.retry_after_s > 0 || row.status == 429});
    }
    void add(http::RequestError error) {
        const http::RequestErrorInfo& info = http::describe(error);
        add({info.status, info.code, info.title, info.detail, info.retry_after_s > 0});
    }
    template <class List>
    void add_all(const List& list) {
        for (const auto error : list) {
            add(error);
        }
    }

    std::vector<Refused> take() {
        std::ranges::sort(list_, [](const Refused& a, const Refused& b) {
            return std::pair(a.status, a.code) < std::pair(b.status, b.code);
        });
        return std::move(list_);
    }

private:
    void add(Refused refused) {
        if (of_action_ && refused.status >= kFirstServerError) {
            refused.status = kBadRequest;
        }
        if (std::ranges::find(list_, refused.code, &Refused::code) == list_.end()) {
            list_.push_back(refused);
        }
    }

    std::vector<Refused> list_;
    bool of_action_;
};

void add_unique(std::vector<std::string_view>& list, std::string_view text) {
    if (std::ranges::find(list, text) == list.end()) {
        list.push_back(text);
    }
}

std::string_view type_name(JsonType type) {
    switch (type) {
        case JsonType::text:
        case JsonType::time:
            return "string";
        case JsonType::integer:
            return "integer";
        case JsonType::flag:
            return "boolean";
        case JsonType::object:
            return "object";
        case JsonType::texts:
        case JsonType::objects:
            return "array";
    }
    return {};
}

enum class Direction : std::uint8_t { request, answer };

void write_limits(JsonWriter& json, const Member& member, const ApiScope& scope) {
    const auto [least, most] = lengths_of(member, scope);
    if (least > 0) {
        json.member("minLength", least);
    }
    if (most > 0) {
        json.member("maxLength", most);
    }
    const Meaning& meaning = *member.meaning;
    if (!meaning.pattern.empty()) {
        json.member("pattern", meaning.pattern);
    }
}

void write_member(JsonWriter& json, const Member& member, const ApiScope& scope,
                  Direction direction) {
    const Meaning& meaning = *member.meaning;
    json.begin_object();
    if (member.nullable) {
        json.key("type").value(
            std::vector<std::string>{std::string(type_name(member.type)), "null"});
    } else {
        json.member("type", type_name(member.type));
    }
    std::string about(meaning.about);
    if (member.type == JsonType::object && member.bytes_max > 0) {
        about += " Its JSON text has at most " + std::to_string(member.bytes_max) + " bytes.";
    }
    json.member("description", about);
    if (member.type == JsonType::time) {
        json.member("format", "date-time");
    } else if (!meaning.format.empty()) {
        json.member("format", meaning.format);
    }
    if (member.type == JsonType::texts) {
        json.key("items").raw(R"({"type":"string"})");
    } else if (member.type == JsonType::objects) {
        json.key("items").raw(meaning.items);
    } else if (member.type == JsonType::object) {
        json.member("additionalProperties", true);
    } else if (member.type == JsonType::text && direction == Direction::request) {
        write_limits(json, member, scope);
    }
    json.end_object();
}

// Writes the members of the schema of an object.
void write_properties(JsonWriter& json, std::span<const Member> members, const ApiScope& scope,
                      Direction direction) {
    json.member("type", "object").key("properties").begin_object();
    std::vector<std::string> required;
    for (const Member& member : members) {
        json.key(member.name);
        write_member(json, member, scope, direction);
        if (is_required(member, scope)) {
            required.emplace_back(member.name);
        }
    }
    json.end_object();
    if (!required.empty()) {
        json.member("required", required);
    }
}

void write_schema(JsonWriter& json, const Schema& schema, const ApiScope& scope,
                  Direction direction) {
    json.begin_object();
    write_properties(json, schema.members, scope, direction);
    // A later version may answer with more members, so an answer says nothing of them.
    if (schema.form == Schema::Form::open_object) {
        json.member("additionalProperties", true);
    } else if (direction == Direction::request) {
        json.member("additionalProperties", false);
    }
    json.end_object();
}

void write_reference(JsonWriter& json, std::string_view name) {
    json.begin_object();
    json.member("$ref", "#/components/schemas/" + std::string(name)).end_object();
}

// The document while it is written.
class Document {
public:
    explicit Document(const ApiScope& scope) : scope_(scope) {}

    std::string write() {
        json_.begin_object().member("openapi", "3.1.0");
        write_info();
        write_paths();
        write_components();
        return json_.end_object().take();
    }

private:
    void write_info() {
        json_.key("info").begin_object().member("title", "Signet");
        json_.member("version", scope_.version);
        json_.member(
            "description",
            "Identity for Hasura. Bodies are JSON in UTF-8. A refusal is a problem of RFC 9457, "
            "whose `code` says what to do; a later version may know further codes. White space "
            "around a username or an e-mail address is cut, and an optional member that is empty "
            "or null counts as absent. GET routes answer HEAD, too.");
        json_.key("license").begin_object();
        json_.member("name", "Apache 2.0").member("identifier", "Apache-2.0").end_object();
        json_.end_object();
        if (!scope_.issuer.empty()) {
            json_.key("servers").begin_array().begin_object();
            json_.member("url", scope_.issuer).end_object().end_array();
        }
        json_.key("tags").begin_array();
        std::set<Topic> topics;
        for (const Row& row : table()) {
            if (is_described(row) && topics.insert(row.topic).second) {
                json_.begin_object().member("name", title_of(row.topic)).end_object();
            }
        }
        json_.end_array();
    }

    bool is_described(const Row& row) const { return !row.hidden && is_there(row, scope_); }

    void write_paths() {
        json_.key("paths").begin_object();
        std::vector<std::string_view> paths;
        for (const Row& row : table()) {
            if (is_described(row)) {
                add_unique(paths, row.path);
            }
        }
        for (const std::string_view path : paths) {
            json_.key(path).begin_object();
            for (const Row& row : table()) {
                if (row.path == path && is_described(row)) {
                    write_operation(row);
                }
            }
            json_.end_object();
        }
        json_.end_object();
    }

    void write_operation(const Row& row) {
        std::string method(http::to_string(row.method));
        std::ranges::transform(method, method.begin(), [](char c) { return to_lower(c); });
        json_.key(method).begin_object();
        json_.member("operationId", row.operation_id);
        json_.key("tags").value(std::vector<std::string>{std::string(title_of(row.topic))});
        json_.member("summary", row.summary);
        if (const std::string_view setting = setting_of(row); !setting.empty()) {
            json_.member("description", "Only where " + std::string(setting) + " is set.");
            json_.member("x-signet-setting", setting);
        }
        write_security(row);
        write_parameters(row);
        if (has_body(row)) {
            write_request_body(row);
        }
        json_.key("responses").begin_object();
        write_success(row);
        write_refusals(row);
        json_.end_object().end_object();
    }

    void write_security(const Row& row) {
        json_.key("security").begin_array();
        const auto one = [&](std::string_view name) {
            json_.begin_object().key(name).begin_array().end_array().end_object();
        };
        if (row.with_secret()) {
            one("actionSecret");
        }
        const bool token = row.caller == CallerKind::bearer || row.caller == CallerKind::hasura;
        const bool refresh = scope_.cookies && !row.with_secret() && takes_cookie(row);
        if (row.caller == CallerKind::hasura || refresh) {
            json_.begin_object().end_object();  // or nothing
        }
        if (token) {
            one("bearer");
        }
        if (token && scope_.cookies) {
            one("accessCookie");
        }
        if (refresh) {
            one("refreshCookie");
        }
        json_.end_array();
    }

    void write_parameters(const Row& row) {
        const bool id = row.path.ends_with("/{id}");
        if (!id && row.query.empty() && row.headers.empty()) {
            return;
        }
        json_.key("parameters").begin_array();
        if (id) {
            static constexpr Member kId{
                .name = "id", .required = true, .meaning = &means::kSessionId};
            write_parameter(kId, "path");
        }
        for (const Member& member : row.query) {
            write_parameter(member, "query");
        }
        for (const Member& member : row.headers) {
            write_parameter(member, "header");
        }
        json_.end_array();
    }

    void write_parameter(const Member& member, std::string_view in) {
        json_.begin_object().member("name", member.name).member("in", in);
        json_.member("required", member.required).key("schema");
        write_member(json_, member, scope_, Direction::request);
        json_.end_object();
    }

    void write_request_body(const Row& row) {
        json_.key("requestBody").begin_object();
        json_.member("required", !row.body_optional || !scope_.cookies);
        json_.key("content").begin_object();
        json_.key(row.page ? http::kFormMediaType : http::kJsonMediaType).begin_object();
        json_.key("schema");
        if (!is_action(row)) {
            schemas_.emplace(row.request.name, std::pair(&row.request, Direction::request));
            write_reference(json_, row.request.name);
            json_.key("example").raw(example_of(row.request, scope_));
        } else {
            write_action_payload(row);
        }
        json_.end_object().end_object().end_object();
    }

    // What Hasura sends. `input` is that of the action, and takes further members.
    void write_action_payload(const Row& row) {
        ApiScope scope = scope_;
        scope.cookies = true;  // for whom Hasura vouches has no need of a token
        json_.begin_object().member("type", "object").key("properties").begin_object();
        json_.key("action").raw(R"({"type":"object","properties":{"name":{"type":"string"}}})");
        json_.key("input").begin_object().member("description", means::kInput.about);
        write_properties(json_, row.input.members, scope, Direction::request);
        json_.member("additionalProperties", true).end_object();
        json_.key("session_variables")
            .raw(R"({"type":"object","additionalProperties":{"type":"string"}})");
        json_.key("request_query").raw(R"({"type":"string"})");
        json_.end_object().key("required").raw(R"(["input"])").end_object();
        json_.key("example").begin_object();
        json_.key("action").begin_object().member("name", row.operation_id).end_object();
        json_.key("input").raw(example_of(row.input, scope_));
        json_.key("session_variables").raw(R"({"x-hasura-role":"anonymous"})").end_object();
    }

    void write_success(const Row& row) {
        if (row.page) {
            json_.key("200").raw(
                R"({"description":"A page for people.","content":{"text/html":{"schema":{"type":"string"}}}})");
        } else if (row.metrics) {
            json_.key("200").raw(
                R"({"description":"The figures.","content":{"text/plain":{"schema":{"type":"string"}}}})");
        } else if (row.response.members.empty()) {
            json_.key("204").raw(R"({"description":"It is done."})");
        } else {
            write_answer(200, row.response, "It is done.", row.page_too);
        }
        if (row.further.status != 0) {
            write_answer(row.further.status, row.further.body, row.further.when, false);
        }
    }

    void write_answer(int status, const Schema& schema, std::string_view when, bool page_too) {
        json_.key(std::to_string(status)).begin_object().member("description", when);
        if (!schema.members.empty()) {
            schemas_.emplace(schema.name, std::pair(&schema, Direction::answer));
            json_.key("content").begin_object();
            json_.key(http::kJsonMediaType).begin_object().key("schema");
            if (schema.form == Schema::Form::array) {
                json_.begin_object().member("type", "array").key("items");
                write_reference(json_, schema.name);
                json_.end_object();
            } else {
                write_reference(json_, schema.name);
            }
            json_.key("example").raw(example_of(schema, scope_)).end_object();
            if (page_too) {
                json_.key("text/html").raw(R"({"schema":{"type":"string"}})");
            }
            json_.end_object();
        }
        json_.end_object();
    }

    void write_refusals(const Row& row) {
        if (row.page) {
            json_.key("default").raw(
                R"({"description":"A page that says what is wrong.","content":{"text/html":{"schema":{"type":"string"}}}})");
            return;
        }
        const std::vector<Refused> list = refusals_of(row, scope_);
        const std::vector<std::string_view> faults = faults_of(row);
        for (auto first = list.begin(); first != list.end();) {
            const auto end = std::find_if(first, list.end(), [&](const Refused& refused) {
                return refused.status != first->status;
            });
            if (first->status == row.further.status) {
                first = end;  // which stands there already
                continue;
            }
            write_refusal(row, {first, end},
                          first->status == kBadRequest ? faults : std::vector<std::string_view>());
            first = end;
        }
        json_.key("default").raw(R"({"$ref":"#/components/responses/Refused"})");
    }

    void write_refusal(const Row& row, const std::vector<Refused>& list,
                       const std::vector<std::string_view>& faults) {
        std::vector<std::string> codes;
        std::string titles;
        for (const Refused& refused : list) {
            codes.emplace_back(refused.code);
            titles.append(titles.empty() ? "" : " / ").append(refused.title);
        }
        codes.insert(codes.end(), faults.begin(), faults.end());
        json_.key(std::to_string(list.front().status)).begin_object().member("description", titles);
        if (std::ranges::any_of(list, &Refused::retry)) {
            json_.key("headers").raw(
                R"({"Retry-After":{"$ref":"#/components/headers/RetryAfter"}})");
        }
        const bool problem = row.problem_form == nullptr;
        json_.key("content").begin_object();
        json_.key(problem ? kProblemMediaType : http::kJsonMediaType).begin_object().key("schema");
        if (problem) {
            json_.begin_object().key("allOf").begin_array();
            write_reference(json_, "Problem");
            json_.begin_object().key("properties").begin_object().key("code").begin_object();
            json_.member("enum", codes).end_object().end_object().end_object();
            json_.end_array().end_object();
            write_problem_examples(list);
        } else {
            write_reference(json_, is_action(row) ? "ActionError" : "GraphqlError");
            if (may_come_before_the_route(list)) {
                json_.end_object().key(kProblemMediaType).begin_object().key("schema");
                write_reference(json_, "Problem");
            }
        }
        json_.end_object().end_object().end_object();
    }

    void write_problem_examples(const std::vector<Refused>& list) {
        json_.key("examples").begin_object();
        for (const Refused& refused : list) {
            examples_.emplace(refused.code, refused);
            json_.key(refused.code).begin_object();
            json_.member("$ref", "#/components/examples/" + std::string(refused.code)).end_object();
        }
        json_.end_object();
    }

    void write_components() {
        json_.key("components").begin_object();
        json_.key("schemas").begin_object();
        for (const auto& [name, schema] : schemas_) {
            json_.key(name);
            write_schema(json_, *schema.first, scope_, schema.second);
        }
        json_.key("Problem").raw(kProblemSchema);
        json_.key("ActionError").raw(kActionErrorSchema);
        json_.key("GraphqlError").raw(kGraphqlErrorSchema);
        json_.end_object();
        json_.key("examples").begin_object();
        for (const auto& [code, refused] : examples_) {
            json_.key(code).begin_object().key("value");
            json_.raw(to_json(Problem{
                refused.status, refused.code, refused.title, refused.detail, kAnyRequestId, {}}));
            json_.end_object();
        }
        json_.end_object();
        json_.key("responses").raw(kRefusedResponse);
        json_.key("headers").raw(kRetryAfterHeader);
        write_security_schemes();
        json_.end_object();
    }

    void write_security_schemes() {
        json_.key("securitySchemes").begin_object();
        json_.key("bearer").raw(
            R"({"type":"http","scheme":"bearer","bearerFormat":"JWT","description":"The access token."})");
        const auto in = [&](std::string_view name, std::string_view place, std::string_view key,
                            std::string_view about) {
            json_.key(name).begin_object().member("type", "apiKey").member("in", place);
            json_.member("name", key).member("description", about).end_object();
        };
        if (scope_.cookies) {
            in("accessCookie", "cookie", kAccessCookie, "The access token of a browser.");
            in("refreshCookie", "cookie", kRefreshCookie, "The refresh token of a browser.");
        }
        if (scope_.action_secret) {
            in("actionSecret", "header", "X-Action-Secret", "AUTH_ACTION_SECRET, of Hasura alone.");
        }
        json_.end_object();
    }

    static constexpr std::string_view kProblemSchema =
        R"({"type":"object","description":"A problem of RFC 9457.","properties":{"type":{"type":"string","description":"`urn:signet:error:` and the code."},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string","description":"What to do about it, in English."},"code":{"type":"string","description":"What programs decide by."},"instance":{"type":"string","description":"The id of the request, which the log has."},"errors":{"type":"array","description":"The members of the request that are at fault.","items":{"type":"object","properties":{"pointer":{"type":"string","description":"A JSON pointer of RFC 6901."},"code":{"type":"string"},"detail":{"type":"string"}},"required":["pointer","code","detail"]}}},"required":["type","title","status","detail","code","instance"]})";
    static constexpr std::string_view kActionErrorSchema =
        R"({"type":"object","description":"An error as Hasura passes it on.","properties":{"message":{"type":"string"},"extensions":{"type":"object","properties":{"code":{"type":"string"},"instance":{"type":"string"},"errors":{"type":"array","items":{"type":"object","additionalProperties":true}},"retryAfter":{"type":"integer","description":"In seconds."}},"required":["code","instance"]}},"required":["message","extensions"]})";
    static constexpr std::string_view kGraphqlErrorSchema =
        R"({"type":"object","properties":{"errors":{"type":"array","items":{"$ref":"#/components/schemas/ActionError"}},"data":{"type":"null"}},"required":["errors","data"]})";
    static constexpr std::string_view kRefusedResponse =
        R"({"Refused":{"description":"What the HTTP server refuses of any request, such as a malformed header.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}})";
    static constexpr std::string_view kRetryAfterHeader =
        R"({"RetryAfter":{"description":"After how many seconds to send it again.","schema":{"type":"integer"}}})";

    const ApiScope& scope_;
    JsonWriter json_;
    std::map<std::string_view, std::pair<const Schema*, Direction>> schemas_;
    std::map<std::string_view, Refused> examples_;
};

}  // namespace

bool is_there(const Row& row, const ApiScope& scope) {
    return (!row.by_mail || scope.mail) && (!row.with_secret() || scope.action_secret) &&
           (!row.metrics || scope.metrics) && (!row.to_try || scope.try_page);
}

std::string_view setting_of(const Row& row) {
    if (row.with_secret()) {
        return "AUTH_ACTION_SECRET";
    }
    if (row.to_try) {
        return "AUTH_TRY_PAGE";
    }
    return row.by_mail ? "AUTH_MAIL_URL" : "";
}

std::string_view title_of(Topic topic) {
    switch (topic) {
        case Topic::sign_in:
            return "Sign in";
        case Topic::account:
            return "Account";
        case Topic::mail:
            return "Mail";
        case Topic::pages:
            return "Pages";
        case Topic::keys:
            return "Keys";
        case Topic::hasura:
            return "Hasura";
        case Topic::operation:
            return "Operation";
    }
    return {};
}

bool is_required(const Member& member, const ApiScope& scope) {
    return member.required || (member.by_cookie && !scope.cookies);
}

Lengths lengths_of(const Member& member, const ApiScope& scope) {
    const Meaning& meaning = *member.meaning;
    const bool new_password = meaning.faults.data() == means::kPasswordFaults.data();
    const std::size_t least = member.required && member.bytes_max > 0 ? 1 : 0;
    return {new_password ? scope.password_length_min : std::max(least, meaning.length_min),
            meaning.length_max > 0 ? meaning.length_max : member.bytes_max};
}

std::vector<Refused> refusals_of(const Row& row, const ApiScope& scope) {
    Refusals refusals(is_action(row));
    refusals.add_all(row.errors);
    refusals.add(Errc::internal);
    if (row.lane != Lane::io) {
        refusals.add_all(kLaneErrors);
        refusals.add(http::RequestError::overloaded);
    }
    if (has_body(row)) {
        refusals.add_all(kBodyErrors);
        refusals.add_all(kBodyRefusals);
    }
    const bool token = row.caller == CallerKind::bearer || row.caller == CallerKind::hasura;
    if (token || row.for_user) {
        refusals.add_all(kTokenErrors);
    }
    if (row.with_secret()) {
        refusals.add(Errc::invalid_action_secret);
    }
    // A page of another origin is told from one of ours only where browsers send cookies.
    if (scope.cookies && (row.guarded() || token || is_action(row))) {
        refusals.add(Errc::origin_not_allowed);
    }
    if (row.limit != CallLimit::none) {
        refusals.add(Errc::too_many_attempts);
    }
    return refusals.take();
}

std::vector<std::string_view> faults_of(const Row& row) {
    std::vector<std::string_view> faults;
    if (row.request.members.empty()) {
        return faults;
    }
    for (const std::string_view fault : kBodyFaults) {
        add_unique(faults, fault);
    }
    for (const Member& member :
         row.input.members.empty() ? row.request.members : row.input.members) {
        for (const std::string_view fault : member.meaning->faults) {
            add_unique(faults, fault);
        }
    }
    if (std::ranges::find(row.errors, Errc::wrong_current_password) != row.errors.end()) {
        add_unique(faults, to_string(Errc::wrong_current_password));
    }
    return faults;
}

std::string example_of(const Schema& schema, const ApiScope& scope) {
    JsonWriter json;
    const bool array = schema.form == Schema::Form::array;
    if (array) {
        json.begin_array();
    }
    json.begin_object();
    for (const Member& member : schema.members) {
        if (is_required(member, scope) || member.shown) {
            json.key(member.name).raw(member.meaning->example);
        }
    }
    json.end_object();
    if (array) {
        json.end_array();
    }
    return json.take();
}

std::string openapi_json(const ApiScope& scope) {
    return Document(scope).write();
}

ApiContext describe_api(const ApiScope& scope) {
    http::Response document = json_reply(openapi_json(scope));
    document.headers.push_back({"Cache-Control", "public, max-age=300"});
    JsonWriter version;
    version.begin_object().member("version", scope.version).end_object();
    return {http::CachedResponse::make(document), make_reference_page(scope), version.take()};
}

http::Response get_openapi(const http::Request&, const ApiContext& context) {
    http::Response response;
    response.cached = context.document;
    return response;
}

http::Response get_version(const http::Request&, const ApiContext& context) {
    return private_json_reply(context.version);
}

}  // namespace signet::routes
