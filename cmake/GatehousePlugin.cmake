# gatehouse_add_plugin(<name> SOURCES a.cpp b.cpp ... [LIBRARIES lib ...])
#
# Builds <name>.so the way the host accepts it: hidden visibility, no unique symbols, all symbols bound at load
# (DF_1_NOW), and one exported symbol, gatehouse_plugin_descriptor.
set(GATEHOUSE_PLUGIN_VERSION_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/plugin.version)

function(gatehouse_add_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" CXX_STANDARD 20 CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${GATEHOUSE_PLUGIN_VERSION_SCRIPT})
  if(GATEHOUSE_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${GATEHOUSE_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,-z,now -Wl,--version-script=${GATEHOUSE_PLUGIN_VERSION_SCRIPT})
  if(NOT GATEHOUSE_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  target_link_libraries(${name} PRIVATE gatehouse::sdk ${ARG_LIBRARIES})
endfunction()

# gatehouse_install_plugin(<name>)
#
# Installs the plugin where the host of this machine looks for it (GATEHOUSE_PLUGIN_DIR).
function(gatehouse_install_plugin name)
  install(TARGETS ${name} LIBRARY DESTINATION ${GATEHOUSE_PLUGIN_DIR})
endfunction()
