#include "password/breach_judge.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "password/normalise.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace signet {
namespace {

constexpr std::size_t kDigitsSent = 5;
constexpr std::size_t kDigits = std::size_t{2} * SHA_DIGEST_LENGTH;

// Returns SHA-1 in hexadecimal digits. Lists of breached passwords are made of it; nothing rests on
// its strength.
std::string sha1_digits(std::string_view text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
        throw std::bad_alloc();
    }
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string digits;
    digits.reserve(kDigits);
    for (const unsigned char byte : digest) {
        digits += kHex[byte >> 4U];
        digits += kHex[byte & 0xFU];
    }
    wipe(digest.data(), digest.size());
    return digits;
}

// Takes the next line of the text, without its end.
std::string_view take_line(std::string_view& text) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

}  // namespace

std::optional<bool> range_holds(std::string_view range, std::string_view rest) {
    constexpr std::size_t kRest = kDigits - kDigitsSent;
    bool found = false;
    while (!range.empty()) {
        const std::string_view line = take_line(range);
        if (line.empty()) {
            continue;
        }
        const std::string_view digits = line.substr(0, kRest);
        const std::string_view count = line.substr(std::min(line.size(), kRest + 1));
        if (line.size() < kRest + 2 || line[kRest] != ':' ||
            !std::ranges::all_of(digits, is_hex_digit) || !std::ranges::all_of(count, is_digit)) {
            return std::nullopt;
        }
        const bool padding = count.find_first_not_of('0') == std::string_view::npos;
        found = found || (!padding && equal_ignoring_case(digits, rest));
    }
    return found;
}

BreachJudge::BreachJudge(std::unique_ptr<const PasswordJudge> first,
                         std::unique_ptr<OutboundHttp> http, BreachList list)
    : first_(std::move(first)), http_(std::move(http)), list_(std::move(list)) {
    list_.url.resize(list_.url.find_last_not_of('/') + 1);
}

std::optional<FieldError> BreachJudge::judge(std::string_view pointer, std::string_view password,
                                             std::span<const std::string> own_words) const {
    if (auto objection = first_->judge(pointer, password, own_words)) {
        return objection;
    }
    if (!is_breached(password)) {
        return std::nullopt;
    }
    return FieldError{
        std::string(pointer), "password-weak",
        "This password is in a list of passwords that became known elsewhere. Choose another one."};
}

bool BreachJudge::is_breached(std::string_view password) const {
    auto text = normalise(password, UnicodeForm::nfc);
    if (!text) {
        return false;  // the first judge refuses such a password
    }
    const WipeOnExit wiped_text(*text);
    if (!begin_question()) {
        return false;
    }
    const auto end = [](const BreachJudge* judge) { judge->end_question(); };
    const std::unique_ptr<const BreachJudge, decltype(end)> place(this, end);
    std::string digits = sha1_digits(*text);
    const WipeOnExit wiped_digits(digits);
    return is_listed(std::string_view(digits).substr(0, kDigitsSent),
                     std::string_view(digits).substr(kDigitsSent));
}

bool BreachJudge::is_listed(std::string_view digits, std::string_view rest) const {
    const Time began = list_.steady_now();
    const OutboundReply reply = http_->get({.url = list_.url + '/' + std::string(digits),
                                            .fields = {"Add-Padding: true"},
                                            .timeout = kBreachTimeout,
                                            .bytes_max = kBreachAnswerBytesMax});
    if (reply.status != 200) {
        note_silence(reply.status == 0 ? reply.fault
                                       : "it answered " + std::to_string(reply.status));
        return false;
    }
    const std::optional<bool> found = range_holds(reply.body, rest);
    if (!found) {
        note_silence("its answer is no list of hashes and counts");
    } else if (list_.steady_now() - began > kBreachSlow) {
        note_silence("its answer took more than " + std::to_string(kBreachSlow.count()) + " ms");
    } else {
        note_answer();
    }
    return found.value_or(false);
}

bool BreachJudge::begin_question() const {
    {
        const std::scoped_lock lock(mutex_);
        const Time now = list_.steady_now();
        if (silent_ && now < next_) {
            return false;
        }
        if (asking_ < list_.questions_max) {
            ++asking_;
            if (silent_) {
                next_ = now + kBreachPause;  // this question tries for everybody
                told_ = false;
            }
            return true;
        }
        if (now < crowd_told_) {
            return false;
        }
        crowd_told_ = now + kBreachPause;
    }
    list_.on_silence("as many questions as may be are on their way");
    return false;
}

void BreachJudge::end_question() const {
    const std::scoped_lock lock(mutex_);
    --asking_;
}

void BreachJudge::note_answer() const {
    const std::scoped_lock lock(mutex_);
    silent_ = false;
    told_ = false;
}

void BreachJudge::note_silence(std::string_view reason) const {
    {
        const std::scoped_lock lock(mutex_);
        silent_ = true;
        next_ = list_.steady_now() + kBreachPause;
        if (std::exchange(told_, true)) {
            return;
        }
    }
    list_.on_silence(reason);
}

}  // namespace signet
