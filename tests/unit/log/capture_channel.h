// A channel that keeps what it is given.
#pragma once

#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <string>
#include <vector>

namespace gatehouse {

class CaptureChannel final : public Poco::Channel {
public:
    void log(const Poco::Message& message) override { messages.push_back(message); }
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& message : messages) all.push_back(message.getText());
        return all;
    }
    std::vector<Poco::Message> messages;

private:
    ~CaptureChannel() override = default;
};

}  // namespace gatehouse
