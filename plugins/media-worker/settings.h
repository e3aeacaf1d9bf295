// What etc/plugins.d/media-worker.yaml says.
#pragma once

#include <gatehouse/config.h>

#include <string>

#include "worker_link.h"

namespace gatehouse::media_worker {

struct Settings {
    LinkOptions::Mode mode = LinkOptions::Mode::kAuto;
    std::string socket;   // empty: <runtime_dir>/media.sock
    std::string program;  // empty: <libexec_dir>/gatehouse-mediad
    int streams_per_shard = 16;
};

const ConfigTable<Settings>& settings_table();

}  // namespace gatehouse::media_worker
