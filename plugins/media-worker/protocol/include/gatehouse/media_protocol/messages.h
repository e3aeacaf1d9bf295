#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// The messages between the gateway and gatehouse-mediad, one per SOCK_SEQPACKET packet.
///
/// The gateway says which streams it wants (SyncBegin, UpsertStream..., SyncEnd); the worker answers with what it has.
/// A gateway that connects gets HelloAck, then a replay of each stream, as fast as it reads: the StreamState, the
/// RunBegin of every run that the window still refers to, the Chunks with their descriptors and their Fragments. From
/// then on it gets what happens to the stream as it happens.
///
/// Strings are UTF-8 (see text.h). Ids other than stream_id are numbers that the worker gives out; they are unique
/// within one stream and one boot of the worker (HelloAck::boot_id), and grow.
namespace gatehouse::media_protocol {

inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 0;

inline constexpr std::size_t kMaxPacketBytes = 64 * 1024;
inline constexpr std::size_t kMaxStreamIdBytes = 80;
inline constexpr std::size_t kMaxUrlBytes = 2048;
inline constexpr std::size_t kMaxSecretBytes = 512;
inline constexpr std::size_t kMaxTextBytes = 512;
inline constexpr std::size_t kMaxInitSectionBytes = 48 * 1024;
inline constexpr std::size_t kMaxShards = 1024;

enum class Transport : std::uint8_t { automatic = 0, tcp = 1, udp = 2 };
enum class StreamPhase : std::uint8_t { connecting = 0, live = 1, offline = 2, unsupported = 3 };

/// Why a stream is not live. The text beside it (StreamState::cause) says the same in plain words.
enum class Cause : std::uint8_t {
    none = 0,
    refused = 1,            ///< nobody listens on the camera's port
    unreachable = 2,        ///< no route, or no answer to the connection within its time
    name_unknown = 3,       ///< the host name does not resolve
    wrong_credentials = 4,  ///< RTSP 401 or 403
    not_found = 5,          ///< RTSP 404
    no_answer = 6,          ///< connected, but DESCRIBE, SETUP or PLAY is not answered
    no_video = 7,           ///< the camera offers no video track
    unsupported_codec = 8,  ///< the video is neither H.264 nor H.265
    no_pictures = 9,        ///< the camera answers but sends no pictures
    connection_lost = 10,   ///< reset or closed in the middle
    ended = 11,             ///< the camera ended the stream (EOS)
    bad_url = 12,           ///< not an rtsp:// or rtsps:// address
    camera_error = 13,      ///< any other refusal of the camera; the text names its status
    worker_restarted = 14,  ///< the media process that pulled the stream had to be started again
    bad_stream = 15,        ///< pictures arrive but cannot be understood
};

// ---- gateway -> worker -------------------------------------------------------------------------------------------

/// First message of every connection.
struct Hello {
    std::string name{};  ///< who connects, for the log, <= 512 bytes
    bool operator==(const Hello&) const = default;
};

struct SyncBegin {
    bool operator==(const SyncBegin&) const = default;
};

/// Wants a stream, or changes it. An identical repetition leaves the running pull alone.
struct UpsertStream {
    std::string stream_id{};  ///< "<camera uuid>/main" or ".../sub", 1..80 bytes
    std::string url{};        ///< rtsp:// or rtsps://, without credentials, <= 2048 bytes
    std::string user{};       ///< empty: none
    std::string password{};
    Transport transport = Transport::automatic;
    std::string label{};  ///< what the log calls the stream
    bool operator==(const UpsertStream&) const = default;
};

struct RemoveStream {
    std::string stream_id{};
    bool operator==(const RemoveStream&) const = default;
};

/// Streams that were not named since SyncBegin are removed.
struct SyncEnd {
    bool operator==(const SyncEnd&) const = default;
};

struct Ping {
    bool operator==(const Ping&) const = default;
};

// ---- worker -> gateway -------------------------------------------------------------------------------------------

struct HelloAck {
    std::uint64_t boot_id = 0;  ///< random; another value means: everything that was known about the worker is void
    std::uint32_t pid = 0;
    std::string version{};  ///< of the program, e.g. "0.1.0"
    bool operator==(const HelloAck&) const = default;
};

struct StreamState {
    std::string stream_id{};
    StreamPhase phase = StreamPhase::connecting;
    std::int64_t since_us = 0;  ///< UTC, when the phase began
    Cause cause = Cause::none;
    std::string cause_text{};   ///< plain words for an operator, no secrets; empty when live
    std::string video_codec{};  ///< RFC 6381, e.g. "avc1.42C01F"; empty until known
    std::string audio_codec{};  ///< RFC 6381, e.g. "mp4a.40.2"; empty: no audio
    std::uint32_t width = 0;    ///< pixels; 0 until known
    std::uint32_t height = 0;
    std::string note{};  ///< e.g. "audio PCMU is not passed on"
    bool operator==(const StreamState&) const = default;
};

/// The bytes before the fragments of a run (ftyp + moov), and what is in them.
struct RunBegin {
    std::string stream_id{};
    std::uint64_t run_id = 0;
    std::uint32_t timescale = 90000;  ///< of Fragment::decode_time and ::duration, per second
    std::string video_codec{};
    std::string audio_codec{};
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::int64_t started_us = 0;  ///< UTC of its first frame
    std::vector<std::byte> init_section{};
    bool operator==(const RunBegin&) const = default;
};

/// A memfd that fragments are appended to; its read-only descriptor comes in the same packet.
struct Chunk {
    std::string stream_id{};
    std::uint64_t chunk_id = 0;
    bool operator==(const Chunk&) const = default;
};

/// moof + mdat of all tracks, complete at [offset, offset + size) of the chunk, never written again.
struct Fragment {
    std::string stream_id{};
    std::uint64_t run_id = 0;
    std::uint64_t chunk_id = 0;
    std::uint64_t offset_bytes = 0;
    std::uint32_t size_bytes = 0;
    std::uint64_t decode_time = 0;  ///< of its first video frame, in the run's timescale; grows without gaps in a run
    std::uint32_t duration = 0;     ///< in the run's timescale
    bool keyframe = false;          ///< begins with one
    std::uint64_t number = 0;       ///< counts up by one while the stream is wanted, and never falls in one boot
    std::int64_t wallclock_us = 0;  ///< UTC at which its first frame arrived
    bool ends_gop = false;          ///< what follows, if anything, begins with a keyframe
    bool operator==(const Fragment&) const = default;
};

/// The chunk left the live window; its fragments are no longer offered. Who still holds the descriptor may go on
/// reading.
struct ChunkGone {
    std::string stream_id{};
    std::uint64_t chunk_id = 0;
    bool operator==(const ChunkGone&) const = default;
};

struct StreamGone {
    std::string stream_id{};
    bool operator==(const StreamGone&) const = default;
};

struct Pong {
    bool operator==(const Pong&) const = default;
};

struct ShardStats {
    std::uint32_t pid = 0;  ///< 0: being started
    std::uint32_t streams = 0;
    std::uint32_t restarts = 0;
    bool operator==(const ShardStats&) const = default;
};

struct WorkerStats {
    std::vector<ShardStats> shards{};
    bool operator==(const WorkerStats&) const = default;
};

using Message = std::variant<Hello, SyncBegin, UpsertStream, RemoveStream, SyncEnd, Ping, HelloAck, StreamState,
                             RunBegin, Chunk, Fragment, ChunkGone, StreamGone, Pong, WorkerStats>;

}  // namespace gatehouse::media_protocol
