# What `cmake --install` puts beside the binary, and the package that `cpack -G DEB` makes of it.
# README.md says more.

# Made from the binary that is installed: completions, the manual page, what is linked, changelogs.
set(SIGNET_PACKAGE ${CMAKE_CURRENT_LIST_DIR})
set(SIGNET_PACKAGE_OUT ${CMAKE_CURRENT_BINARY_DIR}/package)
install(
  CODE "execute_process(
          COMMAND ${SIGNET_PACKAGE}/files.sh ${CMAKE_CURRENT_BINARY_DIR} ${SIGNET_PACKAGE_OUT}
          COMMAND_ERROR_IS_FATAL ANY)")
install(DIRECTORY ${SIGNET_PACKAGE_OUT}/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR})

# Only in the package: what belongs to a machine rather than to a prefix.
install(
  FILES ${CMAKE_CURRENT_SOURCE_DIR}/docs/deploy/signet.service
  DESTINATION lib/systemd/system
  COMPONENT debian EXCLUDE_FROM_ALL)
install(
  FILES ${SIGNET_PACKAGE}/signet.env
  DESTINATION /etc/signet
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ
  COMPONENT debian EXCLUDE_FROM_ALL)
install(
  FILES ${SIGNET_PACKAGE}/copyright
  DESTINATION share/doc/signet
  COMPONENT debian EXCLUDE_FROM_ALL)
install(
  FILES ${SIGNET_PACKAGE}/lintian-overrides
  DESTINATION share/lintian/overrides
  RENAME signet
  COMPONENT debian EXCLUDE_FROM_ALL)
install(
  FILES ${CMAKE_CURRENT_SOURCE_DIR}/sql/compose/hasura_rights.sql
  DESTINATION share/signet
  COMPONENT debian EXCLUDE_FROM_ALL)
file(GLOB SIGNET_PAGES RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS
     ${CMAKE_CURRENT_SOURCE_DIR}/docs/*.md ${CMAKE_CURRENT_SOURCE_DIR}/docs/*/*.md)
foreach(page ${SIGNET_PAGES})
  cmake_path(GET page PARENT_PATH folder)
  install(
    FILES ${page}
    DESTINATION share/doc/signet/${folder}
    COMPONENT debian EXCLUDE_FROM_ALL)
endforeach()

# A package for Debian 13 is newer than one for Debian 12 of the same version.
file(STRINGS /etc/os-release SIGNET_OS REGEX "^(ID|VERSION_ID)=")
string(REGEX REPLACE "VERSION_ID=|ID=|[\";]" "" SIGNET_OS "${SIGNET_OS}")
string(REGEX REPLACE "^([0-9.]+)([a-z]+)$" "\\2\\1" SIGNET_OS "${SIGNET_OS}")

set(CPACK_PACKAGE_NAME signet)
set(CPACK_PACKAGE_CONTACT "The maintainers of Signet <signet@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "identity service for Hasura on PostgreSQL")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Signet signs up users, logs them in, and tells Hasura who they are: by tokens\nthat Hasura verifies with the keys at /jwks, or by answering its webhook. The\naccounts and their roles are tables of your own PostgreSQL.\n.\nThe service runs as a user of its own, and is configured in\n/etc/signet/signet.env.")
set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};signet;ALL;/;${CMAKE_BINARY_DIR};signet;debian;/")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "1+${SIGNET_OS}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS postgresql)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(name conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${SIGNET_PACKAGE}/${name})
endforeach()
include(CPack)
