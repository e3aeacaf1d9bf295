#include "http/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <system_error>

#include <gatehouse/error.h>

#include "http/accept_encoding.h"
#include "http/text.h"

namespace gatehouse::http {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 4096;
constexpr std::uintmax_t kMaxBytes = 64u << 20;

constexpr char kPagePolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'none'";

constexpr char kNotInstalled[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Gatehouse</title>\n"
    "<h1>Gatehouse is running</h1>\n<p>The console is not installed on this machine. "
    "The HTTP interface works without it; <a href=\"/health\">/health</a> says how the gateway is.</p>\n</html>\n";

std::string content_type(const std::string& name) {
    static const std::map<std::string, std::string, std::less<>> kTypes{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".map", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".wasm", "application/wasm"},
    };
    const auto dot = name.rfind('.');
    const auto found = dot == std::string::npos ? kTypes.end() : kTypes.find(std::string_view(name).substr(dot));
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

// "index-DiwrgTda.js", "app.0123abcd.css": a part of at least eight letters, digits, '-' or '_' before the extension,
// after '-' or '.', that holds a digit or an upper-case letter (a word has neither).
bool has_content_hash(std::string_view name) {
    const auto slash = name.rfind('/');
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot < 9) return false;
    const std::string_view stem = name.substr(0, dot);
    if (stem[stem.size() - 9] != '-' && stem[stem.size() - 9] != '.') return false;
    const std::string_view hash = stem.substr(stem.size() - 8);
    const auto is_hash_char = [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '-';
    };
    return std::all_of(hash.begin(), hash.end(), is_hash_char) && std::any_of(hash.begin(), hash.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in && !in.eof()) throw Error(ErrorCode::kUnavailable, "cannot read " + path.string());
    return bytes;
}

// Relative names with '/', of everything that may be served.
std::map<std::string, fs::path> list_files(const fs::path& directory, Poco::Logger& logger) {
    std::map<std::string, fs::path> files;
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
        if (it->is_symlink() || !it->is_regular_file()) continue;
        const std::string name = it->path().lexically_relative(directory).generic_string();
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return c > 0x20 && c < 0x7f && std::string_view("{}?#%\\").find(c) == std::string_view::npos;
        });
        bytes += it->file_size();
        if (files.size() >= kMaxFiles || bytes > kMaxBytes) {
            logger.error("%s holds more than %s files or 64 MiB; the rest is not served", directory.string(),
                         std::to_string(kMaxFiles));
            break;
        }
        if (plain)
            files.emplace(name, it->path());
        else
            logger.warning("a file whose name is not plain is not served: %s", it->path().string());
    }
    return files;
}

using Variants = std::array<std::shared_ptr<const Entity>, 3>;  // by Coding

std::shared_ptr<const Entity> make_entity(const std::string& name, std::string bytes, const char* coding, bool varies) {
    Entity::Options options;
    options.content_type = content_type(name);
    options.etag = etag_of(bytes);
    options.cache_control = has_content_hash(name) ? "public, max-age=31536000, immutable" : "no-cache";
    options.accept_ranges = true;
    if (coding != nullptr) options.headers.emplace_back("Content-Encoding", coding);
    if (varies) options.headers.emplace_back("Vary", "Accept-Encoding");
    if (options.content_type.rfind("text/html", 0) == 0 || options.content_type == "image/svg+xml") {
        options.headers.emplace_back("Content-Security-Policy", kPagePolicy);
        options.headers.emplace_back("X-Frame-Options", "DENY");
    }
    options.headers.emplace_back("Referrer-Policy", "no-referrer");
    return Entity::make(std::move(options), Body::text(std::move(bytes)));
}

Variants load_variants(const std::string& name, const std::map<std::string, fs::path>& files) {
    const auto gzip = files.find(name + ".gz"), brotli = files.find(name + ".br");
    const bool varies = gzip != files.end() || brotli != files.end();
    Variants variants;
    variants[0] = make_entity(name, read_file(files.at(name)), nullptr, varies);
    if (gzip != files.end()) variants[1] = make_entity(name, read_file(gzip->second), "gzip", varies);
    if (brotli != files.end()) variants[2] = make_entity(name, read_file(brotli->second), "br", varies);
    return variants;
}

Route file_route(std::size_t number, std::string path, Variants variants) {
    Route route;
    route.name = "static." + std::to_string(number);
    route.methods = {Method::kGet};
    route.pattern = std::move(path);
    route.lane = Lane::kLoop;
    route.cache = CachePolicy{};
    route.handler = [variants = std::move(variants)](Request& request, Responder responder) {
        const Coding coding =
            choose_coding(request.header("Accept-Encoding"), variants[1] != nullptr, variants[2] != nullptr);
        responder.send(Response::of(variants[static_cast<std::size_t>(coding)]));
    };
    return route;
}

bool is_variant(const std::string& name, const std::map<std::string, fs::path>& files) {
    const bool compressed = name.size() > 3 && (name.ends_with(".gz") || name.ends_with(".br"));
    return compressed && files.count(name.substr(0, name.size() - 3)) > 0;
}

}  // namespace

StaticFiles::StaticFiles(const StaticFilesOptions& options, Router& router, Poco::Logger& logger) {
    const auto files = list_files(options.directory, logger);
    for (const auto& [name, path] : files) {
        if (is_variant(name, files)) continue;
        const Variants variants = load_variants(name, files);
        routes_ += router.route(file_route(files_++, options.url_prefix + name, variants));
        if (name == "index.html") {
            routes_ += router.route(file_route(files_, options.url_prefix, variants));
            installed_ = true;
        }
    }
    if (installed_) return;
    logger.warning("no index.html in %s: the console is not installed", options.directory.string());
    routes_ += router.route(
        file_route(files_, options.url_prefix, {make_entity("index.html", kNotInstalled, nullptr, false)}));
}

}  // namespace gatehouse::http
