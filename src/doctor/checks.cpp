#include "doctor/checks.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace signet::doctor {
namespace {

using enum Severity;

// clang-format off
constexpr std::array kChecks{
    Check{"config-invalid", error, "A setting of Signet cannot be used, or is missing.", "Set it as the problem says; docs/configuration.md lists all settings."},
    Check{"config-risky", warning, "A setting works, but has a consequence that is easily overlooked.", "Change it, unless the consequence is what you want."},
    Check{"issuer-local", warning, "`AUTH_ISSUER` is an address of this machine, while something else says that others use Signet.", "Set AUTH_ISSUER to the URL at which clients reach Signet, and `issuer` of HASURA_GRAPHQL_JWT_SECRET to the same."},
    Check{"issuer-http", warning, "`AUTH_ISSUER` is http on another machine: passwords and tokens cross the network in the clear.", "Put a proxy with TLS in front (docs/deploy/README.md), and set AUTH_ISSUER to its https URL."},
    Check{"proxies-missing", warning, "`AUTH_ISSUER` is https, which only a proxy can speak for Signet, but `AUTH_TRUSTED_PROXIES` is empty: all clients count as one address.", "Set AUTH_TRUSTED_PROXIES to the address or network of the proxy."},
    Check{"client-url-missing", warning, "Mail is on, but links in mails do not lead to your application.", "Set AUTH_CLIENT_URL to the URL of the application."},
    Check{"mail-missing", note, "Without `AUTH_MAIL_URL` nobody can reset a forgotten password.", "Set AUTH_MAIL_URL and AUTH_MAIL_FROM (docs/mail.md)."},
    Check{"mail-to-files", warning, "Mails become files although the issuer is a public address: nobody receives them.", "Set AUTH_MAIL_URL to smtp:// or smtps:// and a mail server."},
    Check{"mail-unusable", error, "The mail server cannot be reached, or does not let Signet send.", "Correct AUTH_MAIL_URL, then try `signet mail test ADDRESS`."},
    Check{"file-exposed", error, "A file with secrets can be read or changed by others.", "chmod it to 0600 (a directory to 0700), owned by the user that Signet runs as; replace what others may have read."},
    Check{"keys-unusable", error, "The signing keys cannot be used.", "See `signet keys list`, and docs/operations.md about keys."},
    Check{"keys-missing", note, "There are no signing keys here yet, so the JWKS could not be compared with them.", "`signet serve` makes a key at its first start; run doctor with the settings and the working directory of the server."},
    Check{"keys-not-shared", warning, "Several machines serve with this database, and each may have keys of its own.", "Set the same AUTH_KEY_ENCRYPTION_KEY everywhere, so that keys live in PostgreSQL; a shared AUTH_KEYS_DIR works too."},
    Check{"database-unreachable", error, "PostgreSQL does not answer, or lets nobody in.", "Start it, or correct DATABASE_URL or MIGRATION_DATABASE_URL."},
    Check{"database-locked", error, "Another session of PostgreSQL holds a lock that Signet has to wait for.", "Commit or roll back what holds it; pg_stat_activity shows its query, and select pg_terminate_backend(PROCESS) ends it."},
    Check{"database-read-only", error, "The database takes no writes: it is a standby, or read-only.", "Let DATABASE_URL lead to the primary, or name all servers in it: postgres://a,b/db?target_session_attrs=read-write."},
    Check{"database-pooled", error, "A pooler gives each transaction another session.", "Let the pool_mode of this database be session, or let the URL lead past the pooler (docs/deploy/pgbouncer.md)."},
    Check{"database-unusable", error, "Signet cannot work with this database: `signet serve` would end with exit code 78.", "Do what the problem says; docs/operations.md explains the rights and owners."},
    Check{"database-unsafe", error, "Code of a role that is not trusted would run with the rights of Signet.", "Read what the object does, then run the statement that is named, or drop the object."},
    Check{"database-risky", warning, "Something in the database works, but is a risk.", "Do what is named, unless you want it so."},
    Check{"migrations-pending", warning, "Migrations have not been applied.", "Start `signet serve`, which applies them unless AUTH_MIGRATE is off, or run `signet migrate`."},
    Check{"migration-blocked", error, "Something of another origin has the name of what a migration makes, so the migration fails.", "Rename or drop it as its owner, then run `signet migrate`."},
    Check{"clock-skew", error, "Two clocks differ: tokens are refused as expired, or as issued in the future (JWTIssuedAtFuture).", "Let NTP set the clock that is wrong. For seconds only, add \"allowed_skew\": 30 to HASURA_GRAPHQL_JWT_SECRET."},
    Check{"jwks-unreachable", warning, "The JWKS could not be fetched from here. Hasura ends at its start if it cannot fetch it either.", "Start Signet before Hasura, and let jwk_url be an address that Hasura's container can reach, not localhost."},
    Check{"jwks-broken", error, "What is at `jwk_url` is no JWKS: Hasura would not start.", "Let jwk_url end in /jwks below the address of Signet."},
    Check{"jwks-foreign", error, "The JWKS lacks the key that signs: Hasura refuses tokens (JWSInvalidSignature).", "Let jwk_url lead to this Signet, and let all replicas share keys (AUTH_KEY_ENCRYPTION_KEY)."},
    Check{"jwks-max-age", error, "The JWKS comes without a `max-age` that Hasura reads, so Hasura fetches it never again, or every minute.", "Let the proxy or CDN pass Cache-Control on as Signet sends it: public, max-age=300."},
    Check{"discovery-broken", warning, "`AUTH_ISSUER` + /.well-known/openid-configuration is not what Signet answers.", "Let AUTH_ISSUER be the URL at which Signet is reached, byte for byte, without a path that the proxy cuts."},
    Check{"jwt-secret-missing", warning, "Hasura is configured here, but neither with a JWT secret nor with a webhook: nobody but admin gets in.", "Set HASURA_GRAPHQL_JWT_SECRET to what `signet hasura secret` prints."},
    Check{"jwt-secret-shape", error, "`HASURA_GRAPHQL_JWT_SECRET` is not the JSON object that Hasura expects; Hasura does not start.", "Give it what `signet hasura secret` prints, on one line, in single quotes in a shell."},
    Check{"jwt-secrets-edition", note, "`HASURA_GRAPHQL_JWT_SECRETS` is read by Hasura Cloud and Enterprise only.", "Give the open-source Hasura one object in HASURA_GRAPHQL_JWT_SECRET."},
    Check{"jwt-secret-key", error, "The secret holds a key of its own instead of `jwk_url`: other keys are refused, and rotation goes unnoticed.", "Replace `type` and `key` by `jwk_url`, as `signet hasura secret` prints it."},
    Check{"jwt-secret-issuer", error, "`issuer` is not `AUTH_ISSUER`, byte for byte: tokens are refused (JWTNotInIssuer).", "Set `issuer` to what `signet hasura secret` prints."},
    Check{"jwt-secret-issuer-missing", warning, "`issuer` is missing: tokens that the same keys signed for another issuer are accepted.", "Add `issuer` as `signet hasura secret` prints it."},
    Check{"jwt-secret-audience", error, "`audience` does not hold `AUTH_AUDIENCE`: tokens are refused (JWTNotInAudience).", "Set `audience` to AUTH_AUDIENCE."},
    Check{"jwt-secret-audience-missing", warning, "Only one of `audience` and `AUTH_AUDIENCE` is set: the audience is not checked as meant.", "Give both the same value, or none."},
    Check{"jwt-secret-namespace", error, "The claims are looked for under another name than `AUTH_CLAIMS_NAMESPACE` (\"claims key not found\").", "Take what `signet hasura secret` prints: claims_namespace, or nothing if it is the usual one."},
    Check{"jwt-secret-claims", error, "`claims_format` or `claims_map` expects claims in another form than Signet's.", "Leave out claims_format and claims_map."},
    Check{"jwt-secret-header", error, "Hasura looks for the token where clients do not send Signet's.", "Leave `header` out, or with AUTH_COOKIES=on set it to {\"type\":\"Cookie\",\"name\":\"__Host-signet-access\"}."},
    Check{"jwt-secret-cookie", note, "`AUTH_COOKIES` is on, but Hasura does not take the cookie.", "If browsers should need no token, add \"header\":{\"type\":\"Cookie\",\"name\":\"__Host-signet-access\"} to the secret."},
    Check{"hook-and-jwt", error, "A webhook and a JWT secret are both set: Hasura does not start.", "Unset HASURA_GRAPHQL_AUTH_HOOK, or HASURA_GRAPHQL_JWT_SECRET."},
    Check{"hook-mode", error, "`HASURA_GRAPHQL_AUTH_HOOK_MODE` is neither GET nor POST.", "Write GET or POST."},
    Check{"hook-unreachable", warning, "The webhook could not be reached from here.", "Let HASURA_GRAPHQL_AUTH_HOOK be an address that Hasura's container can reach, such as http://signet:4000/webhook."},
    Check{"hook-broken", error, "What is at the webhook's URL does not answer as Signet's webhook: every request fails (\"Invalid response from authorization hook\").", "Let HASURA_GRAPHQL_AUTH_HOOK end in /webhook below the address of Signet, and look at /readyz."},
    Check{"admin-secret-missing", error, "`HASURA_GRAPHQL_ADMIN_SECRET` is not set: Hasura does not start with authentication, and without it everybody is admin.", "Set HASURA_GRAPHQL_ADMIN_SECRET to a long random text, such as `openssl rand -hex 32` prints."},
    Check{"unauthorized-role-with-hook", error, "`HASURA_GRAPHQL_UNAUTHORIZED_ROLE` is set with a webhook: Hasura does not start.", "Unset it, and set AUTH_ANONYMOUS_ROLE, which the webhook answers."},
    Check{"unauthorized-role-differs", warning, "`HASURA_GRAPHQL_UNAUTHORIZED_ROLE` is not `AUTH_ANONYMOUS_ROLE`: the two modes treat clients without a token differently.", "Let both be the same role."},
    Check{"unauthorized-role-admin", error, "Everybody without a token gets the role `admin`.", "Set HASURA_GRAPHQL_UNAUTHORIZED_ROLE to a role that may do little, such as anonymous."},
    Check{"unauthorized-role-unknown", warning, "The role of clients without a token has no permission in the metadata.", "Give it the permissions that it needs, or unset it."},
    Check{"metadata-unreadable", error, "The metadata cannot be read.", "Name the folder `metadata` of a Hasura project, or a file with an exported metadata."},
    Check{"role-without-row", warning, "The metadata has permissions for a role that no user can have, because `role` has no row for it.", "`signet role create ROLE`, or remove the permissions."},
    Check{"role-without-permission", warning, "A row of `role` has no permission in the metadata: whoever uses it sees an empty schema.", "Give the role permissions in Hasura (an inherited role counts too), or `signet role delete ROLE`."},
    Check{"role-admin", warning, "`role` has a row `admin`, to which Hasura gives everything.", "`signet role delete admin`; operators use the admin secret."},
    Check{"inherited-role", warning, "An inherited role is made of roles that have no permission in the metadata.", "Correct role_set in inherited_roles.yaml."},
    Check{"password-readable", error, "A role may read the column `password`, or what a query or a computed field takes from it.", "List the columns of the select permission without password; never write '*' for this table."},
    Check{"password-writable", error, "A role may write the column `password`.", "List the columns of the permission without password; passwords change at POST /password."},
    Check{"secret-table-tracked", error, "A table of the schema `signet` is tracked, which holds sessions, keys and the audit.", "Untrack it."},
    Check{"roles-writable", error, "A role may decide who has which role, or who is active.", "Remove insert, update and delete from its permissions on user_role and role, and active and default_role from those on user."},
    Check{"user-rows-open", warning, "A role may read the rows of all users.", "Set the filter of its select permission to { id: { _eq: X-Hasura-User-Id } } (user_id for user_role)."},
    Check{"user-rows-writable", error, "A role may change or delete the rows of all users.", "Set the filter of its permission to { id: { _eq: X-Hasura-User-Id } }, or remove the permission."},
    Check{"user-table-tracked", note, "The table `user` itself is tracked. Where Hasura's role may not read `password`, its queries fail (\"permission denied for table user\").", "Track the view user_without_password instead, with the custom name user (docs/hasura/tables.md)."},
    Check{"action-secret-missing", error, "The metadata calls Signet's actions or its remote schema, which are off without `AUTH_ACTION_SECRET`.", "Set AUTH_ACTION_SECRET to a long random text, and give Hasura the same."},
    Check{"action-secret-header", error, "Hasura does not send the header X-Action-Secret to Signet, which then refuses the call.", "Add to its headers: { name: X-Action-Secret, value_from_env: SIGNET_ACTION_SECRET }."},
    Check{"action-secret-literal", warning, "The action secret stands in the metadata, and so in its exports and its repository.", "Use value_from_env instead of value, and make a new secret."},
    Check{"action-secret-differs", error, "Hasura sends another action secret than `AUTH_ACTION_SECRET`.", "Give both the same secret."},
    Check{"action-header-precedence", note, "Headers of clients are forwarded to Signet's actions, and one of theirs replaces the configured one of the same name.", "Set forward_client_headers: false, or HASURA_GRAPHQL_CONFIGURED_HEADER_PRECEDENCE=true."},
    Check{"action-unknown", error, "The handler of an action leads to Signet, to a path that is none of its actions.", "Correct the path: docs/hasura/actions.md lists them."},
    Check{"cookies-with-any-origin", warning, "`AUTH_COOKIES` is on and Hasura forwards its clients' headers to Signet, X-Forwarded-Origin too, which a page of any origin may write itself: it could act with a user's cookies.", "List the origins of your pages in HASURA_GRAPHQL_CORS_DOMAIN, or set forward_client_headers: false."},
    Check{"action-without-permission", warning, "Nobody without a token may call an action with which one signs up or in.", "Add a permission for the unauthorized role to the action, and set HASURA_GRAPHQL_UNAUTHORIZED_ROLE or AUTH_ANONYMOUS_ROLE."},
    Check{"hasura-unreachable", error, "The Hasura of --hasura does not answer.", "Start it, or correct the URL: that of the server, without /v1/graphql."},
    Check{"hasura-open", error, "The running Hasura gives its metadata to anybody: no admin secret is set, so everybody is admin.", "Set HASURA_GRAPHQL_ADMIN_SECRET, restart it, and look who could have used it."},
    Check{"hasura-secret-unknown", note, "HASURA_GRAPHQL_ADMIN_SECRET is not in this environment, so the metadata of the running Hasura was not read.", "Set it for this command, or pass --metadata."},
    Check{"hasura-secret-refused", error, "The running Hasura refuses the admin secret of this environment.", "Set HASURA_GRAPHQL_ADMIN_SECRET to that of the server."},
    Check{"hasura-inconsistent", warning, "The running Hasura says that its metadata is inconsistent: what it names is missing or unreachable.", "`hasura metadata inconsistency list` names the objects; track what is there, then reload."},
};
// clang-format on

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case error:
            return "error";
        case warning:
            return "warning";
        case note:
            return "note";
    }
    return "";
}

