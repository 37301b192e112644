#pragma once

#include "store/conninfo.hpp"
#include "store/newest_server.hpp"
#include "store/sql_text.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

// libpqxx 7 deprecates names that 6.4 needs.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include "store/pg_pqxx.hpp"

namespace signet::store {

// The server must not be used (NewestServer::object_to()).
class ReplacedServer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Returns the timeline of the server, or 0 if the URL names one server only or this one does not
// tell. Throws ReplacedServer.
inline std::uint32_t check_server(pqxx::connection& connection, const ConnectionOptions& options) {
    if (!options.newest_server || count_hosts(options.dsn) < 2) {
        return 0;
    }
    ServerIdentity server;
    try {
        const pqxx::result answer =
            pqxx::nontransaction(connection).exec(std::string(sql::server_identity));
        server = {answer[0][0].as<std::string>(), answer[0][1].as<std::uint32_t>()};
    } catch (const pqxx::sql_error&) {
        return 0;  // a standby, a service that keeps this to itself, or a role without the right
    }
    if (const auto objection = options.newest_server->object_to(server)) {
        throw ReplacedServer(*objection);
    }
    return server.timeline;
}

// A failure that took longer is not tried again with the hosts in another order: it was a time-out,
// after which libpq has tried the other hosts itself.
inline constexpr std::chrono::milliseconds kQuickFailure{500};

// Calls `open` with the connection string. If that fails at once, calls it again with another host
// in front, until each was first once: libpq takes the first host that accepts writes, although
// that may be a primary that was replaced, and it gives up at a host that ends connections right
// after it has taken them, as a proxy before a server that is away does.
template <class Open>
auto open_newest(const ConnectionOptions& options, Open open) {
    using std::chrono::steady_clock;
    const std::size_t hosts = count_hosts(options.dsn);
    for (std::size_t first = 0;; ++first) {
        const auto begun = steady_clock::now();
        try {
            return open(make_conninfo(options, first).value_or(""));
        } catch (const ReplacedServer&) {
            if (first + 1 >= hosts) {
                throw;
            }
        } catch (const std::exception&) {
            if (first + 1 >= hosts || steady_clock::now() - begun > kQuickFailure) {
                throw;
            }
        }
    }
}

}  // namespace signet::store

#pragma GCC diagnostic pop
