# Manual pages and completion scripts: the programs print them, from the tables they work with.

set(F2B_MADE ${CMAKE_BINARY_DIR}/made)
file(MAKE_DIRECTORY ${F2B_MADE})

# f2b_made(FILE PROGRAM ARGUMENT DESTINATION [PEER ...]): a file that the program prints; peers are
# names under which it is installed too.
function(f2b_made file program argument destination)
	add_custom_command(OUTPUT ${F2B_MADE}/${file}
		COMMAND ${program} ${argument} > ${F2B_MADE}/${file}
		DEPENDS ${program} VERBATIM)
	set_property(GLOBAL APPEND PROPERTY F2B_MADE_FILES ${F2B_MADE}/${file})
	install(FILES ${F2B_MADE}/${file} DESTINATION ${destination})
	foreach(peer ${ARGN})
		install(CODE "execute_process(COMMAND \${CMAKE_COMMAND} -E create_symlink ${file}
			\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${destination}/${peer}\")")
	endforeach()
endfunction()

f2b_made(f2b-client.1 f2b-manage --print-man=client ${CMAKE_INSTALL_MANDIR}/man1 fail2ban-client.1)
f2b_made(f2b-server.1 f2b-server --print-man=server ${CMAKE_INSTALL_MANDIR}/man1 fail2ban-server.1)
f2b_made(f2b-regex.1 f2b-regex --print-man ${CMAKE_INSTALL_MANDIR}/man1 fail2ban-regex.1)
f2b_made(jail.conf.5 f2b-manage --print-man=options ${CMAKE_INSTALL_MANDIR}/man5)
f2b_made(f2b-client.bash f2b-manage --print-completion=bash
	${CMAKE_INSTALL_DATADIR}/bash-completion/completions
	f2b-client fail2ban-client f2b-server fail2ban-server)
# Below /usr, Debian's zsh looks in the second folder alone.
f2b_made(_f2b-client f2b-manage --print-completion=zsh ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${F2B_MADE}/_f2b-client DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
f2b_made(f2b-client.fish f2b-manage --print-completion=fish
	${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
	fail2ban-client.fish f2b-server.fish fail2ban-server.fish)

get_property(made GLOBAL PROPERTY F2B_MADE_FILES)
add_custom_target(f2b_made ALL DEPENDS ${made})
