#pragma once

#include "base/system.hpp"

#include <signet/ports/outbound.hpp>
#include <signet/ports/passwords.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signet {

// How long a question to the list of breached passwords may take, and how large its answer may be.
inline constexpr std::chrono::milliseconds kBreachTimeout{2000};
inline constexpr std::size_t kBreachAnswerBytesMax = std::size_t{1024} * 1024;
// A list that takes longer than this is used, and then counts as one that does not answer: a thread
// that hashes passwords waits for it.
inline constexpr std::chrono::milliseconds kBreachSlow{1000};
// For how long a list that does not answer is not asked again.
inline constexpr std::chrono::seconds kBreachPause{30};

// Tells whether a range holds the rest of a hash. A range is lines of 35 hexadecimal digits, a
// colon and a count, of which a count of zero is padding. Returns nothing for any other text.
std::optional<bool> range_holds(std::string_view range, std::string_view rest);

struct BreachList {
    std::string url;  // what comes before the slash and the five digits
    // How many questions may be on their way at once. One more is not asked, so that a list which
    // hangs cannot take every thread that hashes.
    std::size_t questions_max = 1;
    // Called when a password was not looked up, at most once in kBreachPause for the same cause:
    // the list did not answer and will be left alone for that long, or too many asked at once.
    std::function<void(std::string_view reason)> on_silence = [](std::string_view) {};
    std::chrono::steady_clock::time_point (*steady_now)() = &now_since_boot;
};

// Refuses what another judge refuses, and beyond it passwords that a list of breached ones has. The
// list gets the first five of the forty hexadecimal digits of the password's SHA-1, which hundreds
// of thousands of other passwords share. When it does not answer as it should, nothing more is
// refused, and nobody waits for it during kBreachPause; after that one question tries. Thread-safe.
class BreachJudge final : public PasswordJudge {
public:
    BreachJudge(std::unique_ptr<const PasswordJudge> first, std::unique_ptr<OutboundHttp> http,
                BreachList list);

    // Waits for the list up to kBreachTimeout. A breached password has the code password-weak.
    std::optional<FieldError> judge(std::string_view pointer, std::string_view password,
                                    std::span<const std::string> own_words) const override;

private:
    using Time = std::chrono::steady_clock::time_point;

    bool is_breached(std::string_view password) const;
    // Asks for the range that begins with `digits`, and looks for `rest` in it.
    bool is_listed(std::string_view digits, std::string_view rest) const;
    // Takes a place among the questions. Returns false if the list is not to be asked now.
    bool begin_question() const;
    void end_question() const;
    void note_answer() const;
    void note_silence(std::string_view reason) const;

    std::unique_ptr<const PasswordJudge> first_;
    std::unique_ptr<OutboundHttp> http_;
    BreachList list_;
    mutable std::mutex mutex_;
    mutable bool silent_ = false;  // the last question got no answer
    mutable bool told_ = false;    // on_silence was called since the list was asked last
    mutable Time next_{};          // when it may be asked, while it is silent
    mutable std::size_t asking_ = 0;
    mutable Time crowd_told_{};  // until when it need not be told that too many ask
};

}  // namespace signet
