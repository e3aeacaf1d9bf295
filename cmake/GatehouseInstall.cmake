# What `cmake --install` puts where, besides programs, plugins and the page, which install themselves.
# packaging/debian/*.install sorts it into packages.
set(GATEHOUSE_UNIT_DIR lib/systemd/system CACHE STRING "Directory of systemd's units")
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Gatehouse)

install(DIRECTORY etc/ DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/gatehouse PATTERN hello.yaml EXCLUDE)
install(DIRECTORY systemd/ DESTINATION ${GATEHOUSE_UNIT_DIR} FILES_MATCHING PATTERN *.service
  PATTERN sysusers.d EXCLUDE PATTERN tmpfiles.d EXCLUDE)
install(DIRECTORY systemd/sysusers.d systemd/tmpfiles.d DESTINATION lib)
foreach(section 1 5 8)
  install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} FILES_MATCHING PATTERN *.${section})
endforeach()

# For authors of plugins: headers with the testing helpers, interfaces of our own plugins, the CMake package.
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(DIRECTORY plugins/hls-proxy/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(EXPORT GatehouseTargets NAMESPACE gatehouse:: DESTINATION ${cmake_dir})

include(CMakePackageConfigHelpers)
file(STRINGS core/include/gatehouse/plugin.h abi_major REGEX "define GATEHOUSE_ABI_MAJOR")
string(REGEX MATCH "[0-9]+" GATEHOUSE_ABI_MAJOR "${abi_major}")
configure_package_config_file(cmake/GatehouseConfig.cmake.in ${CMAKE_BINARY_DIR}/package/GatehouseConfig.cmake
  INSTALL_DESTINATION ${cmake_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR GATEHOUSE_PLUGIN_DIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/GatehouseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/GatehouseConfig.cmake ${CMAKE_BINARY_DIR}/package/GatehouseConfigVersion.cmake
  cmake/GatehousePlugin.cmake cmake/plugin.version DESTINATION ${cmake_dir})
