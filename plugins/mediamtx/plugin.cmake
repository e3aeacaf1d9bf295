# The plugin mediamtx. Its parts are a library of their own for the tests.
find_package(simdjson REQUIRED)
add_library(gatehouse_mediamtx_control STATIC
  api_client.cpp api_json.cpp attached_engine.cpp auth_hook.cpp auth_request.cpp breakers.cpp call_pass.cpp config_file.cpp controller.cpp
  desired_paths.cpp engine_child.cpp engine_config.cpp engine_log.cpp engine_version.cpp hook_certificate.cpp kept_secrets.cpp line_memory.cpp live_table.cpp
  log_book.cpp managed_engine.cpp path_health.cpp path_name.cpp path_plan.cpp redaction.cpp settings.cpp settings_watch.cpp source_url.cpp)
set_target_properties(gatehouse_mediamtx_control PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_compile_options(gatehouse_mediamtx_control PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
target_compile_definitions(gatehouse_mediamtx_control PRIVATE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_FENCED_BLOCK)
target_include_directories(gatehouse_mediamtx_control PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(gatehouse_mediamtx_control PUBLIC gatehouse::sdk gatehouse_camera_story gatehouse_mediamtx_hls simdjson::simdjson Threads::Threads
  PRIVATE OpenSSL::SSL Poco::Net gatehouse_warnings)

gatehouse_add_plugin(mediamtx SOURCES mediamtx_plugin.cpp LIBRARIES gatehouse_mediamtx_control gatehouse_warnings)
