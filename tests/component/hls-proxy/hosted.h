// A fake context with a real database and a real cache registry in a directory of its own.
#pragma once

#include <gatehouse/plugin.h>
#include <gatehouse/testing/fake_context.h>
#include <gatehouse/testing/fake_engine.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "cache/cache_registry.h"
#include "db/database_pool.h"

namespace gatehouse::hls::test {

inline std::string make_directory() {
    char pattern[] = "/tmp/hls-proxy-XXXXXX";
    return ::mkdtemp(pattern);
}

struct Hosted {
    Hosted() : directory(make_directory()), context(Places{directory, directory, directory}) {
        db::DbOptions options;
        options.path = directory + "/gatehouse.db";
        pool = std::make_unique<db::DatabasePool>(options, context.fake_clock, workers, context.figures,
                                                  Poco::Logger::get("db"));
        caches =
            std::make_unique<cache::CacheRegistry>(cache::CacheRegistryOptions{}, context.fake_clock, context.figures);
        context.cache_registry = caches.get();
    }
    ~Hosted() {
        database.reset();
        pool.reset();
        workers.stop();
        std::filesystem::remove_all(directory);
    }
    void open_database(const char* name, const char* prefix, const PluginMigration* migrations) {
        db::DbIdentity identity{name, prefix, {}};
        for (const auto* m = migrations; m->sql != nullptr; ++m) identity.migrations.push_back({m->number, m->sql});
        database = pool->open_for(std::move(identity));
        context.database = database.get();
    }

    std::string directory;
    testing::FakeContext context;
    exec::WorkerPool workers{{2, 64}};
    std::unique_ptr<db::DatabasePool> pool;
    std::unique_ptr<cache::CacheRegistry> caches;
    std::unique_ptr<Database> database;
};

}  // namespace gatehouse::hls::test
