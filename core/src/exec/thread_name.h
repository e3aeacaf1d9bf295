// Threads carry their role's name, so that `top -H` and a core dump can be read.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <string>

namespace gatehouse::exec {

// At most 15 characters (pthread_setname_np(3)); longer names are cut.
inline void name_this_thread(std::string name) {
    name.resize(std::min<std::size_t>(name.size(), 15));
    pthread_setname_np(pthread_self(), name.c_str());
}

}  // namespace gatehouse::exec
