#pragma once

#include "store/pg.hpp"

#include <signet/result.hpp>

#include <string>
#include <vector>

namespace signet::store {

// Something that belongs to a role that is not trusted, or another reason for distrust.
struct ForeignObject {
    bool refuses = false;  // else it is a warning
    std::string what;
    std::string cure;  // an SQL statement
};

// Looks at everything whose code or definition takes part when Signet reads or writes.
Result<std::vector<ForeignObject>> find_foreign_objects(Connection& connection);
Result<std::vector<ForeignObject>> find_foreign_objects(Transaction& transaction);

// Before a write to the three tables, in its transaction: store_unsafe when code of somebody else
// would run with it. Takes PostgreSQL half a millisecond.
Result<void> refuse_foreign_code(Transaction& transaction);

// What refuses, in words for the operator, with the statements that cure it; empty where nothing
// does.
std::string explain_refusals(const std::vector<ForeignObject>& objects);

}  // namespace signet::store
