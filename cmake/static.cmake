# Programs that run for a moment would spend most of it on loading libraries: so those that are small are
# linked statically where their archives are there, and f2b-client, which is a process for each question,
# is so as a whole. F2B_CLIENT_STATIC says whether that can be.

if(F2B_STATIC AND NOT F2B_SANITIZE)
	include(CheckCSourceCompiles)
	find_library(F2B_YAML_ARCHIVE NAMES libyaml.a)
	find_library(F2B_UV_ARCHIVE NAMES libuv_a.a libuv.a)

	function(f2b_static target archive source result)
		if(NOT archive)
			return()
		endif()
		set(CMAKE_REQUIRED_LIBRARIES ${archive} ${CMAKE_DL_LIBS} pthread m)
		check_c_source_compiles("${source}" ${result})
		if(${result})
			set_target_properties(${target} PROPERTIES
				INTERFACE_LINK_LIBRARIES "${archive};${CMAKE_DL_LIBS};pthread")
		endif()
	endfunction()

	set(parser "#include <yaml.h>
		int main(void) { yaml_parser_t p; return yaml_parser_initialize(&p); }")
	f2b_static(PkgConfig::YAML "${F2B_YAML_ARCHIVE}" "${parser}" F2B_YAML_STATIC)
	f2b_static(PkgConfig::UV "${F2B_UV_ARCHIVE}" "#include <uv.h>
		int main(void) { uv_loop_t l; return uv_loop_init(&l); }" F2B_UV_STATIC)
	if(F2B_YAML_STATIC)
		set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
		set(CMAKE_REQUIRED_LIBRARIES ${F2B_YAML_ARCHIVE} m)
		check_c_source_compiles("${parser}" F2B_CLIENT_STATIC)
		unset(CMAKE_REQUIRED_LINK_OPTIONS)
		unset(CMAKE_REQUIRED_LIBRARIES)
	endif()
else()
	set(F2B_CLIENT_STATIC OFF) # whatever an earlier run of cmake has found
endif()
