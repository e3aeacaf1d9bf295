# Writes a .gz and a .br beside every text file of ${directory}, for the front to send as they are.
file(GLOB_RECURSE files ${directory}/*.html ${directory}/*.js ${directory}/*.css ${directory}/*.svg ${directory}/*.webmanifest)
if(NOT files)
  message(FATAL_ERROR "nothing to compress in ${directory}")
endif()
foreach(file ${files})
  # -n keeps the time out of the file, so that the same page gives the same bytes.
  execute_process(COMMAND ${gzip} -9 -n -k -f ${file} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${brotli} -q 11 -k -f ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
