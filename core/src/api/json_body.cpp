#include "api/json_body.h"

#include <Poco/Exception.h>
#include <Poco/JSON/ParseHandler.h>
#include <Poco/JSON/Parser.h>

#include <set>
#include <string>
#include <vector>

#include <gatehouse/error.h>

namespace gatehouse::api {

namespace {

// Two readers of one body must not disagree about which of two equal keys counts.
class StrictHandler final : public Poco::JSON::ParseHandler {
public:
    void startObject() override {
        open_.emplace_back();
        ParseHandler::startObject();
    }
    void endObject() override {
        open_.pop_back();
        ParseHandler::endObject();
    }
    void key(const std::string& k) override {
        if (!open_.back().insert(k).second) throw Error(ErrorCode::kInvalidArgument, "The body has a field twice");
        ParseHandler::key(k);
    }

private:
    std::vector<std::set<std::string>> open_;
};

}  // namespace

Poco::JSON::Object::Ptr parse_json_object(std::string_view text) {
    if (text.size() > kLargestBody) throw Error(ErrorCode::kTooLarge, "The body is larger than 64 KiB");
    Poco::Dynamic::Var value;
    try {
        Poco::JSON::Parser parser(new StrictHandler);
        parser.setDepth(kDeepestBody);
        value = parser.parse(std::string(text));
    } catch (const Error&) {
        throw;
    } catch (const Poco::Exception&) {
        throw Error(ErrorCode::kInvalidArgument, "The body is not a valid JSON object");
    }
    if (value.type() != typeid(Poco::JSON::Object::Ptr))
        throw Error(ErrorCode::kInvalidArgument, "The body must be a JSON object");
    return value.extract<Poco::JSON::Object::Ptr>();
}

}  // namespace gatehouse::api
