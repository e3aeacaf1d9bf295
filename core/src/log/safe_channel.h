// The first channel of every logger: what passes it holds no secret and is one printable line.
#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>

namespace gatehouse::log {

// Thread-safe when `next` is.
class SafeChannel final : public Poco::Channel {
public:
    explicit SafeChannel(Poco::AutoPtr<Poco::Channel> next) : next_(std::move(next)) {}
    void log(const Poco::Message& message) override;

private:
    ~SafeChannel() override = default;
    Poco::AutoPtr<Poco::Channel> next_;
};

}  // namespace gatehouse::log
