#include "app/command_keys.hpp"

#include "app/command_output.hpp"
#include "app/config_load.hpp"
#include "base/timestamp.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace signet::app {
namespace {

// When a key was published, becomes active, was retired and will be removed is known once keys
// rotate; until then it is null.
std::string key_json(const keyring::KeyInfo& key) {
    return "{\"kid\":" + json_text(key.kid) + ",\"alg\":" + json_text(key.alg) +
           ",\"bits\":" + std::to_string(key.bits) +
           ",\"state\":" + json_text(to_string(key.state)) +
           ",\"createdAt\":" + json_time_or_null(key.created_at_s) +
           R"(,"publishedAt":null,"activeAfter":null,"retiredAt":null,"removeAfter":null})";
}

}  // namespace

int keys_list(const keyring::KeyLoad& load, bool json, const CommandIo& io) {
    if (!load.errors.empty()) {
        return report_unusable_keys(load, io);
    }
    const auto keys = load.keys ? load.keys->list() : std::vector<keyring::KeyInfo>{};
    if (json) {
        std::vector<std::string> elements;
        elements.reserve(keys.size());
        for (const auto& key : keys) {
            elements.push_back(key_json(key));
        }
        print_json_array(io.out, elements);
        return kExitOk;
    }
    if (keys.empty()) {
        io.err << "signet: there are no keys yet; `signet serve` makes the first\n";
        return kExitOk;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(keys.size());
    for (const auto& key : keys) {
        rows.push_back({shown(key.kid), key.alg, std::to_string(key.bits),
                        std::string(to_string(key.state)), rfc3339(key.created_at_s)});
    }
    print_table(io.out, {"KID", "ALG", "BITS", "STATE", "CREATED"}, rows);
    return kExitOk;
}

int report_unusable_keys(const keyring::KeyLoad& load, const CommandIo& io) {
    for (const std::string& error : load.errors) {
        fail(io, error);
    }
    return kExitUnusableConfig;
}

}  // namespace signet::app
