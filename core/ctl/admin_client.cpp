#include "admin_client.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPMessage.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <istream>
#include <system_error>

#include "failure.h"

namespace gatehouse::ctl {

namespace {

constexpr std::size_t kLargestAnswer = 16u << 20;

[[noreturn]] void not_running(const std::string& path, int error_number) {
    std::string text =
        "cannot reach the gateway at " + path + ": " + std::generic_category().message(error_number) + ".\n";
    if (error_number == EACCES || error_number == EPERM)
        text += "Run gatehousectl as root or as a member of the group gatehouse-admin.";
    else
        text +=
            "Is it running? Look with: systemctl status gatehouse; start it with: systemctl start gatehouse.\n"
            "If it uses another runtime directory, name its socket with --socket.";
    throw Failure(kNotRunning, text);
}

Poco::Net::StreamSocket connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw Failure(kUsage, "the path of the socket must have 1 to 107 bytes");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) not_running(path, errno);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int failure = errno;
        ::close(fd);
        not_running(path, failure);
    }
    return Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(fd));  // reference-counted, owned by the socket
}

std::string read_bounded(std::istream& in) {
    std::string text;
    std::array<char, 16 * 1024> part{};
    while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > kLargestAnswer) throw Failure(kRefused, "the gateway's answer is larger than 16 MiB");
    }
    return text;
}

Poco::JSON::Object::Ptr object_in(const std::string& text) {
    try {
        Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(true));
        parser.setDepth(32);
        const auto value = parser.parse(text);
        if (value.type() == typeid(Poco::JSON::Object::Ptr)) return value.extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception&) {
    }
    return {};
}

}  // namespace

Answer AdminClient::request(const std::string& method, const std::string& path, const std::string& json,
                            std::chrono::seconds limit) const {
    using Poco::Net::HTTPRequest;
    using Poco::Net::HTTPResponse;
    Poco::Net::HTTPClientSession session(connect_to(socket_path_));
    session.setTimeout(Poco::Timespan(static_cast<long>(limit.count()), 0));
    HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setHost("localhost");
    request.setKeepAlive(false);
    if (!json.empty()) request.setContentType("application/json");
    if (!json.empty() || method == HTTPRequest::HTTP_POST || method == HTTPRequest::HTTP_PUT)
        request.setContentLength64(static_cast<Poco::Int64>(json.size()));
    try {
        std::ostream& out = session.sendRequest(request);
        out << json << std::flush;
        HTTPResponse response;
        Answer answer;
        answer.text = read_bounded(session.receiveResponse(response));
        answer.status = response.getStatus();
        answer.body = object_in(answer.text);
        return answer;
    } catch (const Poco::TimeoutException&) {
        throw Failure(kRefused, "the gateway did not answer within " + std::to_string(limit.count()) +
                                    " s; what was asked for may still happen");
    } catch (const Poco::Exception& failure) {
        throw Failure(kNotRunning, "the gateway at " + socket_path_ + " ended the conversation (" +
                                       failure.displayText() +
                                       "); is it being stopped? Look with: systemctl status gatehouse");
    }
}

}  // namespace gatehouse::ctl
