# Our configuration set goes to /etc/fail2ban. A file that is there already stays as it is: it is an
# administrator's, or fail2ban's, and both are read as well.

set(F2B_CONFDIR "/etc/fail2ban" CACHE PATH "where the configuration is installed")

install(CODE "
	set(from \"${PROJECT_SOURCE_DIR}\")
	set(to \"\$ENV{DESTDIR}${F2B_CONFDIR}\")
	file(GLOB files RELATIVE \"\${from}\"
		\"\${from}/fail2ban.conf\" \"\${from}/jail.conf\" \"\${from}/paths-*.conf\"
		\"\${from}/filter.d/*.conf\" \"\${from}/filter.d/ignorecommands/*\" \"\${from}/action.d/*.conf\")
	foreach(file \${files})
		if(EXISTS \"\${to}/\${file}\")
			message(STATUS \"Kept as it is: \${to}/\${file}\")
		else()
			# file(INSTALL) puts DESTDIR in front by itself.
			get_filename_component(dir \"${F2B_CONFDIR}/\${file}\" DIRECTORY)
			set(mode OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
			if(file MATCHES \"ignorecommands/\")
				list(APPEND mode OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
			endif()
			file(INSTALL \"\${from}/\${file}\" DESTINATION \"\${dir}\" FILE_PERMISSIONS \${mode})
		endif()
	endforeach()
	file(MAKE_DIRECTORY \"\${to}/jail.d\" \"\${to}/fail2ban.d\")
")
