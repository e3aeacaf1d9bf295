#include "camera.hpp"

#include <stdexcept>

#include "block_source.hpp"
#include "encoder_source.hpp"

namespace gatehouse::simcam {
namespace {

GstRTSPFilterResult remove_client(GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }

}  // namespace

Camera::Camera(const CameraOptions& options, std::shared_ptr<const Clip> clip, GstRTSPThreadPool* threads)
    : options_(options), clip_(std::move(clip)), server_(gst_rtsp_server_new()) {
    gst_rtsp_server_set_address(server_.get(), "127.0.0.1");
    gst_rtsp_server_set_service(server_.get(), "0");
    gst_rtsp_server_set_thread_pool(server_.get(), threads);
    if (options_.auth != Auth::none) require_login();
    const std::string path = "/cam" + std::to_string(options_.number);
    add_stream(path, options_.main);
    if (options_.has_sub) add_stream(path + "/sub", options_.sub);
    source_id_ = gst_rtsp_server_attach(server_.get(), nullptr);
    const int port = gst_rtsp_server_get_bound_port(server_.get());
    if (source_id_ == 0 || port <= 0) throw std::runtime_error("cannot listen on 127.0.0.1");
    internal_port_ = static_cast<std::uint16_t>(port);
}

Camera::~Camera() {
    if (source_id_ != 0) g_source_remove(source_id_);
    for (const auto& stream : streams_) stream->stop();
    gst_rtsp_server_client_filter(server_.get(), &remove_client, nullptr);
}

std::unique_ptr<VideoSource> Camera::make_source(const VideoOptions& video, VideoSource::Deliver deliver) const {
    if (clip_) return std::make_unique<ClipSource>(clip_, std::move(deliver));
    if (options_.source == Source::blocks)
        return std::make_unique<BlockSource>(options_.number, video, std::move(deliver));
    return std::make_unique<EncoderSource>(options_.number, video, std::move(deliver));
}

void Camera::add_stream(const std::string& path, const VideoOptions& video) {
    const auto make = [this, &video](VideoSource::Deliver deliver) { return make_source(video, std::move(deliver)); };
    const Codec codec = clip_ ? clip_->codec : video.codec;
    streams_.push_back(std::make_shared<RtspStream>(path, options_, codec, make, faults_));
    streams_.back()->mount(server_.get());
}

void Camera::require_login() {
    const ObjectPtr<GstRTSPAuth> auth(gst_rtsp_auth_new());
    GstRTSPToken* token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", nullptr);
    if (options_.auth == Auth::digest) {
        gst_rtsp_auth_set_supported_methods(auth.get(), GST_RTSP_AUTH_DIGEST);
        gst_rtsp_auth_add_digest(auth.get(), options_.user.c_str(), options_.password.c_str(), token);
    } else {
        gchar* basic = gst_rtsp_auth_make_basic(options_.user.c_str(), options_.password.c_str());
        gst_rtsp_auth_add_basic(auth.get(), basic, token);
        g_free(basic);
    }
    gst_rtsp_token_unref(token);
    gst_rtsp_server_set_auth(server_.get(), auth.get());
}

std::vector<Paced*> Camera::paced() {
    std::vector<Paced*> all;
    for (const auto& stream : streams_) all.push_back(stream.get());
    return all;
}

void Camera::set_frozen(bool frozen) {
    for (const auto& stream : streams_) stream->set_frozen(frozen);
}

void Camera::normal() {
    set_frozen(false);
    faults_->silent = false;
    streams_.front()->restore();
}

void Camera::wrap_soon() {
    faults_->jump_ms = 0;
    for (const auto& stream : streams_) stream->wrap_soon();
}

void Camera::end_of_stream() {
    for (const auto& stream : streams_) stream->end_of_stream();
}

void Camera::set_resolution(int width, int height) {
    streams_.front()->reconfigure([=](VideoOptions& video) {
        video.width = width;
        video.height = height;
    });
}

void Camera::set_gop(double seconds) {
    streams_.front()->reconfigure([=](VideoOptions& video) { video.gop_s = seconds; });
}

}  // namespace gatehouse::simcam
