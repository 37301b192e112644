#include "cli/user_file.hpp"

#include "base/ascii.hpp"
#include "base/json_tree.hpp"
#include "cli/output.hpp"
#include "cli/times.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace signet::cli {
namespace {

constexpr std::size_t kJsonDepthMax = 34;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What of a member of a user is text in both formats. Returns what is wrong, or an empty text. What
// is empty is as if it were not there.
std::string put(ForeignUser& user, std::string_view name, std::string text) {
    const auto switched = config::read_switch(text == "t" ? "true" : text == "f" ? "false" : text);
    if (name == "id") {
        user.id = std::move(text);
    } else if (name == "username") {
        user.username = std::move(text);
    } else if (name == "email") {
        user.email = std::move(text);
    } else if (name == "password_hash") {
        user.password_hash = std::move(text);
    } else if (name == "default_role") {
        user.default_role = std::move(text);
    } else if (name == "metadata") {
        user.metadata = std::move(text);
    } else if (name == "created_at") {
        user.created_at_s = read_timestamp(text);
        return user.created_at_s ? ""
                                 : "Expected a time such as 2026-12-31T18:00:00Z in created_at.";
    } else if (!switched) {
        return "Expected true or false in " + std::string(name) + '.';
    } else if (name == "email_verified") {
        user.email_verified = *switched;
    } else {
        user.active = user.active && *switched == (name == "active");  // of both, the stricter one
    }
    return {};
}

bool is_column(std::string_view name) {
    return name.find(',') == std::string_view::npos &&
           (std::string(", ") + std::string(kUserColumns) + ", ")
                   .find(", " + std::string(name) + ", ") != std::string::npos;
}

// Takes what stands between two separators, as often as there is something.
std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        if (end > begin) {
            parts.emplace_back(text.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return parts;
}

// Spreadsheets write one. Another text that begins with a byte of it is no UTF-8 and is refused as
// what it is.
void skip_byte_order_mark(std::streambuf& in) {
    for (const char byte : kByteOrderMark) {
        if (in.sgetc() == std::streambuf::traits_type::to_int_type(byte)) {
            in.sbumpc();
        }
    }
}

std::string too_long(std::string_view what) {
    return "The " + std::string(what) + " is longer than " + std::to_string(kImportRowBytesMax) +
           " bytes.";
}

class CsvSource final : public UserSource {
public:
    explicit CsvSource(std::istream& in) : in_(*in.rdbuf()) { skip_byte_order_mark(in_); }

    Result<std::optional<SourceRow>> next() override {
        if (columns_.empty()) {
            if (auto read = read_columns(); !read) {
                return read.error();
            }
        }
        std::uint64_t number = line_;
        auto record = read_record();
        while (record.cells.size() == 1 && record.cells.front().empty() && !record.end) {
            number = line_;
            record = read_record();
        }
        if (record.end) {
            return std::optional<SourceRow>();
        }
        SourceRow row{.number = number, .user = {}, .fault = std::move(record.fault)};
        if (row.fault.empty() && record.cells.size() != columns_.size()) {
            row.fault = "The row has " + std::to_string(record.cells.size()) +
                        " fields, and the first row names " + std::to_string(columns_.size()) + '.';
        }
        for (std::size_t i = 0; i < columns_.size() && row.fault.empty(); ++i) {
            if (record.cells[i].empty()) {
                continue;
            }
            if (columns_[i] == "roles") {
                row.user.roles = split(record.cells[i], kCsvRoleSeparator);
            } else {
                row.fault = put(row.user, columns_[i], std::move(record.cells[i]));
            }
        }
        return std::optional(std::move(row));
    }

private:
    struct Record {
        std::vector<std::string> cells;
        std::string fault;
        bool end = false;  // nothing is left
    };

    Result<void> read_columns() {
        Record first = read_record();
        std::set<std::string> once;
        for (const std::string& name : first.cells) {
            if (!is_column(name) || !once.insert(name).second) {
                return Error(Errc::invalid_input,
                             "The first row names the column \"" + shown(name) +
                                 "\", which is unknown or there twice. Expected some of " +
                                 std::string(kUserColumns) + '.');
            }
        }
        columns_ = std::move(first.cells);
        return {};
    }

    // Reads up to the next line break outside of quotes.
    Record read_record() {
        constexpr int kEnd = std::streambuf::traits_type::eof();
        Record record{.cells = {""}, .fault = {}, .end = in_.sgetc() == kEnd};
        bool quoted = false;
        bool was_quoted = false;  // the field has ended with a quote
        std::size_t bytes = 0;
        for (int c = in_.sbumpc(); c != kEnd; c = in_.sbumpc()) {
            const char byte = std::streambuf::traits_type::to_char_type(c);
            line_ += byte == '\n' ? 1 : 0;
            ++bytes;
            std::string& cell = record.cells.back();
            if (quoted && byte == '"' && in_.sgetc() == '"') {
                in_.sbumpc();
            } else if (quoted && byte == '"') {
                quoted = false;
                was_quoted = true;
                continue;
            } else if (!quoted && byte == '"' && cell.empty() && !was_quoted) {
                quoted = true;
                continue;
            } else if (!quoted && byte == ',') {
                if (bytes <= kImportRowBytesMax) {
                    record.cells.emplace_back();
                }
                was_quoted = false;
                continue;
            } else if (!quoted && (byte == '\n' || (byte == '\r' && in_.sgetc() == '\n'))) {
                if (byte == '\r') {
                    continue;
                }
                return record;
            } else if (!quoted && (was_quoted || byte == '"')) {
                record.fault = "A quote stands in the middle of a field.";
            }
            if (bytes > kImportRowBytesMax) {
                record.fault = too_long("row");
            } else {
                cell += byte;
            }
        }
        if (quoted) {
            record.fault = "A quote is not closed.";
        }
        return record;
    }

    std::streambuf& in_;
    std::vector<std::string> columns_;
    std::uint64_t line_ = 1;  // of the next byte
};

// Writes an NDJSON member into the user. Returns what is wrong, or an empty text.
std::string put_node(ForeignUser& user, const std::string& name, JsonNode& node) {
    using Kind = JsonNode::Kind;
    if (!is_column(name)) {
        return "The member \"" + shown(name) + "\" is unknown. Expected some of " +
               std::string(kUserColumns) + '.';
    }
    if (node.kind == Kind::null) {
        return {};
    }
    if (name == "metadata") {
        user.metadata = write_json(node);
        return {};
    }
    if (name == "roles") {
        for (JsonNode& item : node.items) {
            if (item.kind == Kind::string) {
                user.roles.push_back(std::move(item.text));
            }
        }
        return node.kind == Kind::array && user.roles.size() == node.items.size()
                   ? ""
                   : "Expected an array of texts in roles.";
    }
    const bool is_switch = name == "active" || name == "disabled" || name == "email_verified";
    const bool fits = is_switch ? node.kind == Kind::boolean
                                : node.kind == Kind::string ||
                                      (name == "created_at" && node.kind == Kind::number);
    if (!fits) {
        return "Expected " + std::string(is_switch ? "true or false" : "a text") + " in " + name +
               '.';
    }
    return node.text.empty() ? "" : put(user, name, std::move(node.text));
}

class NdjsonSource final : public UserSource {
public:
    explicit NdjsonSource(std::istream& in) : in_(*in.rdbuf()) { skip_byte_order_mark(in_); }

    Result<std::optional<SourceRow>> next() override {
        std::string line;
        bool long_line = false;
        do {
            if (!read_line(line, long_line)) {
                return std::optional<SourceRow>();
            }
        } while (trim(line).empty() && !long_line);
        SourceRow row{.number = line_, .user = {}, .fault = {}};
        if (long_line) {
            row.fault = too_long("line");
            return std::optional(std::move(row));
        }
        auto node = read_json_tree(line, kJsonDepthMax);
        if (!node || node->kind != JsonNode::Kind::object) {
            row.fault = "The line is no JSON object.";
            return std::optional(std::move(row));
        }
        for (std::size_t i = 0; i < node->keys.size() && row.fault.empty(); ++i) {
            row.fault = put_node(row.user, node->keys[i], node->items[i]);
        }
        return std::optional(std::move(row));
    }

private:
    // Returns false at the end.
    bool read_line(std::string& line, bool& long_line) {
        constexpr int kEnd = std::streambuf::traits_type::eof();
        line.clear();
        long_line = false;
        if (in_.sgetc() == kEnd) {
            return false;
        }
        ++line_;
        for (int c = in_.sbumpc(); c != kEnd && c != '\n'; c = in_.sbumpc()) {
            long_line = long_line || line.size() == kImportRowBytesMax;
            if (!long_line) {
                line += std::streambuf::traits_type::to_char_type(c);
            }
        }
        return true;
    }

    std::streambuf& in_;
    std::uint64_t line_ = 0;
};

}  // namespace

std::unique_ptr<UserSource> read_csv(std::istream& in) {
    return std::make_unique<CsvSource>(in);
}

std::unique_ptr<UserSource> read_ndjson(std::istream& in) {
    return std::make_unique<NdjsonSource>(in);
}

}  // namespace signet::cli
