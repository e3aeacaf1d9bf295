#include "stream.h"

#include <utility>

#include <gatehouse/media_protocol/text.h>

#include "causes.h"
#include "log.h"
#include "utc.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;
using mp::StreamPhase;

/// The sink of one receiver. A receiver that was given up may go on calling for a while; it is no longer `attempt_`
/// then.
class Stream::Attempt final : public MediaSink {
public:
    explicit Attempt(std::weak_ptr<Stream> stream) : stream_(std::move(stream)) {}

    void connected() override {
        with_stream([](Stream& s) { s.connected_ = Clock::now(); });
    }
    void video_config(VideoConfig config) override {
        with_stream([&](Stream& s) { s.maker_.set_video(std::move(config)); });
    }
    void audio_config(AudioConfig config) override {
        with_stream([&](Stream& s) { s.maker_.set_audio(std::move(config)); });
    }
    void note(std::string text) override {
        with_stream([&](Stream& s) {
            s.state_.note = mp::clean_text(text, mp::kMaxTextBytes);
            log(Level::info, s.wanted_.label, s.state_.note);
        });
    }
    void unit(const AccessUnit& unit) override {
        with_stream([&](Stream& s) {
            if (unit.track == Track::video) s.last_video_ = Clock::now();
            s.maker_.push(unit);
            if (s.lost_fragment_) s.maker_.end_run();  // decode times must not have holes within a run
        });
    }
    void video_packet() override {
        with_stream([](Stream& s) { s.last_video_ = Clock::now(); });
    }
    void discontinuity() override {
        with_stream([](Stream& s) { s.maker_.end_run(); });
    }
    void failed(Failure failure) override {
        with_stream([&](Stream& s) {
            s.maker_.end_source();
            if (!s.failure_) s.failure_ = std::move(failure);
            s.outbox_.wake();
        });
    }

private:
    template <class Use>
    void with_stream(Use use) {
        const std::shared_ptr<Stream> stream = stream_.lock();
        if (!stream) return;
        const Breadcrumbs::Mark mark(stream->crumbs_, stream->crumb_hash_);
        const std::lock_guard lock(stream->mutex_);
        if (stream->attempt_.get() == this) use(*stream);
    }

    std::weak_ptr<Stream> stream_;
};

Stream::Stream(mp::UpsertStream wanted, Outbox& outbox, Breadcrumbs& crumbs, const ReceiverFactory& factory,
               Clock::time_point now)
    : wanted_(std::move(wanted)),
      outbox_(outbox),
      crumbs_(crumbs),
      crumb_hash_(breadcrumb_hash(wanted_.stream_id)),
      factory_(factory),
      random_(static_cast<unsigned>(std::hash<std::string>{}(wanted_.stream_id))),
      next_attempt_(now),
      udp_(wanted_.transport == mp::Transport::udp),
      maker_(*this),
      last_video_(now),
      last_fragment_(now) {
    state_.stream_id = wanted_.stream_id;
    set_phase(StreamPhase::connecting, Cause::none, "");
}

Stream::~Stream() = default;

void Stream::stop() {
    std::shared_ptr<Attempt> old;
    {
        const std::lock_guard lock(mutex_);
        old = std::exchange(attempt_, nullptr);
        maker_.end_source();
    }
    receiver_.reset();
}

void Stream::set_phase(StreamPhase phase, Cause cause, std::string text) {
    text = mp::clean_text(text, mp::kMaxTextBytes);  // a camera's own words may be among them
    const bool same =
        state_.since_us != 0 && state_.phase == phase && state_.cause == cause && state_.cause_text == text;
    if (same) return;
    if (state_.since_us == 0 || state_.phase != phase) state_.since_us = utc_now_us();
    const bool first_live = state_.phase == StreamPhase::connecting && phase == StreamPhase::live;
    state_.phase = phase;
    state_.cause = cause;
    state_.cause_text = std::move(text);
    post_state();
    if (first_live) log(Level::info, wanted_.label, "live");
}

void Stream::tell(CameraStory::Line line) {
    if (line == CameraStory::Line::kNone) return;
    const std::string words = words_of(line, state_.cause_text);
    log(is_trouble(line) ? Level::warning : Level::info, wanted_.label,
        line == CameraStory::Line::kFailed ? "offline: " + words : words);
}

void Stream::post_state() { outbox_.post(state_); }

