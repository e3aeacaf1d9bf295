// The life of a reader: begins when it is wanted, asks, bears failures, rests.
#include "hls/hls_reader.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "hls/init_section.h"

namespace gatehouse::mediamtx {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLargestAudioBytes = 16u << 20;
constexpr milliseconds kFirstWait{500}, kWaitWhileWanted{1'000}, kWaitOtherwise{5'000};
// From so many failures in a row on nobody is told that pictures are about to come.
constexpr int kHopeless = 4;
// A failure that took so long weighs as much: MediaMTX has tried for us.
constexpr std::chrono::seconds kLongTry{3};
constexpr int kMostMuxersGone = 2;
// MediaMTX gives a camera on demand up after 10 s (sourceOnDemandStartTimeout); asked again then, it calls it again.
constexpr std::chrono::seconds kTrial{9};

std::int64_t us_of(MonotonicTime time) noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::string text_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Poco::Exception& e) {
        return e.message();
    } catch (const std::exception& e) {
        return e.what();
    }
}

}  // namespace

HlsReader::HlsReader(std::shared_ptr<const ReaderTools> tools, HlsStream stream)
    : tools_(std::move(tools)), stream_(std::move(stream)), always_(stream_.always) {}

// What no step expects (no descriptor, no memory) ends the reading, to be tried again later.
template <class Work>
void HlsReader::bear(Work work) {
    try {
        work();
    } catch (const std::exception&) {
        lost(text_of(std::current_exception()), true);
    }
}

PlaylistClock::Now HlsReader::now() const { return {tools_->clock.monotonic_now(), tools_->clock.utc_now()}; }

std::string HlsReader::name() const {
    return "camera " + stream_.camera_uuid + " (" + std::string(gatehouse::name(stream_.role)) + ")";
}

bool HlsReader::demanded(MonotonicTime now) const noexcept {
    return us_of(now) - demanded_us_ <= std::chrono::microseconds(tools_->options.demand_window).count();
}

void HlsReader::set_origin(std::shared_ptr<const HlsOrigin> origin) {
    std::unique_lock lock(mutex_);
    if (origin && origin->port == 0) origin.reset();
    origin_ = std::move(origin);
    failures_ = 0;
    drop_reading();
    if (active_) due_us_ = us_of(tools_->clock.monotonic_now());
    leave(lock);
}

MonotonicTime HlsReader::next_look() const noexcept {
    if (stopped_) return MonotonicTime::max();
    if (!active_) return always_ ? MonotonicTime{} : MonotonicTime::max();
    std::int64_t us = due_us_;
    if (!always_)
        us = std::min(us, demanded_us_ + std::chrono::microseconds(tools_->options.demand_window).count() + 1);
    return us == INT64_MAX ? MonotonicTime::max() : MonotonicTime(std::chrono::microseconds(us));
}

void HlsReader::demand(MonotonicTime now) {
    demanded_us_ = us_of(now);
    if (!active_) begin(now);
}

void HlsReader::try_once(MonotonicTime now) {
    const std::int64_t trial = us_of(now - tools_->options.demand_window + kTrial);
    std::int64_t before = demanded_us_;
    while (before < trial && !demanded_us_.compare_exchange_weak(before, trial)) {
    }
    if (!active_) begin(now);
}

void HlsReader::begin(MonotonicTime now) {
    std::unique_lock lock(mutex_);
    if (active_ || stopped_) return;
    active_ = true;
    failures_ = gone_ = 0;
    due_us_ = us_of(now);
    bear([this] { go_on(); });
    leave(lock);
}

void HlsReader::tick(MonotonicTime now) {
    if (!active_) {
        if (always_) begin(now);
        return;
    }
    const bool goes_to_rest = !always_ && !demanded(now);
    if (!goes_to_rest && us_of(now) < due_us_) return;
    std::unique_lock lock(mutex_);
    if (!active_ || stopped_) return;
    if (goes_to_rest) return rest(lock);
    if (us_of(now) >= due_us_) bear([this] { go_on(); });
    leave(lock);
}

// The next request, whatever it is.
void HlsReader::go_on() {
    if (!origin_) {  // MediaMTX may be about to answer for the first time
        if (++failures_ == kHopeless) tell_ = true;
        due_us_ = us_of(now().monotonic + kWaitWhileWanted);
    } else if (!index_) {
        ask(Step::kIndex, "index.m3u8");
    } else if (!queue_.empty()) {
        fetch_next();
    } else {
        ask(Step::kPlaylist, index_->media_uri);
    }
}

void HlsReader::rest(std::unique_lock<std::mutex>& lock) {
    active_ = false;
    due_us_ = INT64_MAX;
    drop_reading();
    muxer_.reset();
    tell_ = window_ != nullptr;
    window_.reset();
    leave(lock);
}

void HlsReader::stop() {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    active_ = false;
    drop_reading();
    tell_ = false;
    leave(lock);
}

// Forgets where we were, so that the index comes next. What was taken over stays.
void HlsReader::drop_reading() {
    ++turn_;
    index_.reset();
    queue_.clear();
    file_.reset();
    clock_ = {};
}

// Gives the lock back, then does what must not be done under it. An answer to an older turn ends here.
void HlsReader::leave(std::unique_lock<std::mutex>& lock) {
    const HttpCall old = turn_ == call_turn_ ? HttpCall() : std::exchange(call_, {});
    const bool tell = std::exchange(tell_, false);
    lock.unlock();
    old.cancel();
    tools_->look_by(next_look());
    if (tell) tools_->changed(stream_.camera_uuid, stream_.role);
}

