# The gateway's side of the media worker: the plugin media-worker. Its parts are a library of their own for the tests.
add_library(gatehouse_media_worker STATIC
  builtin_engine.cpp chunk_file.cpp desired_streams.cpp segment_builder.cpp settings.cpp
  stream_window.cpp worker_link.cpp worker_model.cpp)
set_target_properties(gatehouse_media_worker PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_compile_options(gatehouse_media_worker PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
target_include_directories(gatehouse_media_worker PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(gatehouse_media_worker PUBLIC gatehouse::sdk gatehouse_media_protocol Threads::Threads
  PRIVATE gatehouse_warnings)

gatehouse_add_plugin(media-worker SOURCES media_worker_plugin.cpp LIBRARIES gatehouse_media_worker gatehouse_warnings)
