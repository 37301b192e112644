#pragma once

#include "store/conninfo.hpp"
#include "store/io_deadline.hpp"
#include "store/pg.hpp"
#include "store/pg_server.hpp"
#include "store/sql_fill.hpp"
#include "store/sql_text.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "store/pg_pqxx.hpp"

namespace signet::store {

// The session of a Connection, which is discarded when it breaks.
class Session {
public:
    Session(const std::string& conninfo, const ConnectionOptions& options)
        : prepared_(options.prepare_queries),
          deadline_(options.prepare_queries ? options.deadline.get() : nullptr),
          limit_(options.timeouts.statement_ms),
          claims_limit_(options.claims_function.empty() ? 0 : options.claims_ms),
          names_(options),
          tag_(options.newest_server ? options.newest_server->tag(0) : ServerTag()),
          connection_(conninfo),
          quiet_(connection_) {
        const auto limit = limit_ + kAnswerMargin;
        const auto begun = std::chrono::steady_clock::now();
        const IoDeadline::Guard watched(options.deadline.get(), connection_.sock(), limit);
        try {
            pid_ = ask_pid(session_settings(options));
            tag_.timeline = check_server(connection_, options);
        } catch (const std::exception& e) {
            if (std::chrono::steady_clock::now() - begun < limit &&
                std::string_view(e.what()).find(kPoolTimeout) == std::string_view::npos) {
                throw;
            }
            throw std::runtime_error(
                "PostgreSQL, or a pooler in front of it, took the connection and did not answer "
                "its first statement: if it is a pooler such as PgBouncer, give it more places "
                "(default_pool_size, max_db_connections), for each replica AUTH_LANE_DATA_THREADS "
                "+ AUTH_LANE_CRYPTO_THREADS + 6 (" +
                std::string(e.what()) + ')');
        }
    }

    // Returns whether a pooler stands in between: it gives its clients other keys for cancelling
    // than PostgreSQL would.
    bool pooled() const { return pid_ != connection_.backendpid(); }

    const ServerTag& tag() const { return tag_; }

    // Returns the process of PostgreSQL that answers now. `first` is executed before.
    int ask_pid(const std::string& first = {}) {
        return pqxx::nontransaction(connection_)
            .exec(first + std::string(sql::backend_pid))[0][0]
            .as<int>();
    }

    // Limits how long libpq waits for an answer, until the guard is destroyed.
    IoDeadline::Guard watch(std::optional<std::chrono::milliseconds> limit = std::nullopt) {
        return {deadline_, connection_.sock(), limit.value_or(limit_) + kAnswerMargin, &too_slow_};
    }

    // Does the same for a transaction, in which one statement may call the claims function.
    IoDeadline::Guard watch_transaction() { return watch(limit_ + claims_limit_); }

    // Returns whether an answer did not come in time, so that the connection was ended.
    bool too_slow() const { return too_slow_; }

    // Has PostgreSQL parse all queries now, in one message, because a broken one would be found too
    // late. Each is prepared at its first use: to prepare all of them takes a round trip each,
    // which a distant server makes seconds of.
    void check_all() {
        std::string text;
        for (const sql::Query& query : sql::queries) {
            if (!calls_claims_function(query.text) && !is_utility(query.text)) {
                text += fill(sql::parse_query,
                             {{":statement", query.name}, {":query", complete(query)}});
            }
        }
        pqxx::nontransaction(connection_).exec(text);
    }

    // Prepares a query at its first use. If its function is missing, this breaks the current
    // transaction, if any, as a failing function would.
    void prepare_once(const sql::Query& query) {
        if (prepared_ && !known_.contains(query.name)) {
            prepare(query);
            known_.insert(query.name);
        }
    }

    Rows exec_within(pqxx::transaction_base& transaction, const sql::Query& query, Params params,
                     std::chrono::milliseconds limit) {
        std::string values;
        for (const Param& param : params) {
            values += values.empty() ? "" : ",";
            values += param.value() ? transaction.quote(*param.value()) : "NULL";
        }
        return copy(transaction.exec(
            fill(sql::execute_within, {{":limit_ms", std::to_string(limit.count())},
                                       {":claims_signature", names_.claims_signature()},
                                       {":other_role", names_.other_role()},
                                       {":statement", query.name},
                                       {":parameters", values}})));
    }

    Rows exec(pqxx::transaction_base& transaction, const sql::Query& query, Params params) const {
        std::vector<const char*> values;
        values.reserve(params.size());
        for (const Param& param : params) {
            values.push_back(param.value() ? param.value()->c_str() : nullptr);
        }
        const auto dynamic = pqxx::prepare::make_dynamic_params(values);
        if (prepared_) {
            return copy(transaction.exec_prepared(std::string(query.name), dynamic));
        }
        return copy(transaction.exec_params(complete(query), dynamic));
    }

    // Runs a text of sql/ that has no parameters.
    Rows exec_text(pqxx::transaction_base& transaction, std::string_view text) const {
        return copy(transaction.exec(names_.put_into(text)));
    }

    pqxx::connection& connection() { return connection_; }

private:
    // What PgBouncer says to a client for whom it had no place in time.
    static constexpr std::string_view kPoolTimeout = "query_wait_timeout";

    // Tells whether the query is SET or LOCK, which PostgreSQL neither plans nor takes in PREPARE.
    static bool is_utility(std::string_view text) {
        while (text.starts_with("--")) {
            text.remove_prefix(text.find('\n') + 1);
        }
        return text.starts_with("set ") || text.starts_with("lock ");
    }

    std::string complete(const sql::Query& query) const {
        return names_.put_into(query.text, query.name == kForeignObjects.name);
    }

    void prepare(const sql::Query& query) {
        const std::string name(query.name);
        connection_.prepare(name, complete(query));
#if PQXX_VERSION_MAJOR < 7
        connection_.prepare_now(name);
#endif
    }

    static Rows copy(const pqxx::result& result) {
        Rows out;
        out.affected = static_cast<std::size_t>(result.affected_rows());
        out.rows.reserve(static_cast<std::size_t>(result.size()));
        for (const auto& from : result) {
            Row& row = out.rows.emplace_back();
            row.reserve(static_cast<std::size_t>(from.size()));
            for (const auto& field : from) {
                if (field.is_null()) {
                    row.emplace_back(std::nullopt);
                } else {
                    row.emplace_back(std::in_place, field.c_str());
                }
            }
        }
        return out;
    }

    bool prepared_;
    IoDeadline* deadline_;
    std::chrono::milliseconds limit_;
    std::chrono::milliseconds claims_limit_;  // 0 without a claims function
    SqlNames names_;
    ServerTag tag_;  // read before the connection is made
    int pid_ = 0;    // of the process of PostgreSQL that answered first
    bool too_slow_ = false;
    std::set<std::string_view> known_;  // the queries that were prepared
    pqxx::connection connection_;
    pqxx::quiet_errorhandler quiet_;  // notices would go to stderr
};

}  // namespace signet::store

#pragma GCC diagnostic pop
