#include "cli/doctor.hpp"

#include "base/system.hpp"
#include "cli/output.hpp"
#include "config/value.hpp"
#include "doctor/diagnosis.hpp"
#include "outbound/curl_http.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace signet::cli {
namespace {

std::string counted(std::size_t count, const char* word) {
    return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

Colour colour_of(doctor::Severity severity) {
    switch (severity) {
        case doctor::Severity::error:
            return Colour::red;
        case doctor::Severity::warning:
            return Colour::yellow;
        case doctor::Severity::note:
            return Colour::cyan;
    }
    return Colour::bold;
}

}  // namespace

int print_findings(const std::vector<doctor::Finding>& findings, const doctor::Scope& scope,
                   bool json, const CommandIo& io) {
    const auto count = [&](doctor::Severity severity) {
        return static_cast<std::size_t>(
            std::ranges::count(findings, severity, &doctor::Finding::severity));
    };
    const std::string unseen =
        std::string(scope.metadata || scope.hasura_url
                        ? ""
                        : "; --metadata DIR looks at Hasura's metadata too") +
        (scope.hasura_url ? "" : "; --hasura URL looks at a running Hasura too");
    if (json) {
        print_json_rows(io.out, findings, [](JsonWriter& writer, const doctor::Finding& finding) {
            writer.begin_object()
                .member("code", finding.code)
                .member("severity", doctor::to_string(finding.severity))
                .member("subject", finding.subject)
                .member("problem", finding.problem)
                .member("cure", finding.cure)
                .end_object();
        });
    } else if (findings.empty()) {
        io.out << "nothing is wrong as far as this can see" << unseen << '\n';
    } else {
        for (const doctor::Finding& finding : findings) {
            io.out << coloured(io, colour_of(finding.severity), doctor::to_string(finding.severity))
                   << ' ' << finding.code << ": " << shown(finding.subject) << ' '
                   << shown(finding.problem) << "\n    cure: " << shown(finding.cure) << '\n';
        }
        io.out << counted(count(doctor::Severity::error), "error") << ", "
               << counted(count(doctor::Severity::warning), "warning") << ", "
               << counted(count(doctor::Severity::note), "note") << unseen << '\n';
    }
    if (std::ranges::find(findings, "config-invalid", &doctor::Finding::code) != findings.end()) {
        return kExitUnusableConfig;
    }
    return count(doctor::Severity::error) == 0 ? kExitOk : kExitFailed;
}

int run_doctor(config::LoadedConfig loaded, config::Variables hasura, const doctor::Scope& scope,
               bool json, const CommandIo& io) {
    if (scope.hasura_url &&
        !config::origin_of(*scope.hasura_url).value_or("").starts_with("http")) {
        config::wipe_values(hasura);
        io.err << "signet: --hasura: expected a URL such as http://localhost:8080\n";
        return kExitWrongUsage;
    }
    outbound::CurlHttp http;
    doctor::Facts facts = doctor::examine(std::move(loaded), std::move(hasura), scope, http);
    const int code = print_findings(doctor::diagnose(facts), scope, json, io);
    config::wipe_values(facts.hasura);
    config::wipe_values(facts.header_values);
    return code;
}

}  // namespace signet::cli
