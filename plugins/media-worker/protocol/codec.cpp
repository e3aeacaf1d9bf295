#include <gatehouse/media_protocol/codec.h>

#include <array>
#include <concepts>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "fields.h"

namespace gatehouse::media_protocol {
namespace {

constexpr std::uint32_t kMagic = 0x574D4847;  // "GHMW" in memory order

// The number of each type on the wire; numbers are never reused.
template <class M>
constexpr std::uint16_t kType = 0;
template <>
constexpr std::uint16_t kType<Hello> = 1;
template <>
constexpr std::uint16_t kType<SyncBegin> = 2;
template <>
constexpr std::uint16_t kType<UpsertStream> = 3;
template <>
constexpr std::uint16_t kType<RemoveStream> = 4;
template <>
constexpr std::uint16_t kType<SyncEnd> = 5;
template <>
constexpr std::uint16_t kType<Ping> = 6;
template <>
constexpr std::uint16_t kType<HelloAck> = 32;
template <>
constexpr std::uint16_t kType<StreamState> = 33;
template <>
constexpr std::uint16_t kType<RunBegin> = 34;
template <>
constexpr std::uint16_t kType<Chunk> = 35;
template <>
constexpr std::uint16_t kType<Fragment> = 36;
template <>
constexpr std::uint16_t kType<ChunkGone> = 37;
template <>
constexpr std::uint16_t kType<StreamGone> = 38;
template <>
constexpr std::uint16_t kType<Pong> = 39;
template <>
constexpr std::uint16_t kType<WorkerStats> = 40;

class Writer {
public:
    template <std::integral T>
    void number(T value) {
        auto bits = static_cast<std::make_unsigned_t<T>>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            out_.push_back(static_cast<char>(static_cast<unsigned char>(bits & 0xFFU)));
            bits = static_cast<decltype(bits)>(static_cast<std::uint64_t>(bits) >> 8);
        }
    }
    template <class E>
    void choice(E value, E) {
        number(static_cast<std::underlying_type_t<E>>(value));
    }
    void flag(bool value) { number(static_cast<std::uint8_t>(value)); }
    void text(const std::string& value, std::size_t limit) {
        check(value.size(), limit);
        number(static_cast<std::uint16_t>(value.size()));
        out_ += value;
    }
    void blob(const std::vector<std::byte>& value, std::size_t limit) {
        check(value.size(), limit);
        number(static_cast<std::uint32_t>(value.size()));
        for (std::byte b : value) out_.push_back(static_cast<char>(b));
    }
    template <class T>
    void list(const std::vector<T>& items, std::size_t limit) {
        check(items.size(), limit);
        number(static_cast<std::uint32_t>(items.size()));
        for (const T& item : items) walk(*this, item);
    }
    std::string take() { return std::move(out_); }

private:
    static void check(std::size_t size, std::size_t limit) {
        if (size > limit)
            throw std::length_error("media protocol: a field of " + std::to_string(size) +
                                    " bytes exceeds its limit of " + std::to_string(limit));
    }
    std::string out_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> in) : in_(in) {}

    template <std::integral T>
    void number(T& value) {
        if (!need(sizeof(T))) return;
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) bits |= std::to_integer<std::uint64_t>(in_[i]) << (8 * i);
        value = static_cast<T>(bits);
        in_ = in_.subspan(sizeof(T));
    }
    template <class E>
    void choice(E& value, E greatest) {
        std::underlying_type_t<E> raw = 0;
        number(raw);
        if (raw > static_cast<std::underlying_type_t<E>>(greatest)) return fail("an unknown choice");
        value = static_cast<E>(raw);
    }
    void flag(bool& value) {
        std::uint8_t raw = 0;
        number(raw);
        if (raw > 1) return fail("a flag that is neither 0 nor 1");
        value = raw == 1;
    }
    void text(std::string& value, std::size_t limit) {
        std::uint16_t size = 0;
        number(size);
        if (size > limit) return fail("a text beyond its limit");
        if (!need(size)) return;
        value.assign(size, '\0');
        if (size > 0) std::memcpy(value.data(), in_.data(), size);
        in_ = in_.subspan(size);
    }
    void blob(std::vector<std::byte>& value, std::size_t limit) {
        std::uint32_t size = 0;
        number(size);
        if (size > limit) return fail("a block beyond its limit");
        if (!need(size)) return;
        value.assign(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(size));
        in_ = in_.subspan(size);
    }
    template <class T>
    void list(std::vector<T>& items, std::size_t limit) {
        std::uint32_t count = 0;
        number(count);
        if (count > limit) return fail("a list beyond its limit");
        for (std::uint32_t i = 0; i < count && ok(); ++i) walk(*this, items.emplace_back());
    }
    bool ok() const { return reason_ == nullptr; }
    const char* reason() const { return reason_; }
    std::size_t left() const { return in_.size(); }

private:
    bool need(std::size_t bytes) {
        if (ok() && in_.size() < bytes) fail("a packet that ends too early");
        return ok();
    }
    void fail(const char* reason) {
        if (reason_ == nullptr) reason_ = reason;
    }
    std::span<const std::byte> in_;
    const char* reason_ = nullptr;
};

Decoded failed(DecodeStatus status, std::string reason) { return {status, std::nullopt, std::move(reason)}; }

template <class M>
Decoded decode_as(Reader& reader, bool newer_minor) {
    M message;
    walk(reader, message);
    if (reader.ok() && reader.left() > 0 && !newer_minor)
        return failed(DecodeStatus::malformed, "media protocol: bytes after the last field");
    if (!reader.ok()) return failed(DecodeStatus::malformed, std::string("media protocol: ") + reader.reason());
    return {DecodeStatus::ok, Message(std::move(message)), {}};
}

template <class... M>
Decoded decode_type(std::uint16_t type, Reader& reader, bool newer_minor, const std::variant<M...>*) {
    Decoded result = failed(DecodeStatus::unknown_type, "media protocol: unknown message type " + std::to_string(type));
    static_cast<void>(((type == kType<M> && (result = decode_as<M>(reader, newer_minor), true)) || ...));
    return result;
}

}  // namespace

std::string encode(const Message& message) {
    Writer writer;
    std::visit(
        [&writer]<class M>(const M& m) {
            static_assert(kType<M> != 0);
            writer.number(kMagic);
            writer.number(kMajor);
            writer.number(kMinor);
            writer.number(kType<M>);
            writer.number(std::uint16_t{0});
            walk(writer, m);
        },
        message);
    return writer.take();
}

Decoded decode(std::span<const std::byte> packet) {
    if (packet.size() > kMaxPacketBytes)
        return failed(DecodeStatus::malformed, "media protocol: a packet beyond 64 KiB");
    Reader reader(packet);
    std::uint32_t magic = 0;
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint16_t type = 0;
    std::uint16_t reserved = 0;
    reader.number(magic);
    reader.number(major);
    reader.number(minor);
    reader.number(type);
    reader.number(reserved);
    if (!reader.ok() || magic != kMagic)
        return failed(DecodeStatus::malformed, "media protocol: this is not a Gatehouse media packet");
    if (major != kMajor)
        return failed(DecodeStatus::other_major, "the other side speaks media protocol " + std::to_string(major) + "." +
                                                     std::to_string(minor) + ", this program speaks " +
                                                     std::to_string(kMajor) + "." + std::to_string(kMinor) +
                                                     ": install gatehouse and gatehouse-media of the same version");
    return decode_type(type, reader, minor > kMinor, static_cast<const Message*>(nullptr));
}

}  // namespace gatehouse::media_protocol
