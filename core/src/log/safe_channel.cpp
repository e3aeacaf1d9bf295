#include "log/safe_channel.h"

#include <Poco/Message.h>

#include "log/redaction.h"

namespace gatehouse::log {

void SafeChannel::log(const Poco::Message& message) {
    Poco::Message safe(message);
    // Redaction comes first: it knows line ends, which one_line() takes away.
    safe.setText(one_line(redacted(message.getText())));
    for (const auto& [key, value] : message.getAll()) safe.set(key, one_line(redacted(value)));
    next_->log(safe);
}

}  // namespace gatehouse::log
