#include "cli/audit.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"
#include "cli/words.hpp"

#include <ostream>
#include <vector>

namespace signet::cli {
namespace {

void write_entry(JsonWriter& json, const AuditEntry& entry) {
    json.begin_object()
        .member("id", entry.id)
        .member("at", rfc3339(entry.at_s))
        .member("actor", entry.actor)
        .member("action", entry.action)
        .member("subject", entry.subject)
        .member("network", entry.network)
        .member("request", entry.request)
        .member("detail", entry.detail)
        .member("dbRole", entry.db_role)
        .end_object();
}

std::string cell(const std::string& text) {
    return text.empty() ? "-" : shown(text);
}

}  // namespace

int audit_list(const AdminCommand& command, const AuditQuestion& question) {
    const auto part = list_audit(question, command.ports);
    if (!part) {
        return fail(command.io, part.error());
    }
    print_rows(command.io, command.json, part->rows, write_entry,
               {"AT", "ACTION", "SUBJECT", "ACTOR", "NETWORK", "DETAIL"},
               [](const AuditEntry& entry) {
                   return std::vector{rfc3339(entry.at_s),
                                      cell(entry.action),
                                      cell(entry.subject),
                                      cell(entry.actor),
                                      cell(entry.network.value_or("")),
                                      cell(entry.detail)};
               });
    if (part->more) {
        command.io.err << "signet: there are older rows; these are the last " << question.limit
                       << ". --limit shows more of them\n";
    }
    return kExitOk;
}

std::string check_action(const std::string& action) {
    if (is_audit_action(action)) {
        return {};
    }
    const std::vector<std::string> names(kAuditActions.begin(), kAuditActions.end());
    return "there is no action of this name" + suggest(action, "Actions", names);
}

}  // namespace signet::cli
