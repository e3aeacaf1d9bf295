#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include <gatehouse/media_protocol/messages.h>

#include "backoff.h"
#include "breadcrumbs.h"
#include "camera_story.h"
#include "chunk_writer.h"
#include "fragment_maker.h"
#include "outbox.h"
#include "receiver.h"

namespace gatehouse::mediad {

/// One stream of a shard: keeps a receiver going for ever, makes fragments of what it brings, and tells the outbox.
///
/// tick() and the constructor belong to the shard's loop; on_...() and the fragment path run on whatever thread the
/// receiver uses, one at a time (mutex_), and are ignored unless they come from the present attempt. `outbox`, `crumbs`
/// and `factory` must outlive the stream.
class Stream final : public FragmentSink, public std::enable_shared_from_this<Stream> {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds kSilence{5};      ///< connected, but no video for so long
    static constexpr std::chrono::seconds kNoKeyframe{30};  ///< video, but nothing that can be shown
    static constexpr std::chrono::seconds kSetupLimit{20};  ///< from the attempt's start to "connected"

    Stream(media_protocol::UpsertStream wanted, Outbox& outbox, Breadcrumbs& crumbs, const ReceiverFactory& factory,
           Clock::time_point now);
    ~Stream() override;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    const media_protocol::UpsertStream& wanted() const noexcept { return wanted_; }

    /// Does what is due and returns when it wants to be called again at the latest. It is also to be called after every
    /// wake-up of the outbox.
    Clock::time_point tick(Clock::time_point now);

    /// Gives up the present attempt for good.
    void stop();

    void run_begun(RunInfo run) override;
    void fragment_made(const FragmentInfo& fragment, std::span<const std::span<const std::byte>> parts) override;

private:
    class Attempt;

    void start(Clock::time_point now);
    void give_up(Clock::time_point now, Failure failure);
    std::optional<Failure> trouble(Clock::time_point now);
    void set_phase(media_protocol::StreamPhase phase, Cause cause, std::string text);
    void post_state();
    void tell(CameraStory::Line line);

    const media_protocol::UpsertStream wanted_;
    Outbox& outbox_;
    Breadcrumbs& crumbs_;
    const std::uint64_t crumb_hash_;
    const ReceiverFactory& factory_;

    // Loop only.
    std::unique_ptr<Receiver> receiver_;
    Backoff backoff_;
    std::minstd_rand random_;
    Clock::time_point attempt_started_;
    Clock::time_point next_attempt_;
    bool udp_ = false;

    std::mutex mutex_;
    std::shared_ptr<Attempt> attempt_;  // the present one
    FragmentMaker maker_;
    ChunkWriter chunks_;
    media_protocol::StreamState state_;
    CameraStory story_;
    std::optional<Failure> failure_;
    std::optional<Clock::time_point> connected_;
    Clock::time_point last_video_;
    Clock::time_point last_fragment_;
    std::uint64_t run_id_ = 0;
    std::uint64_t number_ = 0;
    bool refused_run_ = false;  // the run's init section is too large to be sent
    bool lost_fragment_ = false;
};

}  // namespace gatehouse::mediad
