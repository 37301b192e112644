#include "doctor/diagnosis.hpp"

#include "base/json.hpp"
#include "config/load.hpp"
#include "doctor/metadata.hpp"
#include "routes/table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace signet;
using namespace signet::doctor;
namespace json = boost::json;

namespace {

// Stands in every secret of the sample, and must stand in no finding.
constexpr std::string_view kCanary = "canary7f3a";

constexpr std::string_view kMetadata = R"json({
  "version": 3,
  "sources": [{"name": "default", "kind": "postgres", "tables": [
    {"table": {"schema": "public", "name": "user_without_password"},
     "select_permissions": [{"role": "user", "permission": {
       "columns": ["id", "username"], "filter": {"id": {"_eq": "X-Hasura-User-Id"}}}}]},
    {"table": {"schema": "public", "name": "user_role"},
     "select_permissions": [{"role": "user", "permission": {
       "columns": ["role_id"], "filter": {"user_id": {"_eq": "X-Hasura-User-Id"}}}}]},
    {"table": {"schema": "public", "name": "role"}},
    {"table": "article",
     "select_permissions": [{"role": "anonymous", "permission": {"columns": "*", "filter": {}}},
                            {"role": "editor", "permission": {"columns": "*", "filter": {}}}]}]}],
  "inherited_roles": [{"role_name": "chief", "role_set": ["user", "editor"]}],
  "actions": [{"name": "signetLogin", "definition": {
      "handler": "{{SIGNET_URL}}/actions/login",
      "headers": [{"name": "X-Action-Secret", "value_from_env": "ACTION_SECRET"}]},
    "permissions": [{"role": "anonymous"}]}],
  "remote_schemas": [{"name": "signet", "definition": {
      "url": "http://signet:4000/graphql",
      "headers": [{"name": "x-action-secret", "value_from_env": "ACTION_SECRET"}]}}]
})json";

constexpr const char* kSecret = "HASURA_GRAPHQL_JWT_SECRET";

