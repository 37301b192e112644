#pragma once

#include "store/pg.hpp"

#include <signet/ports/session_store.hpp>

#include <optional>
#include <vector>

namespace signet::store {

// The session of a result of sql/queries/find_session.sql; nothing without a row.
Result<std::optional<StoredSession>> read_session(const Rows& rows);

// The same with sql/queries/find_session_with_claims.sql, which has the claims in a last column.
Result<std::optional<StoredSession>> read_session_with_claims(Rows rows);

// The sessions of a result of sql/queries/list_sessions.sql.
Result<std::vector<SessionInfo>> read_session_list(const Rows& rows);

// Opens a session of `user`, who is locked or new.
Result<void> insert_session(Transaction& transaction, const UserId& user,
                            const NewSession& session);

}  // namespace signet::store
