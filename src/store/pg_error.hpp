#pragma once

#include <signet/domain/error.hpp>

#include <string>
#include <string_view>

namespace signet::store {

// What an exception of libpqxx means to the store.
struct Failure {
    Error error;
    std::string sqlstate;  // empty where PostgreSQL gave none
    bool broken = false;   // the connection is gone, or must not be used any more
    // The statement did not fail by itself, but because of the connection that it ran on.
    bool retryable = false;
};

// Translates the exception that is being handled; call it inside a catch block only. `committing`
// says that COMMIT was sent, so that a break leaves the outcome open.
Failure translate_current_exception(bool committing);

// The meaning of an error that PostgreSQL reported. Of `message` only the first line is kept, and
// nothing of it for data exceptions: the rest repeats parameters and rows.
Failure translate_sqlstate(std::string_view sqlstate, std::string_view message);

// Whether what failed with `sqlstate` may work later though nobody changes the schema, the rights
// or the program: the server is away, short of something, busy or ill. Empty, where no server
// answered: that is a connection's failure.
bool may_pass(std::string_view sqlstate);

// The meaning of a failure to connect.
Error translate_connect_failure(std::string_view message);

}  // namespace signet::store
