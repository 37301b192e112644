#include "base/printable.hpp"
#include "config/source.hpp"

#include <algorithm>
#include <numeric>

namespace signet::config {
namespace {

constexpr std::string_view kPrefix = "AUTH_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kNameShownBytesMax = 100;

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string_view without_file_suffix(std::string_view name) {
    return name.ends_with(kFileSuffix) ? name.substr(0, name.size() - kFileSuffix.size()) : name;
}

const Setting* find_setting(std::string_view name) {
    const auto all = settings();
    const auto row = std::ranges::find(all, name, &Setting::name);
    return row == all.end() ? nullptr : &*row;
}

std::string explain_unknown(std::string_view name) {
    if (name.ends_with(kFileSuffix) && find_setting(without_file_suffix(name)) != nullptr) {
        return "is not known: only a secret may come from a file; set " +
               std::string(without_file_suffix(name));
    }
    const std::string_view stem = without_file_suffix(name);
    // More edits than half the letters after the prefix make another word.
    std::size_t best_distance = (stem.size() - kPrefix.size()) / 2 + 2;
    std::string_view best;
    for (const Setting& setting : settings()) {
        const std::size_t d = distance(stem, setting.name);
        if (d < best_distance) {
            best_distance = d;
            best = setting.name;
        }
    }
    return best.empty() ? "is not known" : "is not known; did you mean " + std::string(best) + '?';
}

void add_unknown(const Variables& variables, std::string_view where, std::vector<Finding>& out) {
    for (const auto& [name, value] : variables) {
        if (!name.starts_with(kPrefix) || name.size() == kPrefix.size() || find_setting(name)) {
            continue;
        }
        const Setting* const secret =
            name.ends_with(kFileSuffix) ? find_setting(without_file_suffix(name)) : nullptr;
        if (secret == nullptr || secret->privacy != Privacy::secret) {
            out.push_back({to_printable(name, kNameShownBytesMax),
                           explain_unknown(name) + std::string(where)});
        }
    }
}

}  // namespace

std::vector<Finding> find_unknown_names(const ConfigSources& sources) {
    std::vector<Finding> out;
    add_unknown(sources.environment, "", out);
    add_unknown(sources.dotenv, " (in .env)", out);
    return out;
}

}  // namespace signet::config
