#include "cli/import.hpp"

#include "base/file_guard.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/user_file.hpp"
#include "store/store.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <ios>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

namespace signet::cli {
namespace {

// How many skipped rows are told where there is no report.
constexpr std::uint64_t kSkippedShownMax = 20;
constexpr int kSourceStatementMs = 60'000;
constexpr const char* kStandardInputPath = "/dev/stdin";

// A source of lines, with the file that they come from.
class FileSource final : public UserSource {
public:
    FileSource(const std::string& path, bool csv)
        : file_(path, std::ios::binary), rows_(csv ? read_csv(file_) : read_ndjson(file_)) {}
    bool is_open() const { return file_.is_open(); }
    Result<std::optional<SourceRow>> next() override {
        try {
            return rows_->next();
        } catch (const std::ios_base::failure&) {  // of a disk that fails
            return Error(Errc::invalid_input, "The file cannot be read.");
        }
    }

private:
    std::ifstream file_;
    std::unique_ptr<UserSource> rows_;
};

Result<std::unique_ptr<UserSource>> open_file(const std::string& name, bool csv) {
    std::error_code unknown;
    const std::string path = name == "-" ? kStandardInputPath : name;
    auto file = std::make_unique<FileSource>(path, csv);
    if (name.empty() || !file->is_open() || std::filesystem::is_directory(path, unknown)) {
        return Error(Errc::invalid_input, name.empty()
                                              ? "Name a file, or - for standard input."
                                              : "The file " + shown(name) + " cannot be read.");
    }
    return std::unique_ptr<UserSource>(std::move(file));
}

Result<std::unique_ptr<UserSource>> open_database(store::UserLayout layout,
                                                  const std::string& given,
                                                  const std::string& import_url) {
    // Whoever lists processes sees the words of a command.
    if (!given.empty() && store::has_password(given)) {
        return Error(Errc::invalid_input,
                     "Give a URL without a password, and the password in PGPASSWORD or "
                     "~/.pgpass; or the whole URL in IMPORT_DATABASE_URL or "
                     "IMPORT_DATABASE_URL_FILE.");
    }
    store::ConnectionOptions options{.dsn = given.empty() ? import_url : given};
    if (const auto fault = store::check_dsn(options.dsn)) {
        return Error(Errc::invalid_input,
                     "Name the URL of the database to read from, or set "
                     "IMPORT_DATABASE_URL: " +
                         *fault + '.');
    }
    options.timeouts.statement_ms = kSourceStatementMs;
    return store::make_user_source(layout, options);
}

// Writes what is skipped into a new file that only its owner can read, because names stand in it,
// or the first few to standard error. A file that is there may be the source, or a link.
class Report {
public:
    Report(const std::string& path, std::ostream& err) : path_(path), err_(err) {
        if (!path.empty()) {
            constexpr mode_t kOwnerOnly = 0600;
            const OwnedFd file(::open(
                path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
            if (file.valid()) {
                file_.open(path);
            }
        }
    }
    bool good() const { return path_.empty() || (file_.is_open() && file_.good()); }
    bool flush() {
        file_.flush();
        return good();
    }
    void add(const SkippedRow& row) {
        if (path_.empty()) {
            if (++told_ <= kSkippedShownMax) {
                err_ << "signet: row " << row.number << " (" << shown(row.name)
                     << ") is skipped: " << shown(row.reason) << '\n';
            } else if (told_ == kSkippedShownMax + 1) {
                err_ << "signet: more rows are skipped; --report FILE names each\n";
            }
            return;
        }
        JsonWriter json;
        json.begin_object()
            .member("row", row.number)
            .member("name", to_valid_utf8(row.name, std::string_view::npos))
            .member("code", row.code)
            .member("reason", to_valid_utf8(row.reason, std::string_view::npos))
            .end_object();
        file_ << json.take() << '\n';
    }

private:
    std::string path_;
    std::ostream& err_;
    std::ofstream file_;
    std::uint64_t told_ = 0;
};

std::string in_words(const ImportTotals& totals, bool dry_run) {
    return std::to_string(totals.rows) + (totals.rows == 1 ? " row: " : " rows: ") +
           std::to_string(totals.imported) + (dry_run ? " would be imported, " : " imported, ") +
           std::to_string(totals.there_already) + " there already, " +
           std::to_string(totals.skipped) + " skipped";
}

void print_totals(std::ostream& out, const ImportTotals& totals, bool dry_run) {
    JsonWriter json;
    json.begin_object()
        .member("dryRun", dry_run)
        .member("rows", totals.rows)
        .member("imported", totals.imported)
        .member("thereAlready", totals.there_already)
        .member("skipped", totals.skipped)
        .key("reasons")
        .begin_object();
    for (const auto& [code, count] : totals.reasons) {
        json.member(code, count);
    }
    json.end_object().end_object();
    print_json(out, std::move(json));
    out << '\n';
}

}  // namespace

Result<std::unique_ptr<UserSource>> open_source(const ImportWords& words,
                                                const std::string& import_url) {
    if (words.kind == "csv" || words.kind == "ndjson") {
        return open_file(words.source, words.kind == "csv");
    }
    const auto layout = words.kind == "original"      ? store::UserLayout::original
                        : words.kind == "hasura-auth" ? store::UserLayout::hasura_auth
                                                      : store::UserLayout::hasura_backend_plus;
    return open_database(layout, words.source, import_url);
}

int run_import(const ImportWords& words, UserSource& source, const ImportPorts& ports,
               const RolePolicy& policy, const CommandIo& io) {
    Report report(words.report, io.err);
    if (!report.good()) {
        return fail(io, "the file " + shown(words.report) +
                            " cannot be written: name one that is not there yet");
    }
    // Of a URL nothing is said, and of a path its last part.
    const bool is_file = words.kind == "csv" || words.kind == "ndjson";
    const std::string file = is_file && words.source != "-"
                                 ? ' ' + std::filesystem::path(words.source).filename().string()
                                 : "";
    const ImportOrder order{.source = to_valid_utf8(words.kind + file, std::string_view::npos),
                            .dry_run = words.dry_run || !words.yes,
                            .create_roles = words.create_roles};
    ImportTotals last;
    Progress progress(io, order.dry_run ? "looking at users" : "importing users", 0);
    const ImportWatch watch{[&](const SkippedRow& row) {
                                progress.clear();
                                report.add(row);
                            },
                            [&](const ImportTotals& totals) {
                                last = totals;
                                progress.update(totals.rows);
                            }};
    const auto totals = import_users(source, order, ports, policy, watch);
    progress.clear();
    if (!totals) {
        io.err << "signet: " << in_words(last, order.dry_run)
               << ", until it failed. Run the same again: it goes on from there\n";
        return fail(io, totals.error());
    }
    io.err << "signet: " << in_words(*totals, order.dry_run) << '\n';
    if (words.json) {
        print_totals(io.out, *totals, order.dry_run);
    }
    if (!report.flush()) {
        return fail(io, "the file " + shown(words.report) + " could not be written to its end");
    }
    if (order.dry_run && !words.dry_run) {
        io.err << "signet: nothing was done; add --yes to do it\n";
        return kExitWrongUsage;
    }
    return totals->skipped == 0 ? kExitOk : kExitFailed;
}

}  // namespace signet::cli
