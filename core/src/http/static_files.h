// The console's files, loaded once: content-hashed assets, pre-compressed variants, strict policies on pages.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <Poco/Logger.h>

#include <gatehouse/http.h>
#include <gatehouse/registration.h>

namespace gatehouse::http {

// Reads every regular file below `directory` (symbolic links are not followed; at most 4,096 files and 64 MiB) and
// registers one GET route each under `url_prefix`, plus the prefix itself for index.html. `x.js.gz` and `x.js.br`
// beside `x.js` become its variants, chosen by Accept-Encoding (RFC 9110 section 12.5.3). Names with a content hash
// (`name-0123abcd.js`) are immutable for a year; all else is revalidated by ETag.
//
// A directory without index.html gives a page that says the console is not installed.
struct StaticFilesOptions {
    std::filesystem::path directory;
    std::string url_prefix = "/";  // begins and ends with '/'
};

class StaticFiles {
public:
    // Blocks on the disk. Throws Error(kUnavailable) where a file cannot be read.
    StaticFiles(const StaticFilesOptions& options, Router& router, Poco::Logger& logger);

    std::size_t files() const noexcept { return files_; }
    bool installed() const noexcept { return installed_; }

private:
    Registrations routes_;
    std::size_t files_ = 0;
    bool installed_ = false;
};

}  // namespace gatehouse::http
