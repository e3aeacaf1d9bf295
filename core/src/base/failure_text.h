// What an exception says, for a log line or a report.
#pragma once

#include <Poco/Exception.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse {

// `failure` is not null.
inline std::string text_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Poco::Exception& e) {
        return e.displayText();
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

// What `work` threw; nothing where it returned.
template <class Work>
std::optional<std::string> failure_of(const Work& work) {
    try {
        work();
        return std::nullopt;
    } catch (...) {
        return text_of(std::current_exception());
    }
}

}  // namespace gatehouse
