#pragma once

#include "store/pg.hpp"

#include <signet/result.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace signet::store {

// A database object that belongs to a role that is not trusted, or another security problem.
struct ForeignObject {
    bool refuses = false;  // whether Signet refuses to work with it; otherwise it is a warning
    std::string what;
    std::string cure;  // the SQL statement that solves the problem
};

// Checks all objects whose code or definition takes part when Signet reads or writes.
Result<std::vector<ForeignObject>> find_foreign_objects(Connection& connection);
Result<std::vector<ForeignObject>> find_foreign_objects(Transaction& transaction);

// Returns store_unsafe if a write to the three tables would run code of a role that is not trusted.
// It has to be called before the write, in its transaction. Takes PostgreSQL half a millisecond.
Result<void> refuse_foreign_code(Transaction& transaction);

// Returns a warning if a commit that was acknowledged can be lost when a standby takes over, which
// is possible where a standby is attached or the URL names several `hosts`.
Result<std::vector<ForeignObject>> find_lossy_failover(Connection& connection, std::size_t hosts);

// Returns what has the name of the view living_session before a migration makes it.
Result<std::vector<ForeignObject>> find_obstacles(Connection& connection);

// Describes for the operator the objects that Signet refuses, with the statements that solve the
// problem. Returns an empty text if there are none.
std::string explain_refusals(const std::vector<ForeignObject>& objects);

}  // namespace signet::store
