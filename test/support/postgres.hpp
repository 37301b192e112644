#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::test {

using SqlRows = std::vector<std::vector<std::optional<std::string>>>;

// Runs SQL over a separate connection, as another client that changes the tables would. Throws
// std::runtime_error with the message of PostgreSQL.
SqlRows run_sql(const std::string& url, const std::string& sql);

// Returns the text as an SQL string literal.
std::string sql_literal(std::string_view text);

// Returns the path of a PostgreSQL program such as pg_dump, of the version that Cluster runs.
std::string postgres_program(const std::string& name);

// A private PostgreSQL server that lives as long as the test process. It is made at first use in a
// new temporary directory, on a Unix socket and a free port of 127.0.0.1. It ends with the process,
// even if that is killed. Use it from the main thread.
class Cluster {
public:
    static Cluster& shared();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster();

    // Creates an empty database, or a copy of `source`, and returns its URL.
    std::string new_database(const std::string& source = "template1");
    // The same database over the Unix socket (url as new_database() gave it) and over TCP.
    std::string tcp_url(const std::string& url) const;
    int port() const { return port_; }

    // Shut the server down (fast mode), and start it again on the same port. Both are idempotent.
    void stop();
    void start();

private:
    Cluster();
    std::string url(const std::string& database) const;
    bool spawn();

    std::string directory_;
    std::string password_;
    int port_ = 0;
    int next_database_ = 0;
    pid_t server_ = 0;
    pid_t cleaner_ = 0;
    int cleaner_pipe_ = -1;
};

}  // namespace signet::test
