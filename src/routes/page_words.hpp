#pragma once

#include <signet/domain/error.hpp>
#include <signet/domain/ticket.hpp>

#include <span>
#include <string_view>

namespace signet::routes {

// What is asked where somebody has followed a link.
struct Question {
    TicketPurpose purpose;
    std::string_view title;
    std::string_view text;  // the address follows
    std::string_view button;
};

// What somebody is told who was led to no application in the end.
struct Ending {
    std::string_view name;  // of the purpose, or kNoApplication
    std::string_view title;
    std::string_view text;
};
// Somebody has a session that nobody can take over.
inline constexpr std::string_view kNoApplication = "no-application";

// What somebody is told whose request was refused.
struct Apology {
    Errc errc;
    std::string_view title;
    std::string_view text;
};

// What is wrong with what somebody typed into a field.
struct Complaint {
    std::string_view code;  // of a FieldError
    std::string_view text;
};

// The words of the pages in one language. The hyphen of "e‑mail" is one at which no line ends.
struct PageWords {
    std::string_view language;  // BCP 47
    std::string_view username;
    std::string_view password;
    std::string_view new_password;
    std::string_view password_hint;
    std::string_view problem;  // before the title
    std::string_view home;     // what this service is
    std::string_view trial;    // what leads to the page to try it
    std::string_view programs;
    std::string_view configuration;
    std::string_view keys;
    std::string_view routes;
    std::span<const Question> questions;
    std::span<const Ending> endings;
    std::span<const Apology> apologies;
    std::span<const Complaint> complaints;

    // Throws std::logic_error for a purpose that no link has.
    const Question& question(TicketPurpose purpose) const;
    // Returns null for another name.
    const Ending* ending(std::string_view name) const;
    // Returns the words for all other errors if there are none for this one.
    const Apology& apology(Errc errc) const;
    // Returns `detail`, which is English, if there are no words for the code.
    std::string_view complaint(std::string_view code, std::string_view detail) const;
};

// Returns the words in the language that fits best to an Accept-Language header.
const PageWords& page_words(std::string_view accept_language);

}  // namespace signet::routes
