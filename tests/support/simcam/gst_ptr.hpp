#pragma once

#include <gst/gst.h>

#include <memory>

namespace gatehouse::simcam {

struct GObjectUnref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using ObjectPtr = std::unique_ptr<T, GObjectUnref>;  // owns one reference of a GObject

struct GstBufferUnref {
    void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
};
using BufferPtr = std::unique_ptr<GstBuffer, GstBufferUnref>;

struct GstCapsUnref {
    void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
};
using CapsPtr = std::unique_ptr<GstCaps, GstCapsUnref>;

struct GstSampleUnref {
    void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using SamplePtr = std::unique_ptr<GstSample, GstSampleUnref>;

struct GErrorFree {
    void operator()(GError* error) const { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, GErrorFree>;

// GObject's cast macros are C casts; this one is not checked at run time either way in a release of GLib.
template <class To>
To* gobject_cast(gpointer object) {
    return static_cast<To*>(object);
}

}  // namespace gatehouse::simcam
