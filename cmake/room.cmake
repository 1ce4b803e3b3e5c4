include(GNUInstallDirs)

# Warnings, sanitizers, and the two kinds of target: rooms and programs.

add_library(f2b_flags INTERFACE)
# On 32 bits: logs of more than 2 GiB, and times after 2038.
target_compile_definitions(f2b_flags INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
target_compile_definitions(f2b_flags INTERFACE _GNU_SOURCE F2B_VERSION="${PROJECT_VERSION}")
target_include_directories(f2b_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
# -Wno-psabi: no vector is an argument beyond its file. -Wno-unused-result: where the C library asks for
# each result to be looked at, as on Ubuntu, GCC does not take (void) for an answer.
target_compile_options(f2b_flags INTERFACE
	-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
	-Wvla -Wformat=2 -Wundef -Wwrite-strings -Wno-unused-parameter -Wno-missing-field-initializers
	-Wno-psabi -Wno-unused-result -fno-strict-aliasing -fstack-protector-strong)
if(F2B_WERROR)
	target_compile_options(f2b_flags INTERFACE -Werror)
endif()
if(F2B_SANITIZE)
	target_compile_options(f2b_flags INTERFACE
		-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
	target_link_options(f2b_flags INTERFACE -fsanitize=address,undefined)
endif()
if(F2B_FUZZ)
	target_compile_options(f2b_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# f2b_room(NAME LINKS lib ... WITHOUT file.c ...): one static library of all *.c in the folder but
# those named. It links only the rooms above it, so that an arrow in the wrong direction does not
# link.
function(f2b_room name)
	cmake_parse_arguments(R "" "" "LINKS;WITHOUT" ${ARGN})
	file(GLOB sources CONFIGURE_DEPENDS *.c)
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	foreach(file ${R_WITHOUT})
		list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
	endforeach()
	if(sources)
		add_library(f2b_${name} STATIC ${sources})
		target_link_libraries(f2b_${name} PUBLIC f2b_flags ${R_LINKS})
		target_compile_options(f2b_${name} PRIVATE
			-include ${PROJECT_SOURCE_DIR}/src/util/banned.h)
	else()
		add_library(f2b_${name} INTERFACE)
		target_link_libraries(f2b_${name} INTERFACE f2b_flags ${R_LINKS})
	endif()
endfunction()

# f2b_program(NAME PEER LINKS ...): the program of the folder's main.c, and a link to it under
# fail2ban's name, if it has one there. It loads only the libraries that it calls, since each takes
# time at every start.
function(f2b_program name peer)
	cmake_parse_arguments(R "" "" "LINKS" ${ARGN})
	if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.c)
		return()
	endif()
	add_executable(${name} main.c)
	target_link_libraries(${name} PRIVATE f2b_flags ${R_LINKS})
	target_link_options(${name} PRIVATE LINKER:--as-needed)
	target_compile_options(${name} PRIVATE -include ${PROJECT_SOURCE_DIR}/src/util/banned.h)
	install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	if(NOT peer)
		return()
	endif()
	add_custom_command(TARGET ${name} POST_BUILD
		COMMAND ${CMAKE_COMMAND} -E create_symlink ${name} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${peer})
	install(CODE "execute_process(COMMAND \${CMAKE_COMMAND} -E create_symlink ${name}
		\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/${peer}\")")
endfunction()
