#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

inline constexpr std::size_t kSchemaNameBytesMax = 63;  // PostgreSQL's NAMEDATALEN - 1

class IoDeadline;
class NewestServer;

// How much later than the server should have ended a statement its answer may come.
inline constexpr std::chrono::milliseconds kAnswerMargin{1500};

// How long the store waits for PostgreSQL. Settings that the operator put into the connection
// string take precedence.
struct Timeouts {
    int connect_s = 2;  // per host; libpq uses at least 2
    int statement_ms = 2000;
    int lock_ms = 1000;
    int idle_in_transaction_ms = 5000;
    // After so long without an acknowledgement of a packet the connection breaks.
    int tcp_user_ms = 10000;
};

// The configuration of one connection.
struct ConnectionOptions {
    std::string dsn;  // a libpq URL or keyword string
    // The file that `dsn` comes from, which is read again when it lets nobody in; empty: none.
    std::string dsn_file = {};
    std::string schema = "public";
    Timeouts timeouts = {};
    // A role that is trusted in addition to that of `dsn` and superusers. For the service it is the
    // owner of the tables, and for the owner it is the service. Empty: none.
    std::string other_role = {};
    // The connection string of the service, if `dsn` is that of another role that owns the tables.
    std::string service_dsn = {};
    std::string service_dsn_file = {};
    // AUTH_CLAIMS_FUNCTION as the operator wrote it; empty: none.
    std::string claims_function = {};
    int claims_ms = 2000;  // how long a statement that calls it may take
    // Who makes changes over this connection, for the audit. Empty: the service itself.
    std::string actor = {};
    // AUTH_ADOPT: whether migrate() takes tables that neither Signet nor the original service made.
    bool adopt = false;
    bool prepare_queries = true;  // off for migrations, which run before the tables are there
    // Ends a statement that got no answer within statement_ms plus kAnswerMargin. Commands of an
    // operator have none, because the operator can stop them. Migrations are not limited by it.
    std::shared_ptr<IoDeadline> deadline = {};
    // Is true while a pooler stands in between that must not be used, as one connection of the
    // process has found out (Connection::pools_transactions()). Then none of them is used.
    std::shared_ptr<std::atomic<bool>> pooled_away = {};
    // Where `dsn` names several hosts, the newest server that the connections of the process have
    // met. Older ones are not used. Null: all are.
    std::shared_ptr<NewestServer> newest_server = {};
};

// Returns why `dsn` cannot be used as DATABASE_URL, as a text for the operator, or nothing if it
// can. The text never repeats a part of it, because any part can contain a piece of a badly quoted
// password. Opens no connection.
std::optional<std::string> check_dsn(std::string_view dsn);

// Returns why `schema` cannot be used as AUTH_DATABASE_SCHEMA, or nothing if it can.
std::optional<std::string> check_schema(std::string_view schema);

// Returns the connection string with our keepalives, application_name and
// target_session_attrs=read-write where the operator set none. It sets no startup option, because
// poolers reject those. Returns nothing if check_dsn() or check_schema() has an objection. The text
// contains the password, so it must not be logged. libpq tries the hosts in their order; the order
// begins with the one of index `first_host`, and those before it come last.
std::optional<std::string> make_conninfo(const ConnectionOptions& options,
                                         std::size_t first_host = 0);

// Returns how many hosts `dsn` names; 1 if it names none.
std::size_t count_hosts(std::string_view dsn);

// Reads dsn_file again. Call it after a connection could not be made, because the
// password may have been changed.
// Returns whether `dsn` is another one now. A file that cannot be used leaves `dsn` as it is, and
// `fault` says why.
bool read_dsn_again(ConnectionOptions& options, std::string& fault);

// Returns what a new connection has to execute first: it sets the search_path, whatever the role,
// the database and the URL set, and our time-outs unless the options of the URL set them. These are
// utility statements only, which look up no name.
std::string session_settings(const ConnectionOptions& options);

// Tells whether a password stands in `dsn`, also if it cannot be read.
bool has_password(std::string_view dsn);

// Returns the role that `dsn` names, or an empty text if it names none.
std::string role_of(std::string_view dsn);

}  // namespace signet::store
