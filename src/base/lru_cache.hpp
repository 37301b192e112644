#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace signet {

// A map of bounded size. When a new entry does not fit, the least recently used ones go. Not
// thread-safe: caches of several threads hold one of these in each of their shards, under its lock.
template <class Key, class Value, class Hash>
class LruCache {
public:
    // What an entry takes beside its value: a node of a list and one of a map, a bucket, and what
    // the allocator adds.
    static constexpr std::size_t kEntryOverhead = 2 * sizeof(Key) + 96;

    explicit LruCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Returns the value, which counts as used now, or null. It stays valid until the next change.
    Value* find(const Key& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) {
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->value;
    }

    // Replaces what is known of the key. `bytes` is what the value takes; one that is larger than
    // the whole cache is not kept, and what was known before is dropped all the same.
    void put(const Key& key, Value value, std::size_t bytes) {
        erase(key);
        bytes += kEntryOverhead;
        if (bytes > bytes_max_) {
            return;
        }
        while (bytes_ + bytes > bytes_max_) {
            drop(std::prev(entries_.end()));
        }
        entries_.push_front({key, std::move(value), bytes});
        bytes_ += bytes;  // counted before anything else can throw, because drop() takes it off
        by_key_.emplace(key, entries_.begin());
    }

    void erase(const Key& key) {
        if (const auto found = by_key_.find(key); found != by_key_.end()) {
            drop(found->second);
        }
    }

    std::size_t size() const { return entries_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t bytes_max() const { return bytes_max_; }

private:
    struct Entry {
        Key key;
        Value value;
        std::size_t bytes;
    };
    using Entries = std::list<Entry>;

    void drop(typename Entries::iterator entry) {
        bytes_ -= entry->bytes;
        by_key_.erase(entry->key);
        entries_.erase(entry);
    }

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    Entries entries_;  // the most recently used one stands first
    std::unordered_map<Key, typename Entries::iterator, Hash> by_key_;
};

}  // namespace signet