// Everything that is looked at, as it should be.
struct Sample {
    config::Variables environment{
        {"DATABASE_URL", "postgres://signet:canary7f3a@db/app"},
        {"HOST", "0.0.0.0"},
        {"AUTH_ISSUER", "https://auth.example.org"},
        {"AUTH_AUDIENCE", "app"},
        {"AUTH_TRUSTED_PROXIES", "10.0.0.0/8"},
        {"AUTH_ANONYMOUS_ROLE", "anonymous"},
        {"AUTH_ACTION_SECRET", "canary7f3a-of-actions"},
        {"AUTH_MAIL_URL", "smtp://signet:canary7f3a@mail.example.org"},
        {"AUTH_MAIL_FROM", "signet@example.org"},
        {"AUTH_CLIENT_URL", "https://app.example.org"},
        {"AUTH_KEY_ENCRYPTION_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}};
    json::object secret{{"jwk_url", "http://signet:4000/jwks"},
                        {"issuer", "https://auth.example.org"},
                        {"audience", "app"}};
    json::value metadata = json::parse(kMetadata);
    Facts facts;

    Sample() {
        facts.hasura = {{"HASURA_GRAPHQL_METADATA_DATABASE_URL", "postgres://hasura:canary7f3a@db"},
                        {"HASURA_GRAPHQL_ADMIN_SECRET", "canary7f3a"},
                        {"HASURA_GRAPHQL_UNAUTHORIZED_ROLE", "anonymous"}};
        facts.header_values = {{"ACTION_SECRET", "canary7f3a-of-actions"}};
        facts.database.state = DatabaseState::ready;
        facts.database.roles = std::vector<RoleRow>{{"chief", 1}, {"editor", 1}, {"user", 2}};
        facts.database.addresses = 2;
        facts.keys = {.looked = true, .errors = {}, .signer = "k1"};
        facts.mail = Delivery{.outcome = DeliveryOutcome::delivered, .reason = "250 ok"};
        facts.jwks = Answer{.url = "http://signet:4000/jwks",
                            .status = 200,
                            .body = R"({"keys":[{"kid":"k0"},{"kid":"k1"}]})",
                            .cache_control = "public, max-age=300"};
        facts.discovery = Answer{.url = "https://auth.example.org/.well-known/openid-configuration",
                                 .status = 200,
                                 .body = R"({"issuer":"https://auth.example.org"})"};
        facts.running =
            RunningHasura{.health = {.url = "http://hasura", .status = 200, .body = "OK"},
                          .status_without_secret = 401,
                          .status_with_secret = 200};
    }

    json::value& at(std::string_view pointer) { return metadata.at_pointer(pointer); }
    std::string& hasura(const char* name) { return facts.hasura[name]; }
    // Puts the webhook in the place of the secret.
    Answer& hook() {
        secret.clear();
        facts.hasura.erase("HASURA_GRAPHQL_UNAUTHORIZED_ROLE");
        hasura("HASURA_GRAPHQL_AUTH_HOOK") = "http://signet:4000/webhook";
        facts.hook = Answer{.url = "http://signet:4000/webhook", .status = 401};
        return *facts.hook;
    }

    std::vector<Finding> diagnose() {
        facts.loaded = config::load_config({environment, {}}, false);
        if (!secret.empty() && !facts.hasura.contains(kSecret)) {
            facts.hasura[kSecret] = json::serialize(secret);
        }
        if (facts.metadata_fault.empty()) {
            facts.metadata = metadata.as_object();
        }
        return doctor::diagnose(facts);
    }
};

json::value permission(std::string_view role, std::string_view columns) {
    return json::array{{{"role", role},
                        {"permission",
                         {{"columns", json::parse(columns)},
                          {"filter", {{"id", {{"_eq", "X-Hasura-User-Id"}}}}}}}}};
}

constexpr const char* kUserTable = "/sources/0/tables/0/table/name";
constexpr const char* kUser = "/sources/0/tables/0";
constexpr const char* kUserRole = "/sources/0/tables/1";

struct Case {
    std::string_view code;
    std::string_view what;
    void (*change)(Sample&);
    std::string_view said = {};  // a part of the problem
};

// Each of these causes exactly one code.
const std::vector<Case> kCases{
    {"config-invalid", "a setting that nobody knows",
     [](Sample& s) { s.environment["AUTH_ISUER"] = "x"; }, "AUTH_ISSUER"},
    {"config-risky", "a proxy that may be anybody",
     [](Sample& s) { s.environment["AUTH_TRUSTED_PROXIES"] = "0.0.0.0/0"; }},
    {"issuer-local", "an issuer that others cannot reach",
     [](Sample& s) {
         s.environment["AUTH_ISSUER"] = "http://localhost:4000";
         s.secret["issuer"] = "http://localhost:4000";
         s.facts.discovery.reset();
     },
     "AUTH_TRUSTED_PROXIES"},
    {"issuer-local", "an issuer that the pages of others cannot reach",
     [](Sample& s) {
         s.environment["AUTH_ISSUER"] = "http://localhost:4000";
         s.environment["AUTH_CORS_ORIGINS"] = "https://app.example.org";
         s.environment["AUTH_CLIENT_URL"] = "http://localhost:3000";
         s.environment.erase("AUTH_TRUSTED_PROXIES");
         s.secret["issuer"] = "http://localhost:4000";
         s.facts.discovery.reset();
     },
     "AUTH_CORS_ORIGINS"},
    {"issuer-http", "an issuer without TLS",
     [](Sample& s) {
         s.environment["AUTH_ISSUER"] = "http://auth.example.org";
         s.secret["issuer"] = "http://auth.example.org";
         s.facts.discovery.reset();
     }},
    {"proxies-missing", "https without a proxy",
     [](Sample& s) { s.environment.erase("AUTH_TRUSTED_PROXIES"); }},
    {"client-url-missing", "mail that leads nowhere",
     [](Sample& s) { s.environment.erase("AUTH_CLIENT_URL"); }},
    {"mail-missing", "no mail", [](Sample& s) { s.environment.erase("AUTH_MAIL_URL"); }},
    {"mail-to-files", "mail for development",
     [](Sample& s) { s.environment["AUTH_MAIL_URL"] = "file:mail"; }},
    {"mail-unusable", "a mail server that refuses",
     [](Sample& s) { s.facts.mail = Delivery{.reason = "535 wrong password"}; }, "535"},
    {"file-exposed", "a key that others can read, which is said once",
     [](Sample& s) {
         s.facts.exposed = {{"keys/a.pem", "can be read by others"}};
         s.facts.keys = {true, {"keys/a.pem can be read by others"}, {}};
     }},
    {"keys-unusable", "keys that cannot be read",
     [](Sample& s) { s.facts.keys = {true, {"keys/a.pem is no key"}, {}}; }},
    {"keys-missing", "no key yet", [](Sample& s) { s.facts.keys.signer.reset(); }},
    {"keys-not-shared", "replicas with keys of their own",
     [](Sample& s) { s.environment.erase("AUTH_KEY_ENCRYPTION_KEY"); }, "2 addresses"},
    {"database-unreachable", "PostgreSQL is away",
     [](Sample& s) { s.facts.database = {DatabaseState::unreachable, "connection refused"}; }},
    {"database-locked", "somebody works on the table",
     [](Sample& s) { s.facts.database = {DatabaseState::locked, "locks are held by ann"}; }},
    {"migration-blocked", "another view of that name",
     [](Sample& s) { s.facts.database.obstacles = {{true, "the view of mallory", "rename it"}}; },
     "mallory"},
    {"database-read-only", "a standby",
     [](Sample& s) { s.facts.database = {DatabaseState::read_only, "session is read-only"}; }},
    {"database-pooled", "PgBouncer by transaction",
     [](Sample& s) { s.facts.database = {DatabaseState::pooled, "a pooler"}; }},
    {"database-unusable", "a schema that is newer",
     [](Sample& s) { s.facts.database = {DatabaseState::unusable, "newer than this binary"}; }},
    {"database-unsafe", "an object of somebody else",
     [](Sample& s) { s.facts.database.objects = {{true, "a trigger of mallory", "drop it"}}; }},
    {"database-risky", "Signet is a superuser",
     [](Sample& s) { s.facts.database.objects = {{false, "a superuser", "use another role"}}; }},
    {"migrations-pending", "an upgrade that is not finished",
     [](Sample& s) { s.facts.database.pending = {"0011_next"}; }},
    {"clock-skew", "PostgreSQL's clock is ahead", [](Sample& s) { s.facts.database.ahead_s = 31; },
     "31 s ahead"},
    {"clock-skew", "Hasura's clock is behind",
     [](Sample& s) { s.facts.running->health.ahead_s = -6; }, "6 s behind"},
    {"clock-skew", "the clock of the issuer is ahead",
     [](Sample& s) { s.facts.jwks->ahead_s = 60; }},
    {"clock-skew", "a clock that is further ahead than is allowed",
     [](Sample& s) {
         s.secret["allowed_skew"] = 30;
         s.facts.jwks->ahead_s = 36;
     }},
    {"jwks-unreachable", "Signet is not running",
     [](Sample& s) {
         s.facts.jwks = Answer{.url = "http://signet:4000/jwks", .fault = "connection refused"};
         s.facts.discovery->status = 0;
     }},
    {"jwks-broken", "a page of the proxy", [](Sample& s) { s.facts.jwks->body = "<html>"; }},
    {"jwks-broken", "another path", [](Sample& s) { s.facts.jwks->status = 404; }, "404"},
    {"jwks-foreign", "the keys of another server", [](Sample& s) { s.facts.keys.signer = "k2"; },
     "\"k2\""},
    {"jwks-max-age", "no Cache-Control", [](Sample& s) { s.facts.jwks->cache_control.reset(); },
     "never again"},
    {"jwks-max-age", "a CDN that forbids caches",
     [](Sample& s) { s.facts.jwks->cache_control = "no-cache, max-age=300"; }, "every minute"},
    {"jwks-max-age", "two blanks, which Hasura cannot read",
     [](Sample& s) { s.facts.jwks->cache_control = "public,  max-age=300"; }},
    {"discovery-broken", "another issuer answers",
     [](Sample& s) { s.facts.discovery->body = R"({"issuer":"https://other"})"; }, "https://other"},
    {"discovery-broken", "the proxy cuts the path",
     [](Sample& s) { s.facts.discovery->status = 404; }},
    {"jwt-secret-missing", "Hasura without authentication", [](Sample& s) { s.secret.clear(); }},
    {"jwt-secret-shape", "a secret whose quotes the shell took",
     [](Sample& s) { s.hasura(kSecret) = "{jwk_url:canary7f3a}"; }},
    {"jwt-secret-shape", "neither a key nor a URL", [](Sample& s) { s.secret.erase("jwk_url"); }},
    {"jwt-secret-shape", "a key and a URL", [](Sample& s) { s.secret["key"] = "canary7f3a"; },
     "both"},
    {"jwt-secret-shape", "a skew in quotes", [](Sample& s) { s.secret["allowed_skew"] = "30"; },
     "allowed_skew"},
    {"jwt-secret-shape", "an issuer that is no URI",
     [](Sample& s) { s.secret["issuer"] = "127.0.0.1:4000"; }, "issuer"},
    {"jwt-secret-shape", "a number among the audiences",
     [](Sample& s) { s.secret["audience"] = json::array{"app", 1}; }, "audience"},
    {"jwt-secret-shape", "a format that Hasura does not know",
     [](Sample& s) { s.secret["claims_format"] = "JSON"; }, "claims_format"},
    {"jwt-secret-shape", "a JWKS in a file",
     [](Sample& s) { s.secret["jwk_url"] = "file:///jwks"; }, "jwk_url"},
    {"jwt-secret-shape", "two names for the claims",
     [](Sample& s) {
         s.secret["claims_namespace"] = "https://hasura.io/jwt/claims";
         s.secret["claims_namespace_path"] = "$.hasura";
     },
     "at most one"},
    {"jwt-secret-shape", "several secrets that are no array",
     [](Sample& s) {
         s.secret.clear();
         s.hasura("HASURA_GRAPHQL_JWT_SECRETS") = "canary7f3a";
     },
     "array"},
    {"jwt-secrets-edition", "several secrets, of which one is ours",
     [](Sample& s) {
         s.hasura("HASURA_GRAPHQL_JWT_SECRETS") = json::serialize(json::array{
             json::object{{"jwk_url", "http://other/jwks"}, {"issuer", "other"}}, s.secret});
         s.secret.clear();
     }},
    {"jwt-secret-key", "a shared secret",
     [](Sample& s) {
         s.secret.erase("jwk_url");
         s.secret["type"] = "HS256";
         s.secret["key"] = "canary7f3a-canary7f3a-canary7f3a";
     },
     "every token is refused"},
    {"jwt-secret-issuer", "a slash too many",
     [](Sample& s) { s.secret["issuer"] = "https://auth.example.org/"; }},
    {"jwt-secret-issuer-missing", "no issuer", [](Sample& s) { s.secret.erase("issuer"); }},
    {"jwt-secret-audience", "other audiences",
     [](Sample& s) { s.secret["audience"] = json::array{"web", "mobile"}; }},
    {"jwt-secret-audience-missing", "only Signet has an audience",
     [](Sample& s) { s.secret.erase("audience"); }},
    {"jwt-secret-audience-missing", "only Hasura has an audience",
     [](Sample& s) { s.environment.erase("AUTH_AUDIENCE"); }},
    {"jwt-secret-namespace", "a namespace of another service",
     [](Sample& s) { s.secret["claims_namespace"] = "https://example.org/claims"; }},
    {"jwt-secret-namespace", "the namespace of Signet only",
     [](Sample& s) { s.environment["AUTH_CLAIMS_NAMESPACE"] = "https://example.org/claims"; }},
    {"jwt-secret-namespace", "a path",
     [](Sample& s) { s.secret["claims_namespace_path"] = "$.hasura"; }},
    {"jwt-secret-claims", "claims in a string",
     [](Sample& s) { s.secret["claims_format"] = "stringified_json"; }},
    {"jwt-secret-claims", "a map", [](Sample& s) { s.secret["claims_map"] = json::object{}; }},
    {"jwt-secret-header", "a cookie while cookies are off",
     [](Sample& s) {
         s.secret["header"] = {{"type", "Cookie"}, {"name", "__Host-signet-access"}};
     }},
    {"jwt-secret-header", "a cookie of another name",
     [](Sample& s) {
         s.environment["AUTH_COOKIES"] = "on";
         s.secret["header"] = {{"type", "Cookie"}, {"name", "access_token"}};
     },
     "access_token"},
    {"jwt-secret-header", "a header in a string",
     [](Sample& s) { s.secret["header"] = R"({"type":"Cookie"})"; }},
    {"jwt-secret-cookie", "cookies that Hasura does not take",
     [](Sample& s) { s.environment["AUTH_COOKIES"] = "on"; }},
    {"hook-and-jwt", "both modes",
     [](Sample& s) {
         const json::object secret = s.secret;
         s.hook();
         s.secret = secret;
     }},
    {"hook-mode", "a mode in small letters",
     [](Sample& s) {
         s.hook();
         s.hasura("HASURA_GRAPHQL_AUTH_HOOK_MODE") = "post";
     }},
    {"hook-unreachable", "a webhook that is away", [](Sample& s) { s.hook().status = 0; }},
    {"hook-broken", "a page in the place of the webhook",
     [](Sample& s) {
         s.hook().status = 200;
         s.facts.hook->body = "<html>";
     }},
    {"hook-broken", "a webhook without a database", [](Sample& s) { s.hook().status = 503; }},
    {"admin-secret-missing", "no admin secret",
     [](Sample& s) { s.facts.hasura.erase("HASURA_GRAPHQL_ADMIN_SECRET"); }},
    {"unauthorized-role-with-hook", "the role of the other mode",
     [](Sample& s) {
         s.hook();
         s.hasura("HASURA_GRAPHQL_UNAUTHORIZED_ROLE") = "anonymous";
     }},
    {"unauthorized-role-differs", "two names for the same",
     [](Sample& s) { s.environment["AUTH_ANONYMOUS_ROLE"] = "public"; }},
    {"unauthorized-role-admin", "everybody is admin",
     [](Sample& s) {
         s.hasura("HASURA_GRAPHQL_UNAUTHORIZED_ROLE") = "admin";
         s.at("/actions/0/permissions/0/role") = "admin";
     }},
    {"unauthorized-role-unknown", "nothing for strangers",
     [](Sample& s) {
         s.at("/sources/0/tables/3/select_permissions")
             .as_array()
             .erase(s.at("/sources/0/tables/3/select_permissions").as_array().begin());
         s.at("/actions") = json::array{};
     }},
    {"metadata-unreadable", "no metadata there",
     [](Sample& s) { s.facts.metadata_fault = "hasura cannot be read"; }},
    {"role-without-row", "a role that nobody can have",
     [](Sample& s) { s.facts.database.roles = std::vector<RoleRow>{{"user", 1}}; }, "chief"},
    {"role-without-permission", "a role that sees nothing",
     [](Sample& s) { s.facts.database.roles->push_back({"auditor", 0}); }},
    {"role-without-permission", "the default role sees nothing",
     [](Sample& s) { s.environment["AUTH_DEFAULT_ROLE"] = "member"; }, "AUTH_DEFAULT_ROLE"},
    {"role-admin", "admin in the table",
     [](Sample& s) { s.facts.database.roles->push_back({"admin", 3}); }, "3 users"},
    {"inherited-role", "a parent that is not there",
     [](Sample& s) { s.at("/inherited_roles/0/role_set/1") = "edtor"; }},
    {"password-readable", "a password that is listed, beside all others",
     [](Sample& s) {
         s.at(kUserTable) = "user";
         s.at(kUser).as_object()["select_permissions"] = permission("user", R"(["password"])");
     }},
    {"password-readable", "all columns",
     [](Sample& s) {
         s.at(kUserTable) = "user";
         s.at(kUser).as_object()["select_permissions"] = permission("user", R"("*")");
     },
     "'*'"},
    {"password-writable", "a password that may be changed",
     [](Sample& s) {
         s.at(kUserTable) = "user";
         s.at(kUser).as_object()["update_permissions"] = permission("user", R"(["password"])");
     }},
    {"password-writable", "a password that is put into what is written",
     [](Sample& s) {
         s.at(kUserTable) = "user";
         s.at(kUser).as_object()["update_permissions"] = permission("user", R"(["email"])");
         s.at("/sources/0/tables/0/update_permissions/0/permission").as_object()["set"] = {
             {"password", "x-hasura-password"}};
     },
     "sets password"},
    {"password-readable", "a computed field",
     [](Sample& s) {
         s.at("/sources/0/tables/0/select_permissions/0/permission")
             .as_object()["computed_fields"] = json::array{"user_password_hash"};
     },
     "user_password_hash"},
    {"password-readable", "a native query",
     [](Sample& s) {
         s.at("/sources/0").as_object()["native_queries"] =
             json::array{{{"root_field_name", "leak"},
                          {"code", "select \"Password\" as hash from \"user\""},
                          {"returns", "leaked"}}};
         s.at("/sources/0").as_object()["logical_models"] =
             json::array{{{"name", "leaked"}, {"select_permissions", permission("user", "[]")}}};
     },
     "leak"},
    {"password-readable", "a logical model",
     [](Sample& s) {
         s.at("/sources/0").as_object()["logical_models"] = json::array{
             {{"name", "account"}, {"select_permissions", permission("user", R"(["password"])")}}};
     },
     "select permission"},
    {"secret-table-tracked", "sessions in the graph",
     [](Sample& s) {
         s.at("/sources/0/tables/3/table") = {{"schema", "signet"}, {"name", "session"}};
         s.at("/sources/0/tables/2") = {
             {"table", "article"},
             {"select_permissions", json::array{{{"role", "anonymous"}}, {{"role", "editor"}}}}};
     }},
    {"roles-writable", "a user who grants roles",
     [](Sample& s) {
         s.at(kUserRole).as_object()["insert_permissions"] = permission("user", R"(["role_id"])");
     }},
    {"roles-writable", "a user who activates itself",
     [](Sample& s) {
         s.at(kUser).as_object()["update_permissions"] = permission("user", R"(["active"])");
     }},
    {"roles-writable", "an update that activates",
     [](Sample& s) {
         s.at(kUser).as_object()["update_permissions"] = permission("user", R"(["email"])");
         s.at("/sources/0/tables/0/update_permissions/0/permission").as_object()["set"] = {
             {"active", "true"}};
     }},
    {"roles-writable", "a user who loses roles",
     [](Sample& s) {
         s.at(kUserRole).as_object()["delete_permissions"] = permission("user", "[]");
     }},
    {"user-rows-writable", "a user who deletes others",
     [](Sample& s) {
         s.at(kUser).as_object()["delete_permissions"] =
             json::array{{{"role", "user"}, {"permission", {{"filter", json::object{}}}}}};
     },
     "\"chief\" inherits"},
    {"user-rows-open", "how many there are",
     [](Sample& s) {
         s.at("/sources/0/tables/0/select_permissions/0/permission") = {
             {"columns", json::array{}}, {"filter", nullptr}, {"allow_aggregations", true}};
     }},
    {"user-rows-open", "everybody sees everybody",
     [](Sample& s) {
         s.at("/sources/0/tables/0/select_permissions/0/permission/filter") = json::object{};
     }},
    {"user-table-tracked", "the table and not the view",
     [](Sample& s) { s.at(kUserTable) = "user"; }},
    {"action-secret-missing", "actions that are off",
     [](Sample& s) { s.environment.erase("AUTH_ACTION_SECRET"); }},
    {"action-secret-header", "an action without the header",
     [](Sample& s) { s.at("/actions/0/definition/headers") = json::array{}; }},
    {"action-secret-header", "a remote schema without the header",
     [](Sample& s) { s.at("/remote_schemas/0/definition/headers") = json::array{}; },
     "X-Action-Secret"},
    {"action-secret-literal", "a secret in the repository",
     [](Sample& s) {
         s.at("/actions/0/definition/headers/0") = {{"name", "X-Action-Secret"},
                                                    {"value", "canary7f3a-of-actions"}};
     }},
    {"action-secret-differs", "another secret",
     [](Sample& s) { s.facts.header_values["ACTION_SECRET"] = "canary7f3a-other"; }},
    {"action-header-precedence", "headers of clients",
     [](Sample& s) { s.at("/actions/0/definition").as_object()["forward_client_headers"] = true; }},
    {"action-unknown", "a path that is none",
     [](Sample& s) {
         s.at("/actions/0/definition/handler") = "http://signet:4000/actions/sign-in";
     },
     "sign-in"},
    {"action-without-permission", "a code for those who are logged in",
     [](Sample& s) {
         s.at("/actions/0/definition/handler") = "{{AUTH_URL}}/actions/login-by-code";
         s.at("/actions/0/permissions/0/role") = "user";
     }},
    {"action-secret-header", "a handler of a tutorial",
     [](Sample& s) {
         s.at("/actions/0/definition") = {{"handler", "https://auth.example.org/SignIn"}};
     }},
    {"cookies-with-any-origin", "a page of anybody",
     [](Sample& s) {
         s.environment["AUTH_COOKIES"] = "on";
         s.secret["header"] = {{"type", "Cookie"}, {"name", "__Host-signet-access"}};
         s.at("/remote_schemas/0/definition").as_object()["forward_client_headers"] = true;
     },
     "not set"},
    {"cookies-with-any-origin", "a page of anybody, in so many words",
     [](Sample& s) {
         s.environment["AUTH_COOKIES"] = "on";
         s.hasura("HASURA_GRAPHQL_CORS_DOMAIN") = "*";
         s.secret["header"] = {{"type", "Cookie"}, {"name", "__Host-signet-access"}};
         s.at("/remote_schemas/0/definition").as_object()["forward_client_headers"] = true;
     },
     "*"},
    {"action-without-permission", "a login for those who are logged in",
     [](Sample& s) { s.at("/actions/0/permissions/0/role") = "user"; }},
    {"hasura-unreachable", "Hasura is away", [](Sample& s) { s.facts.running->health.status = 0; }},
    {"hasura-open", "Hasura without an admin secret",
     [](Sample& s) { s.facts.running->status_without_secret = 200; }},
    {"hasura-secret-unknown", "no admin secret here",
     [](Sample& s) { s.facts.running->status_with_secret = 0; }},
    {"hasura-secret-refused", "the wrong admin secret",
     [](Sample& s) { s.facts.running->status_with_secret = 401; }},
    {"hasura-inconsistent", "metadata that does not fit",
     [](Sample& s) { s.facts.running->health.body = "WARN: inconsistent objects in schema"; }},
};

// What a case may cause besides its own code, because one cannot be had without the other.
bool goes_along(std::string_view code, std::string_view with) {
    return (code == "user-table-tracked" && with.starts_with("password-")) ||
           (code == "unauthorized-role-differs" && with == "unauthorized-role-admin");
}

}  // namespace

TEST_CASE("doctor finds nothing where everything is as it should be") {
    for (const Finding& finding : Sample().diagnose()) {
        FAIL_CHECK(finding.code << ": " << finding.subject << ' ' << finding.problem);
    }
    Sample by_webhook;
    by_webhook.hook();
    for (const Finding& finding : by_webhook.diagnose()) {
        FAIL_CHECK(finding.code << ": " << finding.subject << ' ' << finding.problem);
    }
}

TEST_CASE("a filter that is true of every row is none, however it is written") {
    for (const char* const filter :
         {"{}", R"({"_and": []})", R"({"_and": [{}, {"id": {}}]})",
          R"({"id": {"_is_null": false}})", R"({"_or": [{"id": {"_eq": "X-Hasura-User-Id"}}, {}]})",
          R"({"_not": {"_or": []}})", R"({"_not": {"id": {"_is_null": true}}})",
          R"({"id": {"_neq": "X-Hasura-User-Id"}})"}) {
        CAPTURE(filter);
        Sample sample;
        sample.at("/sources/0/tables/0/select_permissions/0/permission/filter") =
            json::parse(filter);
        const auto found = sample.diagnose();
        REQUIRE(found.size() == 1);
        CHECK(found[0].code == "user-rows-open");
    }
    for (const char* const filter :
         {R"({"_or": []})", R"({"_not": {}})", R"({"email": {"_is_null": false}})",
          R"({"_and": [{}, {"id": {"_eq": "X-Hasura-User-Id"}}]})", R"({"_exists": {}})",
          R"({"_or": [{"id": {"_is_null": true}}, {"org": {"id": {"_eq": "X-Hasura-Org"}}}]})"}) {
        CAPTURE(filter);
        Sample sample;
        sample.at("/sources/0/tables/0/select_permissions/0/permission/filter") =
            json::parse(filter);
        CHECK(sample.diagnose().empty());
    }
}

TEST_CASE("doctor says nothing of what is no fault") {
    const std::vector<std::pair<std::string_view, void (*)(Sample&)>> fine{
        {"a permission that takes the admin secret",
         [](Sample& s) {
             s.at(kUserRole).as_object()["insert_permissions"] = permission("user", "\"*\"");
             s.at("/sources/0/tables/1/insert_permissions/0/permission")
                 .as_object()["backend_only"] = true;
         }},
        {"another service with the same paths",
         [](Sample& s) {
             s.at("/actions")
                 .as_array()
                 .push_back({{"name", "b"},
                             {"definition", {{"handler", "https://mine.example/actions/login"}}}});
             s.at("/remote_schemas")
                 .as_array()
                 .push_back({{"name", "b"}, {"definition", {{"url", "{{MINE}}/graphql"}}}});
         }},
        {"a table user of another database",
         [](Sample& s) {
             s.at("/sources")
                 .as_array()
                 .push_back({{"name", "shop"},
                             {"kind", "postgres"},
                             {"tables",
                              json::array{{{"table", "user"},
                                           {"select_permissions", permission("user", "\"*\"")}}}}});
         }},
        {"the secret alone, as the documentation passes it",
         [](Sample& s) { s.facts.hasura.clear(); }},
        {"a clock within the allowed skew, and a type that Hasura does not read",
         [](Sample& s) {
             s.secret["allowed_skew"] = 30;
             s.secret["type"] = "RS256";
             s.facts.jwks->ahead_s = 30;
         }},
        {"the path of the namespace",
         [](Sample& s) {
             s.secret["claims_namespace_path"] = "$['https://hasura.io/jwt/claims']";
         }},
        {"cookies where Hasura knows the origins",
         [](Sample& s) {
             s.environment["AUTH_COOKIES"] = "on";
             s.hasura("HASURA_GRAPHQL_CORS_DOMAIN") = "https://app.example.org";
             s.secret["header"] = {{"type", "Cookie"}, {"name", "__Host-signet-access"}};
             s.at("/remote_schemas/0/definition").as_object()["forward_client_headers"] = true;
         }},
        {"a container whose port is published for one machine", [](Sample& s) {
             s.environment.erase("AUTH_TRUSTED_PROXIES");
             s.environment["AUTH_ISSUER"] = "http://127.0.0.1:4000";
             s.environment["AUTH_CLIENT_URL"] = "http://127.0.0.1:3000";
             s.secret["issuer"] = "http://127.0.0.1:4000";
             s.facts.discovery.reset();
         }}};
    for (const auto& [what, change] : fine) {
        CAPTURE(what);
        Sample sample;
        change(sample);
        for (const Finding& finding : sample.diagnose()) {
            FAIL_CHECK(finding.code << ": " << finding.subject << ' ' << finding.problem);
        }
    }
}

TEST_CASE("doctor knows every action that there is a route for") {
    std::set<std::string_view> known;
    for (const ActionPath& action : action_paths()) {
        known.insert(action.path);
    }
    for (const routes::Row& row : routes::table()) {
        if (row.with_secret() && row.path != "/graphql" && row.path != "/actions/{id}") {
            CAPTURE(row.path);
            CHECK(known.erase(row.path) == 1);
        }
    }
    CHECK(known.empty());
}

TEST_CASE("doctor finds each fault by its code and shows no secret") {
    for (const Case& fault : kCases) {
        CAPTURE(fault.code);
        CAPTURE(fault.what);
        Sample sample;
        fault.change(sample);
        bool found = false;
        for (const Finding& finding : sample.diagnose()) {
            CAPTURE(finding.subject);
            CAPTURE(finding.problem);
            const bool expected = finding.code == fault.code;
            const bool told = expected || goes_along(finding.code, fault.code);
            CHECK_MESSAGE(told, finding.code);
            found = found || (expected && finding.problem.find(fault.said) != std::string::npos) ||
                    (expected && finding.subject.find(fault.said) != std::string::npos);
            CHECK_FALSE(finding.cure.empty());
            for (const std::string* text : {&finding.subject, &finding.problem, &finding.cure}) {
                CHECK(text->find(kCanary) == std::string::npos);
            }
        }
        CHECK(found);
    }
}

TEST_CASE("a case provokes every finding that doctor knows") {
    std::set<std::string_view> provoked;
    for (const Case& fault : kCases) {
        provoked.insert(fault.code);
    }
    for (const Check& check : checks()) {
        CAPTURE(check.code);
        CHECK(provoked.erase(check.code) == 1);
    }
    CHECK(provoked.empty());
}

TEST_CASE("docs/hasura/doctor.md has the table of findings as the code has it") {
    std::ifstream in(SIGNET_SOURCE_DIR "/docs/hasura/doctor.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    CHECK(page.find(checks_markdown()) != std::string::npos);
}

TEST_CASE("doctor says of a broken configuration what else it can see") {
    Sample sample;
    sample.environment = {{"AUTH_ISSUER", "127.0.0.1:4000"}, {"AUTH_NONSENSE", "1"}};
    sample.facts.database.state = DatabaseState::not_asked;
    sample.facts.running->status_without_secret = 200;
    const auto findings = sample.diagnose();
    for (const std::string_view code : {"config-invalid", "hasura-open", "action-secret-missing"}) {
        CAPTURE(code);
        CHECK(std::ranges::find(findings, code, &Finding::code) != findings.end());
    }
}

TEST_CASE("doctor takes metadata of any form without a complaint of its own") {
    for (const char* text :
         {R"({"sources": 1})", R"({"sources": [1, {"tables": [null, {"table": 3}, {}]}]})",
          R"({"sources": [], "actions": {"a": 1}, "inherited_roles": [1, {"role_set": "x"}]})",
          R"({"sources": [{"tables": [{"table": {"name": "user"}, "select_permissions": [
              {"role": 1}, {"permission": {"columns": [1, null]}}, 7]}]}]})",
          R"({"sources": [], "actions": [{"definition": {"handler": "x/actions/login",
              "headers": [1, {"name": 2}]}, "permissions": 4}], "remote_schemas": [[]]})"}) {
        Sample sample;
        sample.metadata = json::parse(text);
        CAPTURE(text);
        CHECK_NOTHROW(sample.diagnose());
        CHECK_NOTHROW(header_variables(sample.metadata.as_object()));
    }
}
