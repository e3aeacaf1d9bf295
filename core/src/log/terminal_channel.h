// Plain lines for people and for tests: "2026-11-24T03:00:00.000Z warning hls-proxy: text".
#pragma once

#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <string>

namespace gatehouse::log {

// The line without its end; CAMERA and REQUEST_ID follow the text in brackets. Pure.
std::string terminal_line(const Poco::Message& message);

// Writes each line with one write(2). Thread-safe. Does not own the descriptor.
class TerminalChannel final : public Poco::Channel {
public:
    explicit TerminalChannel(int fd) : fd_(fd) {}
    void log(const Poco::Message& message) override;

private:
    ~TerminalChannel() override = default;
    int fd_;
};

}  // namespace gatehouse::log
