#pragma once

#include "base/log.hpp"
#include "http/message.hpp"
#include "routes/browsers.hpp"

#include <signet/domain/session.hpp>
#include <signet/service/sign_in.hpp>

#include <cstdint>
#include <string_view>

namespace signet::routes {

// Where a session is opened from.
SessionClient client_of(const http::Request& request);

// Whether the refresh token stands in the body, or goes by cookie alone.
enum class RefreshTokenIn : std::uint8_t { body, cookie };

struct SignInEvent {
    std::string_view name;  // for the log
    RefreshTokenIn where = RefreshTokenIn::body;
};

// What the answer to a sign-in depends on, whatever the way in.
struct SignedInReply {
    const SignInPolicy& policy;
    const BrowserPolicy& browsers;
    const Log& log;
};

// Logs that somebody has come in, and sets cookies if they are on. The line in the log has the id
// and never the typed name, because people type passwords into name fields.
void note_signed_in(const SignedIn& signed_in, std::string_view event, const http::Request& request,
                    const SignedInReply& reply, http::Response& response);

// Answers with the tokens, also in cookies if cookies are on, and logs it.
http::Response reply_with_tokens(const SignedIn& signed_in, const SignInEvent& event,
                                 const http::Request& request, const SignedInReply& reply);

// The same, or the refusal.
http::Response answer_signed_in(const Result<SignedIn>& outcome, std::string_view event,
                                const http::Request& request, const SignedInReply& reply);

}  // namespace signet::routes