std::span<const Check> checks() {
    return kChecks;
}

void Findings::add(std::string_view code, std::string subject, std::string problem,
                   std::string cure) {
    const auto* const check = std::ranges::find(kChecks, code, &Check::code);
    if (check == kChecks.end()) {
        throw std::logic_error("no check has the code " + std::string(code));
    }
    found_.push_back({check->code, check->severity, std::move(subject), std::move(problem),
                      cure.empty() ? std::string(check->cure) : std::move(cure)});
}

std::vector<Finding> Findings::sorted() const {
    std::vector<Finding> out;
    for (const Severity severity : {error, warning, note}) {
        std::ranges::copy_if(found_, std::back_inserter(out), [severity](const Finding& finding) {
            return finding.severity == severity;
        });
    }
    return out;
}

std::string quoted(std::string_view text) {
    return '"' + to_printable(text, kShownBytesMax) + '"';
}

std::string checks_markdown() {
    std::string out = "| code | severity | what it means | cure |\n|---|---|---|---|\n";
    for (const Check& check : kChecks) {
        out += "| `" + std::string(check.code) + "` | " + std::string(to_string(check.severity)) +
               " | " + std::string(check.meaning) + " | " + std::string(check.cure) + " |\n";
    }
    return out;
}

}  // namespace signet::doctor
