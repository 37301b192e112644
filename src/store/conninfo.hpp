#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace signet::store {

inline constexpr std::size_t kSchemaNameBytesMax = 63;  // PostgreSQL's NAMEDATALEN - 1

class IoDeadline;

// By how much an answer may come later than the server should have ended the statement.
inline constexpr std::chrono::milliseconds kAnswerMargin{1500};

// How long the store waits for PostgreSQL at most. What the operator wrote into the connection
// string itself wins over these.
struct Timeouts {
    int connect_s = 2;  // per host; libpq takes no less than 2
    int statement_ms = 2000;
    int lock_ms = 1000;
    int idle_in_transaction_ms = 5000;
    int tcp_user_ms = 10000;  // an unacknowledged packet breaks the connection after this
};

// One connection's part of the configuration.
struct ConnectionOptions {
    std::string dsn;  // a libpq URL or keyword string
    // The file that `dsn` comes from, which is read again when it lets nobody in; empty: none.
    std::string dsn_file = {};
    std::string schema = "public";
    Timeouts timeouts = {};
    // A role that is trusted beside that of `dsn` and superusers: who owns the tables, for the
    // service; the service, for who owns the tables. Empty: none.
    std::string other_role = {};
    // Where `dsn` is of the role that owns the tables beside the service: the service's own.
    std::string service_dsn = {};
    std::string service_dsn_file = {};
    // AUTH_CLAIMS_FUNCTION as it was written; empty: none.
    std::string claims_function = {};
    int claims_ms = 2000;  // how long a statement that calls it may take
    // Who makes changes over this connection, for the audit; empty: the service by itself.
    std::string actor = {};
    bool prepare_queries = true;  // off for migrations, which run before the tables are there
    // Ends a statement that got no answer for statement_ms and kAnswerMargin. None: a command of
    // the operator, who can end it himself. Migrations are not limited by it.
    std::shared_ptr<IoDeadline> deadline = {};
};

// Why `dsn` cannot be used as DATABASE_URL, in words for the operator; nullopt when it can. Never
// repeats a part of it, because any part can hold a piece of a badly quoted password. Opens no
// connection.
std::optional<std::string> check_dsn(std::string_view dsn);

// Why `schema` cannot be used as AUTH_DATABASE_SCHEMA; nullopt when it can.
std::optional<std::string> check_schema(std::string_view schema);

// The connection string with our keepalives, application_name and target_session_attrs=read-write
// where the operator set none. Nothing of ours is a startup option, which poolers refuse. Empty
// when check_dsn() or check_schema() has an objection. Holds the password: not for a log.
std::optional<std::string> make_conninfo(const ConnectionOptions& options);

// Reads dsn_file again, after a connection could not be made: its password may have been changed.
// Returns whether `dsn` is another one now. A file that cannot be used leaves `dsn` as it is, and
// `fault` says why.
bool read_dsn_again(ConnectionOptions& options, std::string& fault);

// What a new connection has to say before anything else: the search_path, whatever role, database
// and URL set, and our time-outs where the options of the URL set none. Utility statements only,
// which look for no name.
std::string session_settings(const ConnectionOptions& options);

// The role that `dsn` names; empty where it names none.
std::string role_of(std::string_view dsn);

}  // namespace signet::store
