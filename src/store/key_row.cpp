#include "store/key_row.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace signet::store {
namespace {

enum Column : std::uint8_t {
    kEpoch,
    kWord,
    kNow,
    kKid,
    kAlg,
    kState,
    kForeign,
    kPublicPart,
    kPrivatePart,
    kCreatedAt,
    kPublishedAt,
    kActiveAfter,
    kActivatedAt,
    kRetiredAt,
    kRemoveAfter,
    kTokensTtl,
    kColumns,
};

struct StateName {
    KeyState state;
    std::string_view name;
};
constexpr std::array kStateNames{
    StateName{KeyState::active, "active"},
    StateName{KeyState::next, "next"},
    StateName{KeyState::retired, "retired"},
    StateName{KeyState::revoked, "revoked"},
};

std::optional<KeyState> to_state(std::string_view name) {
    const auto* const found = std::ranges::find_if(
        kStateNames, [name](const StateName& each) { return each.name == name; });
    return found == kStateNames.end() ? std::nullopt : std::optional(found->state);
}

std::string_view name_of(KeyState state) {
    const auto* const found = std::ranges::find_if(
        kStateNames, [state](const StateName& each) { return each.state == state; });
    return found == kStateNames.end() ? "" : found->name;
}

// nullopt where the row is not what sql/migrations promises.
std::optional<StoredKey> read_key(const Row& row) {
    const auto state = to_state(row[kState].value_or(""));
    const auto created_at_s = to_number(row[kCreatedAt]);
    const auto published_at_s = to_number(row[kPublishedAt]);
    const auto active_after_s = to_number(row[kActiveAfter]);
    const auto tokens_ttl_s = to_number(row[kTokensTtl]);
    if (!state || !created_at_s || !published_at_s || !active_after_s || !tokens_ttl_s) {
        return std::nullopt;
    }
    return StoredKey{.life = {.kid = *row[kKid],
                              .alg = row[kAlg].value_or(""),
                              .state = *state,
                              .foreign = row[kForeign] == "true",
                              .created_at_s = *created_at_s,
                              .published_at_s = *published_at_s,
                              .active_after_s = *active_after_s,
                              .activated_at_s = to_number(row[kActivatedAt]),
                              .retired_at_s = to_number(row[kRetiredAt]),
                              .remove_after_s = to_number(row[kRemoveAfter]),
                              .tokens_ttl_s = *tokens_ttl_s},
                     .public_part = row[kPublicPart].value_or(""),
                     .private_part = row[kPrivatePart].value_or("")};
}

}  // namespace

std::optional<KeyMark> read_key_mark(const Rows& rows) {
    if (rows.rows.empty() || rows.rows[0].size() <= kWord) {
        return std::nullopt;
    }
    const auto epoch = to_number<std::uint64_t>(rows.rows[0][kEpoch]);
    const auto word = to_number(rows.rows[0][kWord]);
    return epoch && word ? std::optional(KeyMark{*epoch, *word}) : std::nullopt;
}

Result<KeyView> read_key_view(const Rows& rows) {
    KeyView out;
    if (rows.rows.empty()) {
        return Error{Errc::store_failed, "the epoch of the signing keys is missing"};
    }
    for (const Row& row : rows.rows) {
        if (row.size() != kColumns) {
            return Error{Errc::store_failed, "the row of a signing key has other columns"};
        }
        out.epoch = to_number<std::uint64_t>(row[kEpoch]).value_or(0);
        out.now_s = to_number(row[kNow]).value_or(0);
        if (!row[kKid]) {
            continue;
        }
        auto key = read_key(row);
        if (!key) {
            return Error{Errc::store_failed, "the row of a signing key cannot be read"};
        }
        out.keys.push_back(std::move(*key));
    }
    return out;
}

Result<void> write_key(Transaction& transaction, const sql::Query& query, const StoredKey& key) {
    const KeyLife& life = key.life;
    const auto kid = Text::from(life.kid);
    const auto alg = Text::from(life.alg);
    const auto public_part = Text::from(key.public_part);
    std::optional<Text> private_part;
    if (!key.private_part.empty()) {
        private_part = Text::from(key.private_part);
    }
    if (!kid || !alg || !public_part || (!key.private_part.empty() && !private_part)) {
        return Error{Errc::store_failed, "a signing key has a part that is not text"};
    }
    const auto written = transaction.run(
        query, {*kid, *alg, Text::from(name_of(life.state)), life.foreign, *public_part,
                private_part, life.created_at_s, life.published_at_s, life.active_after_s,
                life.activated_at_s, life.retired_at_s, life.remove_after_s, life.tokens_ttl_s});
    if (!written) {
        return written.error();
    }
    return written->affected == 1
               ? Result<void>()
               : Result<void>(Error{Errc::store_failed, "a signing key vanished under a change"});
}

}  // namespace signet::store
