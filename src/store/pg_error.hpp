#pragma once

#include <signet/domain/error.hpp>

#include <string>
#include <string_view>

namespace signet::store {

// What an exception of libpqxx means for the store.
struct Failure {
    Error error;
    std::string sqlstate;  // empty if PostgreSQL gave none
    bool broken = false;   // the connection is gone, or must not be used any more
    // The statement failed because of the connection that it ran on, so it can be tried again.
    bool retryable = false;
};

// Translates the exception that is being handled. Call it only inside a catch block. `committing`
// says that COMMIT was sent, so that a broken connection leaves the outcome in doubt.
Failure translate_current_exception(bool committing);

// Returns the meaning of an error that PostgreSQL reported. It keeps only the first line of
// `message`, and nothing of it for data exceptions, because the rest repeats parameters and rows.
Failure translate_sqlstate(std::string_view sqlstate, std::string_view message);

// Tells whether what failed with `sqlstate` may succeed later without a change of the schema, the
// rights or the program, because the server is away, out of resources, busy or faulty. An empty
// `sqlstate` means that no server answered, which is a failure of the connection.
bool may_pass(std::string_view sqlstate);

// Returns the meaning of a failure to connect.
Error translate_connect_failure(std::string_view message);

}  // namespace signet::store
