#include "store/catalog_change.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>

namespace signet::store {
namespace {

// The columns of the rows.
enum CatalogColumn : std::uint8_t { kKind, kName, kHome, kDefinition };

using Catalog = std::map<std::array<std::string, 3>, std::optional<std::string>>;

std::array<std::string, 3> catalog_key(const Row& row) {
    return {row.at(kKind).value_or(""), row.at(kHome).value_or(""), row.at(kName).value_or("")};
}

Catalog to_catalog(const Rows& rows) {
    Catalog out;
    for (const Row& row : rows.rows) {
        out.emplace(catalog_key(row), row.at(kDefinition));
    }
    return out;
}

CatalogChange to_change(std::string_view action, const Row& row) {
    const std::string home = row.at(kHome).value_or("");
    const std::string name = row.at(kName).value_or("");
    return {.action = std::string(action),
            .kind = row.at(kKind).value_or(""),
            .object = home + (home.empty() || name.empty() ? "" : ".") + name,
            .before = std::nullopt,
            .after = std::nullopt};
}

}  // namespace

std::vector<CatalogChange> compare_catalogs(const Rows& rows_before, const Rows& rows_after) {
    const Catalog before = to_catalog(rows_before);
    const Catalog after = to_catalog(rows_after);
    // The parts of what is made or dropped as a whole say nothing more.
    const auto is_part_of_another = [](const Row& row, const Catalog& other) {
        const std::string home = row.at(kHome).value_or("");
        return !home.empty() && !other.contains({"table", "", home}) &&
               !other.contains({"schema", "", home});
    };
    std::vector<CatalogChange> out;
    for (const Row& row : rows_after.rows) {
        const auto was = before.find(catalog_key(row));
        if (was == before.end() && !is_part_of_another(row, before)) {
            out.push_back(to_change("add", row));
            out.back().after = row.at(kDefinition);
        } else if (was != before.end() && was->second != row.at(kDefinition)) {
            out.push_back(to_change("alter", row));
            out.back().before = was->second;
            out.back().after = row.at(kDefinition);
        }
    }
    for (const Row& row : rows_before.rows) {
        if (!after.contains(catalog_key(row)) && !is_part_of_another(row, after)) {
            out.push_back(to_change("drop", row));
            out.back().before = row.at(kDefinition);
        }
    }
    // PostgreSQL gives the objects of a kind in any order.
    for (auto from = out.begin(); from != out.end();) {
        const auto to = std::find_if(from, out.end(), [&](const CatalogChange& change) {
            return change.action != from->action || change.kind != from->kind;
        });
        std::ranges::sort(from, to, {}, &CatalogChange::object);
        from = to;
    }
    return out;
}

}  // namespace signet::store
