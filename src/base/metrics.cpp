#include "base/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace signet {
namespace {

constexpr double kUsPerS = 1e6;

// Whole numbers as such, since counters are.
std::string number(double value) {
    constexpr double kWholeMax = 9'007'199'254'740'992.0;  // 2^53
    std::array<char, 512> text{};                          // enough for every double
    const bool whole = std::abs(value) <= kWholeMax && std::trunc(value) == value;
    const auto end = whole ? std::to_chars(text.data(), text.data() + text.size(),
                                           static_cast<std::int64_t>(value))
                           : std::to_chars(text.data(), text.data() + text.size(), value,
                                           std::chars_format::fixed);
    return {text.data(), end.ptr};
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
    out += out.back() == '{' ? "" : ",";
    out.append(name).append("=\"");
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

}  // namespace

std::uint64_t DurationFigures::count() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

DurationFigures& DurationFigures::operator+=(const DurationFigures& other) {
    std::ranges::transform(counts, other.counts, counts.begin(), std::plus());
    sum_us += other.sum_us;
    return *this;
}

void Durations::add(std::chrono::nanoseconds duration) {
    const std::int64_t us = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
    // The classes are few, and most durations belong to the first ones.
    std::size_t at = 0;
    while (at < kDurationBoundsUs.size() && us > kDurationBoundsUs[at]) {
        ++at;
    }
    counts_[at].add();
    sum_us_.add(static_cast<std::uint64_t>(us));
}

DurationFigures Durations::figures() const {
    DurationFigures figures;
    std::ranges::transform(counts_, figures.counts.begin(), &OwnCounter::value);
    figures.sum_us = sum_us_.value();
    return figures;
}

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
}

void Exposition::add(const Labels& labels, double value) {
    sample("", labels, "", value);
}

void Exposition::add(const Labels& labels, const DurationFigures& durations) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kDurationBoundsUs.size(); ++i) {
        below += durations.counts[i];
        sample("_bucket", labels, number(static_cast<double>(kDurationBoundsUs[i]) / kUsPerS),
               static_cast<double>(below));
    }
    const auto all = static_cast<double>(durations.count());
    sample("_bucket", labels, "+Inf", all);
    sample("_sum", labels, "", static_cast<double>(durations.sum_us) / kUsPerS);
    sample("_count", labels, "", all);
}

void Exposition::sample(std::string_view suffix, const Labels& labels, std::string_view bound,
                        double value) {
    text_.append(name_).append(suffix);
    if (labels.size() > 0 || !bound.empty()) {
        text_ += '{';
        for (const auto& [name, text] : labels) {
            append_label(text_, name, text);
        }
        if (!bound.empty()) {
            append_label(text_, "le", bound);
        }
        text_ += '}';
    }
    text_.append(" ").append(number(value)).append("\n");
}

}  // namespace signet
