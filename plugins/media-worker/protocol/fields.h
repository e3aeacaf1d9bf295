#pragma once

#include <concepts>
#include <type_traits>

#include <gatehouse/media_protocol/messages.h>

/// The one list of fields per message; the encoder and the decoder both walk it, so they cannot differ.
/// `V` offers number(x), text(x, limit), blob(x, limit), choice(x, greatest value), flag(x).
namespace gatehouse::media_protocol {

template <class V, class M>
void walk_empty(V&, M&) {}

#define GATEHOUSE_FIELDS(Type)                          \
    template <class V, class M>                         \
    requires std::same_as<std::remove_const_t<M>, Type> \
    void walk(V& v, M& m)

GATEHOUSE_FIELDS(Hello) { v.text(m.name, kMaxTextBytes); }
GATEHOUSE_FIELDS(SyncBegin) { walk_empty(v, m); }
GATEHOUSE_FIELDS(SyncEnd) { walk_empty(v, m); }
GATEHOUSE_FIELDS(Ping) { walk_empty(v, m); }
GATEHOUSE_FIELDS(Pong) { walk_empty(v, m); }

GATEHOUSE_FIELDS(UpsertStream) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.text(m.url, kMaxUrlBytes);
    v.text(m.user, kMaxSecretBytes);
    v.text(m.password, kMaxSecretBytes);
    v.choice(m.transport, Transport::udp);
    v.text(m.label, kMaxTextBytes);
}

GATEHOUSE_FIELDS(RemoveStream) { v.text(m.stream_id, kMaxStreamIdBytes); }
GATEHOUSE_FIELDS(StreamGone) { v.text(m.stream_id, kMaxStreamIdBytes); }

GATEHOUSE_FIELDS(HelloAck) {
    v.number(m.boot_id);
    v.number(m.pid);
    v.text(m.version, kMaxTextBytes);
}

GATEHOUSE_FIELDS(StreamState) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.choice(m.phase, StreamPhase::unsupported);
    v.number(m.since_us);
    v.choice(m.cause, Cause::bad_stream);
    v.text(m.cause_text, kMaxTextBytes);
    v.text(m.video_codec, kMaxTextBytes);
    v.text(m.audio_codec, kMaxTextBytes);
    v.number(m.width);
    v.number(m.height);
    v.text(m.note, kMaxTextBytes);
}

GATEHOUSE_FIELDS(RunBegin) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.number(m.run_id);
    v.number(m.timescale);
    v.text(m.video_codec, kMaxTextBytes);
    v.text(m.audio_codec, kMaxTextBytes);
    v.number(m.width);
    v.number(m.height);
    v.number(m.started_us);
    v.blob(m.init_section, kMaxInitSectionBytes);
}

GATEHOUSE_FIELDS(Chunk) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.number(m.chunk_id);
}

GATEHOUSE_FIELDS(ChunkGone) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.number(m.chunk_id);
}

GATEHOUSE_FIELDS(Fragment) {
    v.text(m.stream_id, kMaxStreamIdBytes);
    v.number(m.run_id);
    v.number(m.chunk_id);
    v.number(m.offset_bytes);
    v.number(m.size_bytes);
    v.number(m.decode_time);
    v.number(m.duration);
    v.flag(m.keyframe);
    v.number(m.number);
    v.number(m.wallclock_us);
    v.flag(m.ends_gop);
}

GATEHOUSE_FIELDS(ShardStats) {
    v.number(m.pid);
    v.number(m.streams);
    v.number(m.restarts);
}

GATEHOUSE_FIELDS(WorkerStats) { v.list(m.shards, kMaxShards); }

#undef GATEHOUSE_FIELDS

}  // namespace gatehouse::media_protocol
