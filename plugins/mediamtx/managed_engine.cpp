#include "managed_engine.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <gatehouse/error.h>

#include <algorithm>
#include <array>
#include <utility>

#include "auth_hook.h"
#include "hook_certificate.h"

namespace gatehouse::mediamtx {
namespace {

using namespace std::chrono_literals;

constexpr auto kGather = 100ms;  // a change waits so long for others, so that they come in one rename
constexpr auto kAfterForeignChange = 1'200ms;
constexpr auto kLookAtFile = 2s;
constexpr auto kLookAtChild = 250ms;
constexpr auto kAskAgain = 20s;     // for the version of a MediaMTX that does not answer
constexpr auto kHealthyLife = 10s;  // a child that lived so long is started again at once

std::string directory_of(const Settings& settings, const std::string& runtime_dir) {
    if (!settings.config_dir.empty()) return settings.config_dir;
    return settings.run == Run::kChild ? runtime_dir + "/mediamtx" : "/run/gatehouse-mtx";
}

bool has_port(const std::string& address) { return !address.ends_with(":0"); }

EngineConfig config_from(const Settings& s, const KeptSecrets& secrets) {
    EngineConfig c;
    c.api_address = s.api_address;
    c.hls_address = s.hls_address;
    c.rtsp_address = s.rtsp_address;
    c.hls_variant = s.hls_variant == Variant::kFmp4 ? "fmp4" : "mpegts";
    c.hls_segment = s.hls_segment;
    c.hls_segments = s.hls_segments;
    c.read_timeout = s.read_timeout;
    c.write_queue = s.write_queue;
    c.cdn_secret = secrets.cdn;
    c.hook = AuthHook::place(secrets.hook_port, secrets.hook);
    c.hook_fingerprint = fingerprint_of(secrets.certificate).value_or("");
    return c;
}

Poco::Net::SocketAddress address_of(const std::string& text) { return read_address(text).value(); }  // checked before

}  // namespace

ManagedEngine::ManagedEngine(Settings settings, const std::string& runtime_dir, KeptSecrets secrets, Parts parts)
    : settings_(std::move(settings)),
      program_(settings_.program.empty() ? "mediamtx" : settings_.program),
      secrets_(std::move(secrets)),
      parts_(std::move(parts)),
      file_(directory_of(settings_, runtime_dir), "mediamtx.yml"),
      config_(config_from(settings_, secrets_)) {
    if (const auto version = parse_version(ask_version(program_, 3s))) use(*version);
    choose_ports();
}

ManagedEngine::~ManagedEngine() = default;

// The ports are free now; MediaMTX may still find one taken, and then others are chosen.
void ManagedEngine::choose_ports() {
    const std::array<std::pair<const std::string*, std::string*>, 3> addresses{
        {{&settings_.api_address, &config_.api_address},
         {&settings_.hls_address, &config_.hls_address},
         {&settings_.rtsp_address, &config_.rtsp_address}}};
    std::vector<Poco::Net::ServerSocket> held;  // all at once, so that no port is chosen twice
    for (const auto& [wanted, chosen] : addresses) {
        if (has_port(*wanted)) continue;
        Poco::Net::ServerSocket socket(address_of(*wanted), 1);
        *chosen = socket.address().toString();
        held.push_back(std::move(socket));
    }
    dirty_ = true;
}

void ManagedEngine::want(const WantedPaths& wanted, MonotonicTime now) {
    if (!dirty_ && text_ == written_) wanted_at_ = now;
    config_.paths.clear();
    for (const auto& [name, path] : wanted) config_.paths.emplace(name, path.config);
    dirty_ = true;
}

void ManagedEngine::render() {
    try {
        text_ = checked_render(config_);
        file_trouble_.clear();
    } catch (const Error& e) {
        file_trouble_ = e.message();
        parts_.logger.error(file_trouble_);
    }
    dirty_ = false;
}

bool ManagedEngine::keep_file(MonotonicTime now) {
    if (dirty_) render();
    if (text_.empty() || now < writable_at()) return false;
    try {
        const bool holds = file_.holds(text_);
        if (holds) foreign_at_ = {};
        if (holds && !rewrite_) {
            written_ = text_;
            return false;
        }
        if (!holds && text_ == written_ && foreign_at_ == MonotonicTime{}) {
            parts_.logger.warning("somebody else changed " + file_.path() + "; it is written again");
            foreign_at_ = now;
        }
        // MediaMTX may be reading the other text now, and drops what comes within a second of that.
        const bool read_now = foreign_at_ != MonotonicTime{} && watches_file();
        if (read_now && now < foreign_at_ + kAfterForeignChange) return false;
        file_.write(text_, now);
        foreign_at_ = {};
    } catch (const Error& e) {
        if (file_trouble_ != e.message()) parts_.logger.error(e.message());
        file_trouble_ = e.message();
        write_at_ = now + write_back_off_.next(parts_.random());
        return false;
    }
    write_back_off_.reset();
    file_trouble_.clear();
    written_ = text_;
    rewrite_ = false;
    ++writes_;
    return true;
}

bool ManagedEngine::watches_file() const { return !is_child() || child_; }

MonotonicTime ManagedEngine::writable_at() const {
    const MonotonicTime gathered = std::max(wanted_at_ + kGather, write_at_);
    return watches_file() ? std::max(file_.writable_at(), gathered) : gathered;
}

MonotonicTime ManagedEngine::tick(MonotonicTime now, bool& applied) {
    if (now >= repair_at_ && parts_.log_book.take_refused_call()) {
        // A refused PATCH of somebody else keeps its values; they come alive with the next write of anybody.
        parts_.logger.warning("MediaMTX refused a configuration call of somebody else; its file is read again");
        repair_at_ = now + repair_back_off_.next(parts_.random());
        rewrite_ = true;
    }
    if (!child_ && now >= ask_at_) ask_again(now);
    applied = keep_file(now);
    if (is_child()) keep_child(now);
    MonotonicTime next =
        now + (is_child() ? MonotonicTime::duration(kLookAtChild) : MonotonicTime::duration(kLookAtFile));
    if (foreign_at_ != MonotonicTime{}) next = std::min(next, std::max(now + 10ms, foreign_at_ + kAfterForeignChange));
    if (pending()) next = std::min(next, std::max(now + 10ms, writable_at()));
    return next;
}

// A service that is not found is taken for the newest, and an older one ends at what it does not know in its file: it
// is taken for each in turn until it answers.
void ManagedEngine::ask_again(MonotonicTime now) {
    ask_at_ = is_child() ? MonotonicTime::max() : now + kAskAgain;
    const auto version = parse_version(ask_version(program_, 3s));
    if (version) return use(*version);
    if (known_ || is_child()) return;
    const Capabilities newest = capabilities_of(std::nullopt);
    use(config_.capabilities == newest ? capabilities_of(kFull) : newest);
}

// While MediaMTX is away its HLS port is anybody's who has an account on the machine, and the readers may have told
// him.
void ManagedEngine::renew_secret() {
    if (!told_) return;
    KeptSecrets renewed = secrets_;
    try {
        renewed.cdn = random_secret();
        parts_.renew(renewed);
    } catch (const Error& e) {
        parts_.logger.error("MediaMTX keeps its HLS secret: " + e.message());
        return;
    }
    told_ = false;
    secrets_ = std::move(renewed);
    config_.cdn_secret = secrets_.cdn;
    dirty_ = true;
}

void ManagedEngine::lost(MonotonicTime now) {
    if (!is_child() && ask_at_ == MonotonicTime::max()) ask_at_ = now + kAskAgain;
}

void ManagedEngine::use(const EngineVersion& version) {
    known_ = true;
    use(capabilities_of(version));
}

void ManagedEngine::use(const Capabilities& capabilities) {
    dirty_ = dirty_ || !(capabilities == config_.capabilities);
    config_.capabilities = capabilities;
}

void ManagedEngine::keep_child(MonotonicTime now) {
    if (child_ && !child_->running()) child_ended(now);
    if (child_ || written_.empty() || foreign_at_ != MonotonicTime{} || now < child_at_) return;
    if (!file_.holds(written_)) return;  // the next tick writes it
    try {
        const auto slash = file_.path().rfind('/');
        child_ = start_engine(program_, file_.path(), file_.path().substr(0, slash),
                              [&book = parts_.log_book](std::string_view line) { book.take(line); });
        ++starts_;
        child_since_ = now;
        parts_.logger.information("MediaMTX is started as a child, process " + std::to_string(child_->pid()));
    } catch (const Error& e) {
        if (child_trouble_ != e.message()) parts_.logger.error(e.message());
        child_trouble_ = e.message();
        ask_at_ = child_at_ = now + child_back_off_.next(parts_.random());
    }
}

void ManagedEngine::child_ended(MonotonicTime now) {
    const std::string how = child_->how();
    child_.reset();  // its last lines are read now
    renew_secret();
    if (now - child_since_ >= kHealthyLife) child_back_off_.reset();
    const auto wait = child_back_off_.next(parts_.random());
    child_at_ = now + wait;
    ask_at_ = now;  // another one may lie there now
    const std::string said = parts_.log_book.last_error();
    child_trouble_ = "MediaMTX " + how + (said.empty() ? "" : ": " + said);
    parts_.logger.error(child_trouble_ + "; it is started again in " + std::to_string(wait.count()) + " ms");
    if (parts_.log_book.take_port_taken()) choose_ports();
}

void ManagedEngine::inspect(ApiClient& api, const ConfiguredPaths& actual, PathPlan& plan) {
    const auto& odd = watch_.look(config_, api.settings(), actual);
    plan.settings = odd.settings;
    for (const auto& name : odd.paths)
        if (std::find(plan.replace.begin(), plan.replace.end(), name) == plan.replace.end())
            plan.replace.push_back(name);
}

bool ManagedEngine::repair(const PathPlan& plan, const ConfiguredPaths&, MonotonicTime now) {
    if (now < repair_at_ || rewrite_) return false;
    if (watch_.note_repair()) {
        parts_.logger.error("MediaMTX keeps settings that are not ours (" + describe(plan) +
                            "); they are left as they are");
        return false;
    }
    parts_.logger.warning("MediaMTX's paths differ from ours (" + describe(plan) + "); its file is written again");
    repair_at_ = now + repair_back_off_.next(parts_.random());
    rewrite_ = true;
    return true;
}

// It refuses us, or lets in everybody: somebody changed it, or it has not read the file that names a new hook.
bool ManagedEngine::shut_out(MonotonicTime now) {
    if (now < repair_at_ || pending()) return false;
    parts_.logger.warning("MediaMTX's API has another authentication than ours; its file is written again");
    repair_at_ = now + repair_back_off_.next(parts_.random());
    rewrite_ = true;
    return true;
}

void ManagedEngine::met(const std::optional<EngineInfo>& info) {
    ask_at_ = MonotonicTime::max();
    child_trouble_.clear();
    const std::string started = info ? info->started : "";
    const bool is_another = !started_.empty() && started != started_;
    if (started.empty() || started != std::exchange(started_, started)) watch_.met();
    if (is_another) renew_secret();  // a closed port alone says little: a reload closes it for a moment
    told_ = true;
    const auto version = info ? parse_version(info->version) : std::nullopt;
    if (version) use(*version);
}

ApiPlace ManagedEngine::api() const {
    const auto address = address_of(config_.api_address);
    return {address.host().toString(), address.port(), {}, parts_.call_pass};
}

HlsOrigin ManagedEngine::origin() const {
    if (!told_) return {};  // it is away
    const auto address = address_of(config_.hls_address);
    // Older ones ask the auth hook about everybody, and not all of them read a token.
    const bool token = config_.capabilities.cdn_secret;
    return {address.host().toString(), address.port(),
            token ? "Bearer " + secrets_.cdn : basic_authorization("gatehouse:" + secrets_.cdn)};
}

EngineKeeper::Facts ManagedEngine::facts() const {
    Facts facts;
    facts.starts = starts_;
    facts.writes = writes_;
    facts.pid = child_ ? child_->pid() : 0;
    facts.trouble = file_trouble_.empty() ? child_trouble_ : file_trouble_;
    return facts;
}

}  // namespace gatehouse::mediamtx
