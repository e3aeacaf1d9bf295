#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>

#include "breadcrumbs.h"
#include "gst_setup.h"
#include "log.h"
#include "options.h"
#include "process.h"
#include "receivers.h"
#include "shard.h"
#include "supervisor.h"

namespace gatehouse::mediad {
namespace {

int run_shard(const Options& options) {
    if (!die_with_parent(SIGKILL, options.parent)) return 1;
    // Dozens of streaming threads would each get an arena of their own.
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_TRIM_THRESHOLD, 512 * 1024);
    raise_descriptor_limit();
    Breadcrumbs crumbs{UniqueFd(options.crumbs_fd)};
    set_up_gstreamer();
    int code = 0;
    {
        Shard shard(UniqueFd(options.fd), make_receiver_factory(crumbs), crumbs);
        code = shard.run();
    }
    tear_down_gstreamer();
    return code;
}

int run(const Options& options) {
    switch (options.mode) {
        case Options::Mode::help:
            return std::fputs(kUsage, stdout) < 0 ? 1 : 0;
        case Options::Mode::version:
            return std::puts(GATEHOUSE_VERSION) < 0 ? 1 : 0;
        case Options::Mode::shard:
            return run_shard(options);
        case Options::Mode::supervisor:
            break;
    }
    if (options.die_with_parent && !die_with_parent(SIGTERM, options.parent)) return 1;
    raise_descriptor_limit();
    return Supervisor(options.supervisor).run();
}

}  // namespace
}  // namespace gatehouse::mediad

int main(int argc, char** argv) {
    using namespace gatehouse::mediad;
    Options options;
    try {
        options = parse_options({argv, static_cast<std::size_t>(argc)});
    } catch (const std::invalid_argument& error) {
        log(Level::error, "", error.what());
        return 64;
    }
    try {
        return run(options);
    } catch (const std::exception& error) {
        log(Level::error, "", error.what());
        return 1;
    }
}
