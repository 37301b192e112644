#pragma once

#include <string>

namespace signet::http {

// Names the calling thread, as top and gdb show it. The kernel takes 15 characters; the rest is cut
// off.
void name_this_thread(const std::string& name);

// Adds to the nice value of the calling thread (Linux keeps one per thread). Does nothing where
// that is not permitted.
void add_to_nice(int nice);

// Sets the calling thread's time slice to 0.1 ms, so that it runs soon after it wakes up, even
// while other threads compute (sched_setattr(2); Linux 6.12 or later). Does nothing elsewhere.
void use_short_time_slices();

}  // namespace signet::http
