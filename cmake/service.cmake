# Units of systemd, and how logrotate treats the log; the programs' place is known when they are installed.

set(F2B_UNITDIR lib/systemd/system CACHE STRING "where units of systemd are installed, below the prefix")

install(CODE "
	set(F2B_BIN \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
	configure_file(\"${PROJECT_SOURCE_DIR}/dist/fail2ban.service.in\"
		\"${CMAKE_BINARY_DIR}/fail2ban.service\" @ONLY)
")
install(FILES ${CMAKE_BINARY_DIR}/fail2ban.service ${PROJECT_SOURCE_DIR}/dist/fail2ban.socket
	DESTINATION ${F2B_UNITDIR})

# One that is there already stays: it is an administrator's, or fail2ban's, and does the same.
set(F2B_LOGROTATEDIR "/etc/logrotate.d" CACHE PATH "where the rotation of the log is installed")

install(CODE "
	set(F2B_BIN \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
	set(to \"\$ENV{DESTDIR}${F2B_LOGROTATEDIR}/fail2ban\")
	if(EXISTS \"\${to}\")
		message(STATUS \"Kept as it is: \${to}\")
	else()
		configure_file(\"${PROJECT_SOURCE_DIR}/dist/fail2ban.logrotate.in\"
			\"${CMAKE_BINARY_DIR}/fail2ban.logrotate\" @ONLY)
		file(INSTALL \"${CMAKE_BINARY_DIR}/fail2ban.logrotate\" DESTINATION \"${F2B_LOGROTATEDIR}\"
			RENAME fail2ban)
	endif()
")
