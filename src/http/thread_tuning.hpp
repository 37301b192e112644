#pragma once

#include <string>

namespace signet::http {

// Names the calling thread, for whoever looks with top or gdb. The kernel takes 15 characters; the
// rest is cut.
void name_this_thread(const std::string& name);

// Adds to the calling thread's nice value (Linux keeps one a thread). A refusal changes nothing.
void add_to_nice(int nice);

// Makes the calling thread's turns a tenth of a millisecond, so that it has one soon after it
// wakes, also while others compute (sched_setattr(2); Linux from 6.12 on). Elsewhere nothing
// changes.
void take_short_turns();

}  // namespace signet::http
