#include "app/heartbeats.h"

namespace gatehouse::app {

using namespace std::chrono_literals;

namespace {
template <class Beat>
void beat_now(Beat& beat, const Clock& clock) noexcept {
    beat.at_ns.store(clock.monotonic_now().time_since_epoch().count());
}
}  // namespace

Heartbeats::Heartbeats(const Clock& clock, Scheduler& scheduler, db::DatabasePool& database, const http::Front& front)
    : clock_(clock), database_(database), front_(front) {
    beat_now(*worker_, clock_);
    beat_now(*writer_, clock_);
    // The turn is posted by the timer thread and runs on a worker: it comes only while both are alive.
    timer_ = scheduler.every("watchdog.beat", 1s, [&clock, worker = worker_] { beat_now(*worker, clock); });
}

bool Heartbeats::is_late(const Beat& beat, std::chrono::milliseconds limit) const noexcept {
    const auto now = clock_.monotonic_now().time_since_epoch();
    return now - std::chrono::nanoseconds{beat.at_ns.load()} > limit;
}

void Heartbeats::ask() {
    if (writer_->asked.exchange(true)) return;  // the last question is still on its way
    const auto beat = [&clock = clock_, writer = writer_] {
        beat_now(*writer, clock);
        writer->asked.store(false);
    };
    // A writer with a full queue is not one that is dead; its queue tells more than we can.
    if (!database_.probe(beat)) beat();
}

std::vector<std::string> Heartbeats::late(std::chrono::milliseconds limit) const {
    std::vector<std::string> names;
    if (front_.longest_silence() > limit) names.emplace_back("an event loop");
    if (is_late(*worker_, limit)) names.emplace_back("the timer or the worker lane");
    if (is_late(*writer_, limit)) names.emplace_back("the database writer");
    return names;
}

}  // namespace gatehouse::app