Stream::Clock::time_point Stream::tick(Clock::time_point now) {
    if (receiver_) {
        if (auto failure = trouble(now)) give_up(now, std::move(*failure));
    }
    if (!receiver_ && now >= next_attempt_) start(now);
    {
        const std::lock_guard lock(mutex_);
        tell(story_.seen(state_.phase == StreamPhase::live, false, state_.cause_text, now));
    }
    return receiver_ ? now + std::chrono::seconds(1) : next_attempt_;
}

std::optional<Failure> Stream::trouble(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::exchange(failure_, std::nullopt);
    if (!connected_) {
        if (now - attempt_started_ > kSetupLimit) return failure(Cause::no_answer);
        return std::nullopt;
    }
    if (now - std::max(last_video_, *connected_) > kSilence) return failure(Cause::no_pictures);
    if (now - std::max(last_fragment_, *connected_) > kNoKeyframe)
        return failure(Cause::bad_stream, "the camera sends pictures but never a keyframe that can be shown");
    return std::nullopt;
}

void Stream::start(Clock::time_point now) {
    auto attempt = std::make_shared<Attempt>(weak_from_this());
    {
        const std::lock_guard lock(mutex_);
        attempt_ = attempt;
        connected_.reset();
        failure_.reset();
        state_.note.clear();
    }
    attempt_started_ = now;
    receiver_ = factory_({wanted_.url, wanted_.user, wanted_.password, udp_, crumb_hash_}, std::move(attempt));
}

void Stream::give_up(Clock::time_point now, Failure failure) {
    // Where the transport is ours to choose, every attempt begins with TCP; UDP follows at once when TCP is refused.
    const bool automatic = wanted_.transport == mp::Transport::automatic;
    const bool try_udp = automatic && !udp_ && failure.transport_refused;
    if (automatic) udp_ = try_udp;
    std::shared_ptr<Attempt> old;
    Clock::time_point last_fragment;
    {
        const std::lock_guard lock(mutex_);
        old = std::exchange(attempt_, nullptr);
        maker_.end_source();
        last_fragment = last_fragment_;
        const bool hopeless = failure.cause == Cause::unsupported_codec;
        if (!try_udp) {
            set_phase(hopeless ? StreamPhase::unsupported : StreamPhase::offline, failure.cause,
                      std::move(failure.text));
            tell(story_.failed(state_.cause_text, now));
        }
    }
    receiver_.reset();
    next_attempt_ = now;
    if (try_udp) return;
    if (last_fragment > attempt_started_) backoff_.played();
    const double chance = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
    const auto outage = std::chrono::duration_cast<Backoff::Duration>(now - last_fragment);
    const bool refused_login = failure.cause == Cause::wrong_credentials && !wanted_.user.empty();
    next_attempt_ += refused_login ? backoff_.next_login(outage, chance) : backoff_.next(outage, chance);
}

void Stream::run_begun(RunInfo run) {
    lost_fragment_ = false;
    refused_run_ = run.init_section.size() > mp::kMaxInitSectionBytes;
    if (refused_run_) return log(Level::warning, wanted_.label, "the stream's parameter sets are too large");
    state_.video_codec = run.video_codec;
    state_.audio_codec = run.audio_codec;
    state_.width = run.width;
    state_.height = run.height;
    outbox_.post(mp::RunBegin{wanted_.stream_id, ++run_id_, kVideoTimescale, run.video_codec, run.audio_codec,
                              run.width, run.height, run.started_us, std::move(run.init_section)});
    if (state_.phase == StreamPhase::live) post_state();
}

void Stream::fragment_made(const FragmentInfo& fragment, std::span<const std::span<const std::byte>> parts) {
    if (refused_run_ || lost_fragment_) return;
    auto place = chunks_.append(fragment.keyframe, fragment.duration, parts);
    if (!place) {
        lost_fragment_ = true;
        return log(Level::error, wanted_.label, "a fragment is lost: no memory or no descriptor is left");
    }
    if (place->new_chunk) outbox_.post(mp::Chunk{wanted_.stream_id, place->chunk_id}, std::move(place->new_chunk));
    outbox_.post(mp::Fragment{wanted_.stream_id, run_id_, place->chunk_id, place->offset_bytes, place->size_bytes,
                              fragment.decode_time, fragment.duration, fragment.keyframe, ++number_,
                              fragment.wallclock_us, fragment.ends_gop});
    last_fragment_ = Clock::now();
    if (attempt_) set_phase(StreamPhase::live, Cause::none, "");
}

}  // namespace gatehouse::mediad
