#include "store/boundary.hpp"

#include "store/sql_fill.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace signet::store {
namespace {

enum Column : std::uint8_t { kSeverity, kWhat, kCure, kColumns };

Result<std::vector<ForeignObject>> read_objects(const Result<Rows>& rows) {
    if (!rows) {
        return rows.error();
    }
    std::vector<ForeignObject> out;
    for (const Row& row : rows->rows) {
        if (row.size() != kColumns) {
            return Error{Errc::store_failed, "the objects of others cannot be read"};
        }
        out.push_back(
            {row[kSeverity] == "refuse", row[kWhat].value_or(""), row[kCure].value_or("")});
    }
    return out;
}

}  // namespace

Result<std::vector<ForeignObject>> find_foreign_objects(Connection& connection) {
    return read_objects(connection.run(kForeignObjects));
}

Result<std::vector<ForeignObject>> find_foreign_objects(Transaction& transaction) {
    return read_objects(transaction.run(kForeignObjects));
}

Result<std::vector<ForeignObject>> find_lossy_failover(Connection& connection, std::size_t hosts) {
    return read_objects(connection.run(kLossyFailover, {static_cast<std::int64_t>(hosts)}));
}

Result<std::vector<ForeignObject>> find_obstacles(Connection& connection) {
    return read_objects(connection.run(kObstacles));
}

Result<void> refuse_foreign_code(Transaction& transaction) {
    const auto found = read_objects(transaction.run(kForeignCode));
    if (!found) {
        return found.error();
    }
    const auto first = std::ranges::find_if(*found, &ForeignObject::refuses);
    return first == found->end() ? Result<void>()
                                 : Result<void>(Error{Errc::store_unsafe, first->what});
}

std::string explain_refusals(const std::vector<ForeignObject>& objects) {
    std::string out;
    for (const ForeignObject& object : objects) {
        if (object.refuses) {
            out += out.empty() ? "" : "; ";
            out += object.what + " (cure: " + object.cure + ')';
        }
    }
    if (!out.empty()) {
        out +=
            ". Read what an object does before you make it trusted, because it runs with the "
            "rights of Signet; drop it if it is not yours. See docs/operations.md.";
    }
    return out;
}

}  // namespace signet::store
