#include "rtp_faults.hpp"

#include <vector>

#include "gst_ptr.hpp"

namespace gatehouse::simcam {
namespace {

constexpr std::size_t kRtpHeaderBytes = 12;
constexpr std::size_t kTimestampOffset = 4;

struct FaultProbe {
    std::shared_ptr<const RtpFaults> faults;
    std::uint32_t clock_rate_hz;
};

void add_to_timestamp(GstBuffer* packet, std::uint32_t ticks) {
    GstMapInfo map;
    if (gst_buffer_map_range(packet, 0, 1, &map, GST_MAP_READWRITE) == FALSE) return;
    if (map.size >= kRtpHeaderBytes) {
        std::uint8_t* field = map.data + kTimestampOffset;
        GST_WRITE_UINT32_BE(field, GST_READ_UINT32_BE(field) + ticks);
    }
    gst_buffer_unmap(packet, &map);
}

GstPadProbeReturn apply_faults(GstPad*, GstPadProbeInfo* info, gpointer user_data) {
    const auto& probe = *static_cast<const FaultProbe*>(user_data);
    if (probe.faults->silent) return GST_PAD_PROBE_DROP;
    const std::int64_t jump_ms = probe.faults->jump_ms;
    if (jump_ms == 0) return GST_PAD_PROBE_OK;
    const auto ticks = static_cast<std::uint32_t>(jump_ms * static_cast<std::int64_t>(probe.clock_rate_hz) / 1000);
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
        auto* list = gst_buffer_list_make_writable(static_cast<GstBufferList*>(info->data));
        for (guint i = 0; i < gst_buffer_list_length(list); ++i)
            add_to_timestamp(gst_buffer_list_get_writable(list, i), ticks);
        info->data = list;
    } else {
        auto* packet = gst_buffer_make_writable(static_cast<GstBuffer*>(info->data));
        add_to_timestamp(packet, ticks);
        info->data = packet;
    }
    return GST_PAD_PROBE_OK;
}

// Collects packets until there are enough; then one packet with all access units leaves (RFC 3640, 3.2.1).
class AacPacker {
public:
    explicit AacPacker(int units) : units_(static_cast<std::size_t>(units)) {}

    GstPadProbeReturn on_packet(GstPadProbeInfo* info) {
        auto* packet = static_cast<GstBuffer*>(info->data);
        if (!take(packet)) return GST_PAD_PROBE_OK;
        if (payloads_.size() < units_) return GST_PAD_PROBE_DROP;
        gst_buffer_unref(packet);
        info->data = joined().release();
        return GST_PAD_PROBE_OK;
    }

private:
    // 12 bytes RTP header, 2 bytes length of the AU headers in bits (16), one AU header, the unit.
    bool take(GstBuffer* packet) {
        constexpr std::size_t kPrefix = kRtpHeaderBytes + 4U;
        GstMapInfo map;
        if (gst_buffer_map(packet, &map, GST_MAP_READ) == FALSE) return false;
        const bool whole = map.size > kPrefix && map.size - kPrefix == GST_READ_UINT16_BE(map.data + 14) >> 3U;
        if (whole) {
            if (payloads_.empty()) {
                header_.assign(map.data, map.data + kRtpHeaderBytes);
                pts_ = GST_BUFFER_PTS(packet);
                if (sequence_ < 0) sequence_ = GST_READ_UINT16_BE(map.data + 2);
            }
            payloads_.emplace_back(map.data + kPrefix, map.data + map.size);
        }
        gst_buffer_unmap(packet, &map);
        return whole;
    }

    BufferPtr joined() {
        std::vector<std::uint8_t> bytes = header_;
        const auto put16 = [&bytes](std::size_t value) {
            bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
            bytes.push_back(static_cast<std::uint8_t>(value & 0xffU));
        };
        put16(payloads_.size() * 16U);
        for (const auto& payload : payloads_) put16(payload.size() << 3U);
        for (const auto& payload : payloads_) bytes.insert(bytes.end(), payload.begin(), payload.end());
        bytes[2] = static_cast<std::uint8_t>((sequence_ >> 8) & 0xff);
        bytes[3] = static_cast<std::uint8_t>(sequence_ & 0xff);
        ++sequence_;
        payloads_.clear();
        BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes.size(), nullptr));
        gst_buffer_fill(buffer.get(), 0, bytes.data(), bytes.size());
        GST_BUFFER_PTS(buffer.get()) = pts_;
        return buffer;
    }

    std::size_t units_;
    std::vector<std::uint8_t> header_;
    std::vector<std::vector<std::uint8_t>> payloads_;
    GstClockTime pts_ = GST_CLOCK_TIME_NONE;
    int sequence_ = -1;
};

}  // namespace

void attach_rtp_faults(GstPad* pad, std::uint32_t clock_rate_hz, std::shared_ptr<const RtpFaults> faults) {
    auto probe = std::make_unique<FaultProbe>(FaultProbe{std::move(faults), clock_rate_hz});
    const auto type = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
    gst_pad_add_probe(pad, type, &apply_faults, probe.release(),
                      [](gpointer data) { std::unique_ptr<FaultProbe>(static_cast<FaultProbe*>(data)).reset(); });
}

void refuse_seeking(GstPad* pad) {
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer) {
            auto* query = static_cast<GstQuery*>(info->data);
            if (GST_QUERY_TYPE(query) != GST_QUERY_SEEKING) return GST_PAD_PROBE_OK;
            gst_query_set_seeking(query, GST_FORMAT_TIME, FALSE, 0, -1);
            return GST_PAD_PROBE_HANDLED;
        },
        nullptr, nullptr);
}

void attach_aac_packing(GstPad* pad, int units) {
    auto packer = std::make_unique<AacPacker>(units);
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) { return static_cast<AacPacker*>(data)->on_packet(info); },
        packer.release(), [](gpointer data) { std::unique_ptr<AacPacker>(static_cast<AacPacker*>(data)).reset(); });
}

}  // namespace gatehouse::simcam
