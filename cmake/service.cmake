# Units of systemd; the programs' place is known when they are installed.

set(F2B_UNITDIR lib/systemd/system CACHE STRING "where units of systemd are installed, below the prefix")

install(CODE "
	set(F2B_BIN \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
	configure_file(\"${PROJECT_SOURCE_DIR}/dist/fail2ban.service.in\"
		\"${CMAKE_BINARY_DIR}/fail2ban.service\" @ONLY)
")
install(FILES ${CMAKE_BINARY_DIR}/fail2ban.service ${PROJECT_SOURCE_DIR}/dist/fail2ban.socket
	DESTINATION ${F2B_UNITDIR})
