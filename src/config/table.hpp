#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace signet::config {

// What this version does with a setting.
enum class Support : std::uint8_t {
    in_effect,
    // Reserved. Only a value that asks for nothing is accepted, because whoever sets another relies
    // on a protection or a feature that is not there.
    refused,
};

// Where a value may come from, and who may see it.
enum class Privacy : std::uint8_t {
    open,
    unshown,  // also from the file that NAME_FILE names; never shown
    secret,   // the same, and others must not be able to read that file
};

enum class Empty : std::uint8_t { means_unset, is_a_value };

// One setting. The table is the only place that knows its name, its form and its default.
struct Setting {
    std::string_view section;
    std::string_view name;
    std::string_view expected;  // what a value has to be; said in errors and in the documentation
    std::string_view fallback;  // the default as one would write it; empty: unset
    std::string_view doc;       // one sentence or two
    // Reads the text into its place, and returns whether it was what `expected` says.
    bool (*assign)(Config& config, std::string_view text);
    std::string_view derived = {};  // says how the default comes about, where it is no constant
    Privacy privacy = Privacy::open;
    Support support = Support::in_effect;
    Empty empty = Empty::means_unset;
    bool quotable = false;  // double quotes around it may be a part of it

    bool may_be_in_file() const { return privacy != Privacy::open; }
};

std::span<const Setting> settings();

}  // namespace signet::config
