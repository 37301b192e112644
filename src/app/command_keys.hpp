#pragma once

#include "app/commands.hpp"
#include "keyring/key_files.hpp"

namespace signet::app {

// `signet keys list`. Looks only: makes no key where there is none. Gives the exit code.
int keys_list(const keyring::KeyLoad& load, bool json, const CommandIo& io);

// Everything that is wrong with the keys, on standard error. Gives the exit code: 78.
int report_unusable_keys(const keyring::KeyLoad& load, const CommandIo& io);

}  // namespace signet::app
