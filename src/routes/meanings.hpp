#pragma once

#include "routes/body.hpp"

#include <signet/domain/redirects.hpp>
#include <signet/domain/ticket.hpp>
#include <signet/domain/user.hpp>
#include <signet/ports/passwords.hpp>

#include <array>
#include <string_view>

// What the members of bodies stand for, each once, however many routes have such a member.
namespace signet::routes::means {

inline constexpr std::array<std::string_view, 5> kUsernameFaults{"too-short", "charset", "edge",
                                                                 "double-dot", "reserved-name"};
inline constexpr std::array<std::string_view, 3> kEmailFaults{"charset", "invalid-email",
                                                              "domain-not-allowed"};
inline constexpr std::array<std::string_view, 3> kPasswordFaults{
    "password-too-short", "password-too-long", "password-weak"};
inline constexpr std::array<std::string_view, 1> kConfirmationFaults{"mismatch"};
inline constexpr std::array<std::string_view, 1> kNameFaults{"ambiguous"};
inline constexpr std::array<std::string_view, 1> kMetadataFaults{"out-of-range"};
inline constexpr std::array<std::string_view, 1> kRedirectFaults{"redirect-not-allowed"};

// Who somebody is.
inline constexpr Meaning kNewUsername{
    .about = "A letter or digit at both ends, and no reserved word; unique without regard to case.",
    .example = R"("ada")",
    .pattern = R"(^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*[A-Za-z0-9]$)",
    .length_min = kUsernameLengthMin,
    .length_max = kUsernameLengthMax,
    .faults = kUsernameFaults};
inline constexpr Meaning kNewEmail{.about = "Unique without regard to case.",
                                   .example = R"("ada@example.org")",
                                   .format = "email",
                                   .length_max = kEmailBytesMax,
                                   .faults = kEmailFaults};
inline constexpr Meaning kNameOfUser{.about = "The username of an account, or else `email`.",
                                     .example = R"("ada")",
                                     .faults = kNameFaults};
inline constexpr Meaning kEmailOfUser{
    .about = "The e-mail address of an account, or else `username`.",
    .example = R"("ada@example.org")",
    .faults = kNameFaults};
inline constexpr Meaning kAddressOfMail{
    .about = "To whom a mail goes.", .example = R"("ada@example.org")", .faults = {}};
inline constexpr Meaning kUserId{.about = "The id of the user.",
                                 .example = R"("0b1f3c2e-6c1d-4c53-9a3e-0d6b8f8b2a11")",
                                 .format = "uuid"};
inline constexpr Meaning kUsername{.about = "The username, where there is one.",
                                   .example = R"("ada")"};
inline constexpr Meaning kEmail{.about = "The e-mail address.", .example = R"("ada@example.org")"};
inline constexpr Meaning kEmailVerified{
    .about = "Whether the user has shown to read the mail of the address.", .example = "true"};
inline constexpr Meaning kRoles{.about = "What x-hasura-allowed-roles holds, sorted.",
                                .example = R"(["editor","user"])"};
inline constexpr Meaning kDefaultRole{.about = "One of the roles.", .example = R"("user")"};
inline constexpr Meaning kActive{.about = "Whether the account may sign in.", .example = "true"};
inline constexpr Meaning kCreatedAt{.about = "When it was made.",
                                    .example = R"("2026-11-28T09:30:00Z")"};
inline constexpr Meaning kLastLoginAt{.about = "When the user last signed in.",
                                      .example = R"("2026-11-28T09:41:00Z")"};
inline constexpr Meaning kMetadata{.about = "What the application keeps with the user.",
                                   .example = R"({"theme":"dark"})",
                                   .faults = kMetadataFaults};

// What proves it.
inline constexpr std::size_t kPasswordLengthMin = 8;  // where AUTH_PASSWORD_MIN_LENGTH says no more
inline constexpr Meaning kPassword{.about = "The password of the account.",
                                   .example = R"("walnut-Harbour-62-kettle")"};
inline constexpr Meaning kNewPassword{.about = "A password that is easy to guess is refused.",
                                      .example = R"("walnut-Harbour-62-kettle")",
                                      .length_min = kPasswordLengthMin,
                                      .length_max = kPasswordCodePointsMax,
                                      .faults = kPasswordFaults};
inline constexpr Meaning kNextPassword{.about = kNewPassword.about,
                                       .example = R"("lantern-Orchid-85-quarry")",
                                       .length_min = kNewPassword.length_min,
                                       .length_max = kNewPassword.length_max,
                                       .faults = kPasswordFaults};
inline constexpr Meaning kConfirmation{.about = "The same password once more.",
                                       .example = kNewPassword.example,
                                       .faults = kConfirmationFaults};
inline constexpr Meaning kRefreshToken{
    .about = "Good for one refresh. Keep it where only the application reads it.",
    .example = R"("the-refresh-token-of-the-last-answer")"};
inline constexpr Meaning kEverywhere{.about = "Whether all sessions of the user end.",
                                     .example = "false"};
inline constexpr Meaning kAccessToken{
    .about = "The access token, a JWT for Hasura: `Authorization: Bearer <token>`.",
    .example = R"("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")"};
inline constexpr Meaning kExpiresIn{.about = "How many seconds the access token is good for.",
                                    .example = "900"};

// What mails are about.
inline constexpr Meaning kTicket{.about = "What stands behind `ticket=` in the link of a mail.",
                                 .example = R"("the-ticket-of-the-link-in-the-mail")"};
inline constexpr Meaning kCode{.about = "The six digits of a mail.", .example = R"("123456")"};
inline constexpr Meaning kRedirectTo{
    .about = "Where the link leads in the end: AUTH_CLIENT_URL, or what AUTH_REDIRECT_URLS allows.",
    .example = R"("https://app.example.org/welcome")",
    .faults = kRedirectFaults};

// A session.
inline constexpr Meaning kSessionId{
    .about = "The id of the session, which access tokens name as `sid`.",
    .example = R"("5d0c7a52-3f7e-4f0d-8a56-52a4a6c3f1de")",
    .format = "uuid"};
inline constexpr Meaning kDevice{.about = "What the User-Agent of the sign-in says.",
                                 .example = R"("Firefox on Linux")"};
inline constexpr Meaning kAddress{.about = "The network that the sign-in came from.",
                                  .example = R"("203.0.113.0/24")"};
inline constexpr Meaning kLastUsedAt{.about = "When it was last refreshed.",
                                     .example = R"("2026-11-28T09:41:00Z")"};
inline constexpr Meaning kExpiresAt{.about = "When it ends unless it is refreshed.",
                                    .example = R"("2026-12-12T09:41:00Z")"};
inline constexpr Meaning kCurrent{.about = "Whether it is the session of the access token.",
                                  .example = "true"};

// What machines ask for.
inline constexpr Meaning kVerificationSent{.about = "Always `verification-sent`.",
                                           .example = R"("verification-sent")"};
inline constexpr Meaning kService{.about = "Always `signet`.", .example = R"("signet")"};
inline constexpr Meaning kUrl{.about = "An address of this service.",
                              .example = R"("https://auth.example.org/jwks")",
                              .format = "uri"};
inline constexpr Meaning kIssuer{.about = "What `iss` of the access tokens is.",
                                 .example = R"("https://auth.example.org")"};
inline constexpr Meaning kKeys{
    .about = "The public keys: RSA keys have `n` and `e`, others `crv`, `x` and for EC `y`.",
    .example = R"([{"kty":"RSA","use":"sig","alg":"RS256","kid":"2Bc…","n":"wV8…","e":"AQAB"}])",
    .items =
        R"({"type":"object","properties":{"kty":{"type":"string"},"use":{"type":"string"},"alg":{"type":"string"},"kid":{"type":"string"},"n":{"type":"string"},"e":{"type":"string"},"crv":{"type":"string"},"x":{"type":"string"},"y":{"type":"string"}},"required":["kty","use","alg","kid"]})"};
inline constexpr Meaning kAlgorithms{.about = "How the access tokens are signed.",
                                     .example = R"(["RS256"])"};
inline constexpr Meaning kSubjectTypes{.about = "Always `public`.", .example = R"(["public"])"};
inline constexpr Meaning kState{.about = "`ok` or `ready`, or `unready`.", .example = R"("ready")"};
inline constexpr Meaning kChecks{.about = "Of each part `ok`, or what is wrong with it.",
                                 .example = R"({"database":"ok","keys":"ok"})"};
inline constexpr Meaning kVersion{.about = "Of this Signet.", .example = R"("0.2.0")"};
inline constexpr Meaning kForwardedHeaders{
    .about = "The headers of the client's request, each a text.",
    .example = R"({"Authorization":"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"})"};
inline constexpr Meaning kReuse{.about = "How long Hasura may use the answer again.",
                                .example = R"("max-age=840")"};
inline constexpr Meaning kAskedRole{.about = "One of the user's roles, in place of the default.",
                                    .example = R"("user")"};
inline constexpr Meaning kInput{.about =
                                    "The arguments of the action, by themselves or as the "
                                    "members of one argument; those not known are ignored.",
                                .example = "{}"};
inline constexpr Meaning kDone{.about = "Always true.", .example = "true"};
inline constexpr Meaning kQuery{.about = "A document of GraphQL; the schema tells of itself.",
                                .example = R"("{ me { id username } }")"};
inline constexpr Meaning kData{.about = "What was asked for.", .example = R"({"me":null})"};
inline constexpr Meaning kOpenapiVersion{.about = "Of the OpenAPI Specification.",
                                         .example = R"("3.1.0")"};
inline constexpr Meaning kOpenapiPart{.about = "See the OpenAPI Specification.", .example = "{}"};

}  // namespace signet::routes::means
