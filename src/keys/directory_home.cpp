#include "keys/directory_home.hpp"

#include "base/system.hpp"
#include "keys/stored_edit.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace signet::keys {
namespace {

// A reader that finds another manifest afterwards looks again; so often in a row means trouble.
constexpr int kLooksMax = 20;

Error refused(std::string sentence) {
    return {Errc::key_unusable, std::move(sentence)};
}

}  // namespace

Result<std::unique_ptr<DirectoryHome>> DirectoryHome::open(DirectoryHomeOptions options) {
    auto directory = KeyDirectory::open(options.directory);
    if (!directory) {
        return directory.error();
    }
    return std::unique_ptr<DirectoryHome>(
        new DirectoryHome(std::move(*directory), std::move(options)));
}

std::int64_t DirectoryHome::now_s() const {
    return options_.clock == nullptr ? SystemClock().now_s() : options_.clock->now_s();
}

Result<DirectoryHome::Stamp> DirectoryHome::take_stamp() const {
    Stamp stamp;
    stamp.directory_ns = directory_.modified_at_ns();
    auto file = directory_.read_if_there(std::string(kManifestName), kManifestBytesMax);
    if (!file) {
        return file.error();
    }
    if (*file) {
        stamp.manifest = std::move((*file)->text);
    }
    file = directory_.read_if_there(std::string(kJournalName), kManifestBytesMax);
    if (!file) {
        return file.error();
    }
    if (*file) {
        stamp.journal = std::move((*file)->text);
    }
    return stamp;
}

Result<DirectoryHome::Reading> DirectoryHome::read(const Stamp& stamp, Judged judged) const {
    Reading reading;
    if (!stamp.manifest) {
        read_first_version(reading, stamp);
        return reading;
    }
    auto manifest = read_manifest(*stamp.manifest);
    if (!manifest) {
        return refused(directory_.path_of(std::string(kManifestName)) + ": " +
                       manifest.error().log_detail);
    }
    reading.manifest = std::move(*manifest);
    read_manifest_keys(reading, judged);
    if (!stamp.journal) {
        find_strays(reading);
    }
    return reading;
}

// No lock: keys.json changes in one step, and the files that it names are there before it and gone
// after it. So what was read is whole if keys.json is the same afterwards.
Result<DirectoryHome::Reading> DirectoryHome::read_steady(Judged judged, Stamp& stamp) const {
    for (int look = 0; look < kLooksMax; ++look) {
        auto before = take_stamp();
        if (!before) {
            return before.error();
        }
        auto reading = read(*before, judged);
        const auto after = take_stamp();
        if (!after) {
            return after.error();
        }
        if (before->manifest == after->manifest && before->journal == after->journal) {
            stamp = std::move(*before);
            return reading;
        }
    }
    return refused(directory_.path() + ": keeps changing while it is read");
}

Result<DirectoryHome::Reading> DirectoryHome::read_sound(Stamp& stamp) const {
    auto reading = read_steady(Judged::no, stamp);
    if (reading && !reading->errors.empty()) {
        wipe_private_parts(reading->keys);
        return refused(reading->errors.front());
    }
    return reading;
}

Result<std::uint64_t> DirectoryHome::epoch() {
    const auto stamp = take_stamp();
    if (!stamp) {
        return stamp.error();
    }
    return *stamp == stamp_ ? epoch_ : epoch_ + 1;
}

Result<KeyView> DirectoryHome::load() {
    if (auto ended = end_interrupted(); !ended) {
        return ended.error();
    }
    Stamp stamp;
    auto reading = read_sound(stamp);
    if (!reading) {
        return reading.error();
    }
    if (stamp != stamp_) {
        stamp_ = std::move(stamp);
        epoch_ = std::max(epoch_ + 1, reading->manifest.epoch);
        if (options_.on_notice) {
            std::ranges::for_each(reading->strays, options_.on_notice);
        }
    }
    return KeyView{std::move(reading->keys), epoch_, now_s()};
}

bool DirectoryHome::wait(std::chrono::milliseconds timeout) {
    std::this_thread::sleep_for(timeout);
    return false;
}

DirectoryHome::Judgement DirectoryHome::judge(Strays strays, Judged judged) {
    if (auto ended = end_interrupted(); !ended) {
        return {{}, {ended.error().log_detail}};
    }
    Stamp stamp;
    auto reading = read_steady(judged, stamp);
    if (!reading) {
        return {{}, {reading.error().log_detail}};
    }
    Judgement out;
    out.faults = std::move(reading->errors);
    if (const auto sound = directory_.check(std::string(kAuditName)); !sound) {
        out.faults.push_back(sound.error().log_detail);
    }
    if (strays == Strays::are_faults) {
        out.faults.insert(out.faults.end(), reading->strays.begin(), reading->strays.end());
    }
    out.view = {std::move(reading->keys), reading->manifest.epoch, now_s()};
    return out;
}

std::vector<std::string> DirectoryHome::find_faults(Strays strays) {
    Judgement judged = judge(strays, Judged::by_gate);
    wipe_private_parts(judged.view.keys);
    return std::move(judged.faults);
}

}  // namespace signet::keys
