#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace gatehouse::simcam {

// Something that wants to be called at moments of its own choice.
class Paced {
public:
    virtual ~Paced() = default;
    // `due` is when the call was wanted; returns the next wanted moment, later than `due`.
    virtual std::chrono::steady_clock::time_point tick(std::chrono::steady_clock::time_point due) = 0;
};

// One thread that paces every stream of the process. The streams must outlive it.
class FrameClock {
public:
    explicit FrameClock(const std::vector<Paced*>& streams);
    ~FrameClock();
    FrameClock(const FrameClock&) = delete;
    FrameClock& operator=(const FrameClock&) = delete;

private:
    void run(std::vector<Paced*> streams);

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gatehouse::simcam
