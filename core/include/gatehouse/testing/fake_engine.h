// A media engine whose windows a test sets.
#pragma once

#include <gatehouse/error.h>
#include <gatehouse/media_engine.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

// Thread-safe. Fetches wait until the test answers them.
class FakeEngine final : public MediaEngine {
public:
    struct Fetch {
        std::string camera_uuid;
        std::uint64_t run_id = 0, segment_number = 0;
        std::function<void(http::Body, std::exception_ptr)> done;
    };

    std::string engine() const override { return "fake"; }
    std::shared_ptr<const MediaWindow> window(const std::string& camera_uuid, StreamRole role) const override {
        std::lock_guard lock(mutex_);
        const auto it = windows_.find({camera_uuid, role});
        return it == windows_.end() ? nullptr : it->second;
    }
    void demand(const std::string&, StreamRole) override {
        std::lock_guard lock(mutex_);
        ++demands_;
    }
    Registration on_change(std::function<void(const std::string&, StreamRole)> changed) override {
        std::lock_guard lock(mutex_);
        const int id = ++last_id_;
        listeners_[id] = std::move(changed);
        return Registration([this, id] {
            std::lock_guard withdraw(mutex_);
            listeners_.erase(id);
        });
    }
    void fetch(const std::string& camera_uuid, StreamRole, std::uint64_t run_id, std::uint64_t segment_number,
               std::function<void(http::Body, std::exception_ptr)> done) override {
        std::lock_guard lock(mutex_);
        ++fetches_;
        waiting_.push_back({camera_uuid, run_id, segment_number, std::move(done)});
    }

    bool coming(const std::string&, StreamRole) const override { return coming_; }
    // What coming() says of every stream; false at first.
    void set_coming(bool coming) { coming_ = coming; }

    void set_window(const std::string& camera_uuid, StreamRole role, MediaWindow window) {
        std::unique_lock lock(mutex_);
        windows_[{camera_uuid, role}] = std::make_shared<const MediaWindow>(std::move(window));
        const auto listeners = listeners_;
        lock.unlock();
        for (const auto& [id, changed] : listeners) changed(camera_uuid, role);
    }
    // The fetches that nobody has answered yet; the caller answers them.
    std::vector<Fetch> take_fetches() {
        std::lock_guard lock(mutex_);
        return std::exchange(waiting_, {});
    }
    int fetches() const {
        std::lock_guard lock(mutex_);
        return fetches_;
    }
    int demands() const {
        std::lock_guard lock(mutex_);
        return demands_;
    }

private:
    mutable std::mutex mutex_;
    std::atomic<bool> coming_{false};
    int last_id_ = 0, fetches_ = 0, demands_ = 0;
    std::map<std::pair<std::string, StreamRole>, std::shared_ptr<const MediaWindow>> windows_;
    std::map<int, std::function<void(const std::string&, StreamRole)>> listeners_;
    std::vector<Fetch> waiting_;
};

// Windows for FakeEngine: one run, segments of equal length from `first` on, their bytes "segment <number>".
struct WindowRecipe {
    std::uint64_t epoch = 1, run_id = 1, first = 1;
    std::size_t count = 7;
    std::int64_t duration_us = 2'000'000;
    std::int64_t start_us = 1'767'225'600'000'000;  // UTC of segment 1
    MonotonicTime changed_at{};
    bool with_bodies = true;
    MediaContainer container = MediaContainer::kFragmentedMp4;
};

inline MediaWindow make_window(const WindowRecipe& recipe) {
    MediaWindow window;
    window.epoch = recipe.epoch;
    window.live = true;
    window.changed_at = recipe.changed_at;
    window.bandwidth_bps = 2'000'000;
    auto run = std::make_shared<MediaRun>();
    run->id = recipe.run_id;
    run->container = recipe.container;
    if (recipe.with_bodies && recipe.container == MediaContainer::kFragmentedMp4)
        run->init = http::Body::text("init of run " + std::to_string(recipe.run_id));
    run->codecs = "avc1.42C01F,mp4a.40.2";
    run->width = 1280;
    run->height = 720;
    run->target_duration_s = static_cast<int>((recipe.duration_us + 500'000) / 1'000'000);
    window.runs.push_back(run);
    for (std::size_t i = 0; i < recipe.count; ++i) {
        MediaSegment segment;
        segment.run_id = recipe.run_id;
        segment.number = recipe.first + i;
        segment.duration_us = recipe.duration_us;
        segment.start = UtcTime{recipe.start_us + static_cast<std::int64_t>(segment.number - 1) * recipe.duration_us};
        if (recipe.with_bodies) segment.body = http::Body::text("segment " + std::to_string(segment.number));
        window.segments.push_back(std::move(segment));
    }
    return window;
}

}  // namespace gatehouse::testing