void HlsReader::ask(Step step, const std::string& file) {
    const auto& options = tools_->options;
    const auto& counters = tools_->counters;
    HttpClientRequest request;
    request.host = origin_->host;
    request.port = origin_->port;
    request.target = '/' + stream_.path_name + '/' + file;
    if (!origin_->authorization.empty()) request.headers = {{"Authorization", origin_->authorization}};
    request.deadline = options.file_deadline;
    switch (step) {
        case Step::kIndex:
        case Step::kPlaylist:
        case Step::kAudioPlaylist:
            // Until there is content, MediaMTX lets them wait.
            if (step == Step::kIndex || !muxer_) request.deadline = options.index_deadline;
            request.body_limit_bytes = kLargestPlaylistBytes;
            (step == Step::kIndex ? counters.index_requests : counters.playlist_requests).add();
            break;
        case Step::kInit:
        case Step::kAudioInit:
            request.body_limit_bytes = kLargestInitBytes;
            counters.init_requests.add();
            break;
        case Step::kSegment:
            request.body_limit_bytes = options.segment_limit_bytes;
            request.on_body = [file_being_filled = file_](std::string_view piece) { file_being_filled->append(piece); };
            counters.segment_requests.add();
            break;
        case Step::kAudioSegment:
            request.body_limit_bytes = std::min(options.segment_limit_bytes, kLargestAudioBytes);
            counters.segment_requests.add();
            break;
    }
    due_us_ = INT64_MAX;
    asked_at_ = now().monotonic;
    call_turn_ = ++turn_;
    try {
        call_ = tools_->client.send(std::move(request), [weak = weak_from_this(), turn = turn_, step](
                                                            HttpClientResponse response, std::exception_ptr failure) {
            if (const auto self = weak.lock()) self->answered(turn, step, std::move(response), std::move(failure));
        });
    } catch (const Error&) {  // the client is stopped, and so shall we be
        due_us_ = us_of(now().monotonic + kWaitOtherwise);
    }
}

void HlsReader::answered(std::uint64_t turn, Step step, HttpClientResponse response, std::exception_ptr failure) {
    std::unique_lock lock(mutex_);
    if (turn != turn_ || stopped_) return;
    call_ = {};
    bear([&] {
        if (failure) return failed(step, text_of(failure));
        if (response.status != 200) return refused(step, response.status);
        try {
            take(step, std::move(response));
        } catch (const std::exception&) {
            failed(step, text_of(std::current_exception()));
        }
    });
    leave(lock);
}

// An answer that says no.
void HlsReader::refused(Step step, int status) {
    const std::string reason = "MediaMTX answers " + std::to_string(status);
    // 401 on a child: no muxer, or our session is over. 404 on a child playlist: another muxer's names.
    const bool gone = status == 401 || (status == 404 && step != Step::kSegment);
    if (take_audio_failure(step)) return;
    if (step == Step::kIndex) {
        tools_->counters.failures.add();
        // 404 and 500 are MediaMTX's words for a camera that is not there; others mean that it does not know us.
        return lost(reason, status != 404 && status < 500);
    }
    if (gone) return muxer_gone();
    if (step == Step::kSegment && status == 404) return give_up_segment();
    failed(step, reason);
}

// No answer, or one that makes no sense.
void HlsReader::failed(Step step, const std::string& reason) {
    tools_->counters.failures.add();
    if (take_audio_failure(step)) return;
    if (step != Step::kSegment) return lost(reason);
    if (queue_.empty()) return batch_done();
    if (++queue_.front().tries >= 2) return give_up_segment();
    due_us_ = us_of(now().monotonic + milliseconds(100));
}

void HlsReader::muxer_gone() {
    if (added_) publish(true);
    drop_reading();
    if (++gone_ > kMostMuxersGone) return lost("MediaMTX's muxer comes and goes");
    ask(Step::kIndex, "index.m3u8");
}

void HlsReader::lost(const std::string& reason, bool long_wait) {
    const auto at = now();
    if (added_) publish(false);
    if (window_ && window_->live) publish(false);
    drop_reading();
    const int before = failures_;
    failures_ += at.monotonic - asked_at_ > kLongTry ? kHopeless : 1;
    // Once: a camera that was given up is tried for days.
    if (before == 0 && !std::exchange(told_lost_, true))
        tools_->logger.information(name() + " has no picture: " + reason);
    if (before < kHopeless && failures_ >= kHopeless) tell_ = true;  // nobody need wait any longer
    const auto limit = demanded(at.monotonic) && !long_wait ? kWaitWhileWanted : kWaitOtherwise;
    auto wait = long_wait ? kWaitOtherwise : std::min(kFirstWait * (1 << std::clamp(failures_ / 2, 0, 6)), limit);
    wait -= milliseconds(us_of(at.monotonic) % 97);  // so that cameras that went together do not ask together
    due_us_ = us_of(at.monotonic + wait);
}

std::shared_ptr<const MediaWindow> HlsReader::window() const {
    std::lock_guard lock(mutex_);
    return window_;
}

bool HlsReader::coming() const {
    std::lock_guard lock(mutex_);
    return active_ && failures_ < kHopeless;
}

}  // namespace gatehouse::mediamtx
