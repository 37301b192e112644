#include "mail/mail_directory.hpp"

#include "base/file_guard.hpp"
#include "base/system.hpp"
#include "mail/header.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

namespace signet::mail {
namespace {

std::string message_text(const Mail& mail, const Sender& sender, std::int64_t now_s) {
    const std::string boundary = "signet-" + mail.id;
    std::string out;
    for (std::string field : header_fields(mail, sender, now_s)) {
        std::erase(field, '\r');  // of a folded field
        out += field + '\n';
    }
    out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\n";
    for (const auto& [type, text] :
         {std::pair("text/plain", &mail.text), std::pair("text/html", &mail.html)}) {
        out += "\n--" + boundary + "\nContent-Type: " + type +
               "; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + *text;
    }
    return out + "\n--" + boundary + "--\n";
}

Delivery failed(const std::string& path, std::string_view what) {
    return {
        .outcome = DeliveryOutcome::later,
        .reason = path + ' ' + std::string(what) + ": " + std::generic_category().message(errno),
        .misconfigured = true,
        .down = true};
}

}  // namespace

MailDirectory::MailDirectory(std::string path, Sender sender)
    : path_(std::move(path)), sender_(std::move(sender)) {}

Delivery MailDirectory::send(const Mail& mail) {
    if (::mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        return failed(path_, "cannot be made");
    }
    const OwnedFd directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) {
        return failed(path_, "cannot be opened as a directory");
    }
    const std::int64_t now_s = SystemClock().now_s();
    std::string name = rfc3339(now_s) + '-' + mail.id + ".eml";
    std::erase(name, ':');  // which some file systems do not take
    const std::string temporary = '.' + name + '.' + std::to_string(::getpid());
    const auto give_up = [&](std::string_view what) {
        Delivery delivery = failed(path_ + '/' + name, what);
        ::unlinkat(directory.get(), temporary.c_str(), 0);
        return delivery;
    };
    const OwnedFd file(::openat(directory.get(), temporary.c_str(),
                                O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                                S_IRUSR | S_IWUSR));
    if (!file.valid()) {
        return give_up("cannot be made");
    }
    if (!write_all(file.get(), message_text(mail, sender_, now_s)) || ::fsync(file.get()) != 0) {
        return give_up("cannot be written");
    }
    if (::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0) {
        return give_up("cannot be given its name");
    }
    ::fsync(directory.get());  // the file is there in any case
    return {.outcome = DeliveryOutcome::delivered, .reason = path_ + '/' + name};
}

}  // namespace signet::mail
