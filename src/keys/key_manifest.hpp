#pragma once

#include <signet/domain/signing_key.hpp>
#include <signet/ports/key_home.hpp>
#include <signet/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signet::keys {

inline constexpr std::string_view kManifestName = "keys.json";
inline constexpr std::string_view kJournalName = ".changing";
inline constexpr std::string_view kAuditName = "audit.jsonl";
inline constexpr std::size_t kManifestBytesMax = std::size_t{512} * 1024;
// Revoked keys stay as a record for a while, so there may be more of them than files.
inline constexpr std::size_t kManifestRowsMax = 256;

// What keys.json says of one key.
struct ManifestRow {
    KeyLife life;
    std::string file;         // empty for a revoked key, which has none
    std::string public_part;  // of a revoked key only
};

struct Manifest {
    std::uint64_t epoch = 0;
    std::vector<ManifestRow> rows;
};

std::string write_manifest(const Manifest& manifest);
// The error is key_unusable, with half a sentence in log_detail. Names of files are plain ones.
Result<Manifest> read_manifest(std::string_view json);

// What a change is about to do, so that whoever comes after a crash can end it: if keys.json has
// reached `epoch` the change has happened, and if not it has not.
struct Journal {
    std::uint64_t epoch = 0;
    std::vector<std::string> written;   // new files: deleted if the change has not happened
    std::vector<std::string> obsolete;  // old files: deleted if it has
    std::int64_t audit_bytes = 0;       // how long audit.jsonl was before
    std::string audit;                  // the lines that it gets
};

std::string write_journal(const Journal& journal);
Result<Journal> read_journal(std::string_view json);

// One line of audit.jsonl.
std::string write_audit_line(const KeyAudit& row, std::uint64_t epoch, std::int64_t now_s);

}  // namespace signet::keys
