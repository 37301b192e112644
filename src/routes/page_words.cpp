#include "routes/page_words.hpp"

#include "base/accept_language.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace signet::routes {
namespace {

constexpr std::array kEnglishQuestions{
    Question{TicketPurpose::verify_email, "Confirm your e‑mail address",
             "Please confirm that this address is yours:", "Confirm"},
    Question{TicketPurpose::change_email, "Confirm your new e‑mail address",
             "From now on, your account will have this address:", "Change address"},
    Question{TicketPurpose::reset_password, "Choose a new password",
             "Your other devices will be signed out. The password is for your account with this "
             "address:",
             "Save password"},
    Question{TicketPurpose::sign_in_link, "Sign in", "You are about to sign in as:", "Sign in"},
    Question{TicketPurpose::accept_invitation, "Open your account",
             "Choose a password, and the account is yours. This is its address:", "Open account"},
};
constexpr std::array kEnglishEndings{
    Ending{"verify-email", "Your address is confirmed", "Thank you. You can close this window."},
    Ending{"change-email", "Your address was changed",
           "Your account has the new address from now on, and your other devices were signed out. "
           "You can close this window."},
    Ending{"reset-password", "Your password was saved",
           "You can close this window, and sign in with the new password."},
    Ending{"sign-in-link", "You are signed in",
           "You can close this window, and go on in the application."},
    Ending{"invitation", "Your account is open",
           "You are signed in. You can close this window, and go on in the application."},
    Ending{kNoApplication, "The application is not known",
           "The link was good, but this service does not know to which application it should lead "
           "you. Whoever runs it has to set AUTH_CLIENT_URL."},
};
// The last one is for all other errors.
constexpr std::array kEnglishApologies{
    Apology{Errc::invalid_ticket, "This link does not work any more",
            "It works once, for a limited time. If you have used it already, there is nothing more "
            "to do. Otherwise, please ask for a new mail."},
    Apology{Errc::invalid_input, "This link is not complete",
            "Please open it again as it stands in the mail."},
    Apology{Errc::origin_not_allowed, "This came from another page",
            "Please open the link in the mail, and press the button there."},
    Apology{Errc::email_taken, "This address is taken",
            "Another account has this e-mail address by now. Nothing was changed."},
    Apology{Errc::no_role, "The account has no role",
            "An operator of the service has to grant it one before you can sign in."},
    Apology{Errc::too_many_attempts, "Too many tries", "Please try again in a few minutes."},
    Apology{Errc::internal, "This did not work",
            "The fault is ours. Please try again in a few minutes."},
};
constexpr std::array kEnglishComplaints{
    Complaint{"required", "Please fill in this field."},
};
constexpr PageWords kEnglish{
    .language = "en",
    .username = "Username (optional)",
    .password = "Password",
    .new_password = "New password",
    .password_hint = "Three or four words that have nothing to do with each other make a good one.",
    .problem = "Problem: ",
    .home =
        "This service signs users in for an application. There is nothing to do on this page: "
        "please open the application.",
    .trial = "Try it",
    .programs = "For programs:",
    .configuration = "OpenID configuration",
    .keys = "Public keys (JWKS)",
    .routes = "Routes (OpenAPI)",
    .questions = kEnglishQuestions,
    .endings = kEnglishEndings,
    .apologies = kEnglishApologies,
    .complaints = kEnglishComplaints,
};

constexpr std::array kGermanQuestions{
    Question{TicketPurpose::verify_email, "Bestätigen Sie Ihre E‑Mail-Adresse",
             "Bitte bestätigen Sie, dass diese Adresse Ihnen gehört:", "Bestätigen"},
    Question{TicketPurpose::change_email, "Bestätigen Sie Ihre neue E‑Mail-Adresse",
             "Ihr Konto hat von nun an diese Adresse:", "Adresse ändern"},
    Question{TicketPurpose::reset_password, "Wählen Sie ein neues Passwort",
             "Auf Ihren anderen Geräten werden Sie abgemeldet. Das Passwort gilt für Ihr Konto mit "
             "dieser Adresse:",
             "Passwort speichern"},
    Question{TicketPurpose::sign_in_link, "Anmelden", "Sie melden sich an als:", "Anmelden"},
    Question{TicketPurpose::accept_invitation, "Eröffnen Sie Ihr Konto",
             "Wählen Sie ein Passwort, und das Konto gehört Ihnen. Es hat diese Adresse:",
             "Konto eröffnen"},
};
constexpr std::array kGermanEndings{
    Ending{"verify-email", "Ihre Adresse ist bestätigt",
           "Vielen Dank. Sie können dieses Fenster schließen."},
    Ending{"change-email", "Ihre Adresse wurde geändert",
           "Ihr Konto hat von nun an die neue Adresse, und auf Ihren anderen Geräten wurden Sie "
           "abgemeldet. Sie können dieses Fenster schließen."},
    Ending{"reset-password", "Ihr Passwort wurde gespeichert",
           "Sie können dieses Fenster schließen und sich mit dem neuen Passwort anmelden."},
    Ending{"sign-in-link", "Sie sind angemeldet",
           "Sie können dieses Fenster schließen und in der Anwendung weitermachen."},
    Ending{"invitation", "Ihr Konto ist eröffnet",
           "Sie sind angemeldet. Sie können dieses Fenster schließen und in der Anwendung "
           "weitermachen."},
    Ending{kNoApplication, "Die Anwendung ist nicht bekannt",
           "Der Link war gültig, aber dieser Dienst weiß nicht, zu welcher Anwendung er Sie führen "
           "soll. Wer ihn betreibt, muss AUTH_CLIENT_URL setzen."},
};
constexpr std::array kGermanApologies{
    Apology{Errc::invalid_ticket, "Dieser Link funktioniert nicht mehr",
            "Er funktioniert einmal und für begrenzte Zeit. Wenn Sie ihn schon benutzt haben, ist "
            "nichts mehr zu tun. Andernfalls fordern Sie bitte eine neue E‑Mail an."},
    Apology{Errc::invalid_input, "Dieser Link ist nicht vollständig",
            "Bitte öffnen Sie ihn noch einmal so, wie er in der E‑Mail steht."},
    Apology{Errc::origin_not_allowed, "Das kam von einer anderen Seite",
            "Bitte öffnen Sie den Link in der E‑Mail und klicken Sie dort auf die Schaltfläche."},
    Apology{Errc::email_taken, "Diese Adresse ist vergeben",
            "Ein anderes Konto hat inzwischen diese E‑Mail-Adresse. Es wurde nichts geändert."},
    Apology{Errc::no_role, "Das Konto hat keine Rolle",
            "Ein Betreiber des Dienstes muss ihm eine geben, bevor Sie sich anmelden können."},
    Apology{Errc::too_many_attempts, "Zu viele Versuche",
            "Bitte versuchen Sie es in ein paar Minuten noch einmal."},
    Apology{Errc::internal, "Das hat nicht funktioniert",
            "Der Fehler liegt bei uns. Bitte versuchen Sie es in ein paar Minuten noch einmal."},
};
constexpr std::array kGermanComplaints{
    Complaint{"required", "Bitte füllen Sie dieses Feld aus."},
    Complaint{"too-short", "Ein Benutzername hat mindestens 3 Zeichen."},
    Complaint{"too-long", "Ein Benutzername hat höchstens 64 Zeichen."},
    Complaint{"charset", "Ein Benutzername besteht aus A-Z, a-z, 0-9, „.“, „_“ und „-“."},
    Complaint{"edge", "Ein Benutzername beginnt und endet mit einem Buchstaben oder einer Ziffer."},
    Complaint{"double-dot", "Ein Benutzername hat keine zwei Punkte hintereinander."},
    Complaint{"reserved-name",
              "Dieser Benutzername ist nicht möglich. Bitte wählen Sie einen anderen."},
    Complaint{"username-taken",
              "Ein anderes Konto heißt schon so. Bitte wählen Sie einen anderen "
              "Benutzernamen."},
    Complaint{"password-too-short", "Dieses Passwort ist zu kurz."},
    Complaint{"password-too-long", "Dieses Passwort ist zu lang."},
    Complaint{"password-weak",
              "Dieses Passwort ist leicht zu erraten oder anderswo bekannt "
              "geworden. Bitte wählen Sie ein anderes."},
    Complaint{"control-character", "Ein Passwort hat keine Steuerzeichen."},
};
constexpr PageWords kGerman{
    .language = "de",
    .username = "Benutzername (optional)",
    .password = "Passwort",
    .new_password = "Neues Passwort",
    .password_hint = "Gut sind drei oder vier Wörter, die nichts miteinander zu tun haben.",
    .problem = "Problem: ",
    .home =
        "Dieser Dienst meldet die Nutzer einer Anwendung an. Auf dieser Seite ist nichts zu "
        "tun: Bitte öffnen Sie die Anwendung.",
    .trial = "Ausprobieren",
    .programs = "Für Programme:",
    .configuration = "OpenID-Konfiguration",
    .keys = "Öffentliche Schlüssel (JWKS)",
    .routes = "Routen (OpenAPI)",
    .questions = kGermanQuestions,
    .endings = kGermanEndings,
    .apologies = kGermanApologies,
    .complaints = kGermanComplaints,
};

}  // namespace

const Question& PageWords::question(TicketPurpose purpose) const {
    const auto found = std::ranges::find(questions, purpose, &Question::purpose);
    if (found == questions.end()) {
        throw std::logic_error("there is no page for a ticket of this purpose");
    }
    return *found;
}

const Ending* PageWords::ending(std::string_view name) const {
    const auto found = std::ranges::find(endings, name, &Ending::name);
    return found == endings.end() ? nullptr : &*found;
}

const Apology& PageWords::apology(Errc errc) const {
    const auto found = std::ranges::find(apologies, errc, &Apology::errc);
    return found == apologies.end() ? apologies.back() : *found;
}

std::string_view PageWords::complaint(std::string_view code, std::string_view detail) const {
    const auto found = std::ranges::find(complaints, code, &Complaint::code);
    return found == complaints.end() ? detail : found->text;
}

const PageWords& page_words(std::string_view accept_language) {
    static const std::array<std::string, 2> languages{std::string(kEnglish.language),
                                                      std::string(kGerman.language)};
    return choose_language(accept_language, languages) == kGerman.language ? kGerman : kEnglish;
}

}  // namespace signet::routes
