#include "worker_model.h"

#include <gatehouse/media_protocol/text.h>

#include <utility>
#include <variant>

namespace gatehouse::media_worker {

namespace mp = media_protocol;

namespace {

// The words of a camera may stand in a state; whoever makes JSON of them relies on UTF-8.
std::shared_ptr<const mp::StreamState> clean(mp::StreamState state) {
    for (std::string* text : {&state.cause_text, &state.note, &state.video_codec, &state.audio_codec})
        *text = mp::clean_text(*text, mp::kMaxTextBytes);
    return std::make_shared<const mp::StreamState>(std::move(state));
}

}  // namespace

WorkerModel::WorkerModel(BuiltinEngine& engine, const Clock& clock,
                         std::function<void(const std::string&)> state_changed)
    : engine_(engine), clock_(clock), state_changed_(std::move(state_changed)) {}

void WorkerModel::want(std::set<std::string> ids) {
    wanted_ = std::move(ids);
    std::vector<std::string> unwanted;
    for (const auto& [id, stream] : streams_)
        if (!wanted_.contains(id)) unwanted.push_back(id);
    for (const auto& id : unwanted) forget(id);
}

void WorkerModel::forget(const std::string& stream_id) {
    if (streams_.erase(stream_id) == 0) return;
    engine_.remove(stream_id);
}

void WorkerModel::connected(std::uint64_t boot_id) {
    boot_id_ = boot_id;
    for (auto& [id, stream] : streams_) {
        stream.window.begin_replay(boot_id_);
        show(id, stream);
    }
}

void WorkerModel::disconnected() {
    shards_.clear();
    for (auto& [id, stream] : streams_) {
        stream.window.disconnected();
        show(id, stream);
        engine_.set_state(id, nullptr);
        if (std::exchange(stream.phase, std::nullopt)) state_changed_(id);
    }
}

WorkerModel::Stream* WorkerModel::find(const std::string& stream_id) {
    if (!wanted_.contains(stream_id)) return nullptr;
    const auto [it, added] = streams_.try_emplace(stream_id);
    if (added) it->second.window.begin_replay(boot_id_);
    return &it->second;
}

void WorkerModel::on_state(const mp::StreamState& state) {
    Stream* stream = find(state.stream_id);
    if (stream == nullptr) return;
    engine_.set_state(state.stream_id, clean(state));
    stream->window.set_live(state.phase == mp::StreamPhase::live);
    show(state.stream_id, *stream);
    if (std::exchange(stream->phase, state.phase) != state.phase) state_changed_(state.stream_id);
}

std::optional<std::string> WorkerModel::apply(const mp::Message& message, UniqueFd fd) {
    if (const auto* state = std::get_if<mp::StreamState>(&message)) {
        on_state(*state);
    } else if (const auto* run = std::get_if<mp::RunBegin>(&message)) {
        if (Stream* s = find(run->stream_id)) return s->window.run_begin(*run);
    } else if (const auto* chunk = std::get_if<mp::Chunk>(&message)) {
        if (Stream* s = find(chunk->stream_id)) return s->window.chunk(*chunk, std::move(fd));
    } else if (const auto* fragment = std::get_if<mp::Fragment>(&message)) {
        Stream* s = find(fragment->stream_id);
        if (s == nullptr) return std::nullopt;
        if (auto refusal = s->window.fragment(*fragment, now())) return refusal;
        show(fragment->stream_id, *s);
    } else if (const auto* gone = std::get_if<mp::ChunkGone>(&message)) {
        if (Stream* s = find(gone->stream_id)) s->window.chunk_gone(gone->chunk_id);
    } else if (const auto* stream_gone = std::get_if<mp::StreamGone>(&message)) {
        forget(stream_gone->stream_id);
    } else if (const auto* stats = std::get_if<mp::WorkerStats>(&message)) {
        shards_ = stats->shards;
    } else if (!std::holds_alternative<mp::Pong>(message)) {
        return "a message that only the gateway may send";
    }
    return std::nullopt;
}

void WorkerModel::tick() {
    for (auto& [id, stream] : streams_) {
        stream.window.tick(now());
        show(id, stream);
    }
}

}  // namespace gatehouse::media_worker
