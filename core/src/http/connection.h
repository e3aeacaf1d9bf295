// One client's connection, from accept to close, on the loop that owns it.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <gatehouse/unique_fd.h>

#include "http/deadline_wheel.h"
#include "http/exchange.h"
#include "http/front_shared.h"
#include "http/input_block.h"
#include "net/tls_session.h"

namespace gatehouse::http {

class FrontLoop;

// What one connection may send before the others of its loop have their turn.
inline constexpr std::size_t kBytesPerTurn = 1u << 20;

struct ConnectionsTag;
using ConnectionHook = boost::intrusive::list_base_hook<boost::intrusive::tag<ConnectionsTag>,
                                                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// Loop thread only. Requests are answered one at a time, in order; while one is, nothing is read, so that what a client
// sends ahead waits in the kernel beyond one block.
class Connection final : public ConnectionHook,
                         public DeadlineNode,
                         public boost::intrusive_ref_counter<Connection, boost::thread_unsafe_counter> {
public:
    Connection(FrontLoop& loop, UniqueFd fd, std::shared_ptr<const Peer> peer);
    ~Connection();

    void start();
    // An answer that came from elsewhere, of the exchange that is under way.
    void answered();
    void deadline_passed();
    // Ends as soon as nothing is under way.
    void close_when_idle();
    void close();

private:
    enum class State {
        kHandshake,  // of TLS
        kIdle,       // between requests, nothing read
        kHead,       // part of a head is there
        kBody,       // head accepted, body on its way
        kHandler,    // somebody else works on the answer
        kWriting,    // the client takes its time
        kLingering,  // answered and shut; what the client still sends is thrown away, lest a reset eat the answer
        kClosed,
    };
    enum class Sent { kAll, kBlocked, kYield, kFailed };

    // connection_read.cpp
    void wait_readable();
    bool has_more() const noexcept;
    void readable();
    ssize_t receive(char* bytes, std::size_t room);
    void linger_read();
    void advance();        // as far as the bytes that are there go
    bool begin_request();  // false: waiting for more, or closed
    bool parse_request(std::size_t head_end);
    bool await_more_head();
    void read_body();
    std::chrono::milliseconds body_patience() const;
    bool take_body_bytes();
    void body_complete();
    void fail_request(int status, const char* message);

    // connection_tls.cpp
    void shake_hands();
    void refuse_plain_http();
    Sent write_records();
    std::string_view next_record(bool& failed);
    void take_sent(std::size_t bytes);

    // connection_write.cpp
    void dispatch();
    bool answer();  // true: sent, and the connection goes on
    bool send_on();
    void wait_writable();
    void forget_request();
    void stalled();
    bool trickles(std::uint64_t taken_bytes) const;
    void give_up_sending();
    bool send_whole(std::string_view text);
    Sent write_some();
    Sent write_parts();
    Sent write_file(std::size_t& budget);
    bool finish_exchange();
    void shut();
    void log_access() const;

    void release_input();
    int fd() { return stream_.native_handle(); }

    FrontLoop& loop_;
    boost::asio::posix::stream_descriptor stream_;
    std::shared_ptr<const Peer> peer_;
    State state_ = State::kIdle;
    std::unique_ptr<net::TlsSession> tls_;  // of a TLS door
    bool closing_ = false;                  // no request after the current one
    bool unread_input_ = false;             // the answer ends the connection while the client may still be sending
    bool waiting_readable_ = false;
    std::uint64_t since_ = 0;  // tick at which the body, or the wait for the client to take the answer, began; 0: not
    int queued_bytes_ = -1;    // not yet taken by a client that blocks us; -1: not looked
    std::uint32_t served_ = 0;
    std::size_t head_looked_at_ = 0;  // bytes of an incomplete head that hold no end
    std::uint32_t lingered_bytes_ = 0;
    std::unique_ptr<InputBlock> input_;       // holds the current request, then what follows it
    std::unique_ptr<InputBlock> body_input_;  // further bytes of a body, and what follows it
    std::string read_ahead_;                  // what follows, while a slow answer is written
    std::shared_ptr<Exchange> exchange_;
    boost::intrusive_ptr<Connection> self_;  // from start() to close()
};

using ConnectionList = boost::intrusive::list<Connection, boost::intrusive::base_hook<ConnectionHook>,
                                              boost::intrusive::constant_time_size<false>>;

}  // namespace gatehouse::http
