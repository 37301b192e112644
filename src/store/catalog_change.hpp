#pragma once

#include "store/pg.hpp"

#include <optional>
#include <string>
#include <vector>

namespace signet::store {

// What became of one object of the database.
struct CatalogChange {
    std::string action;  // add, alter or drop
    std::string
        kind;  // schema, table, column, constraint, index, trigger, function, rights or rows
    std::string object;  // with its schema and table: public."user".active
    std::optional<std::string>
        before;  // definitions in the words of PostgreSQL, where there is one
    std::optional<std::string> after;
};

// Compares the rows of sql/templates/catalog.sql of two moments. The parts of a table or schema
// that is added or dropped are not listed one by one.
std::vector<CatalogChange> compare_catalogs(const Rows& before, const Rows& after);

}  // namespace signet::store
