# How programs are compiled and laid out, so that a ban finds little of its way cold. After a quiet
# time no cache has any of it, and fetching code takes longer than running it. Sanitizers need neither.

if(F2B_SANITIZE OR F2B_FUZZ)
	set(F2B_LTO OFF)
	set(F2B_LAY_OUT OFF)
endif()

if(F2B_LTO)
	include(CheckIPOSupported)
	check_ipo_supported(RESULT F2B_CAN_LTO OUTPUT ignored LANGUAGES C)
	set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${F2B_CAN_LTO})
endif()

include(CheckCCompilerFlag)

# A short loop that lies across two lines of the cache takes up to twice as long; which one does so must
# not change with every change elsewhere.
if(NOT F2B_SANITIZE AND NOT F2B_FUZZ)
	check_c_compiler_flag(-falign-loops=32 F2B_CAN_ALIGN_LOOPS)
	if(F2B_CAN_ALIGN_LOOPS)
		add_compile_options(-falign-loops=32)
	endif()
	# GCC clears a structure of more than 24 bytes by an instruction that takes as long to begin as 200
	# bytes take otherwise; of those there are some on each line's way.
	set(clear_plainly -mmemset-strategy=unrolled_loop:256:noalign,rep_8byte:2048:noalign,libcall:-1:noalign)
	check_c_compiler_flag(${clear_plainly} F2B_CAN_CLEAR_PLAINLY)
	if(F2B_CAN_CLEAR_PLAINLY)
		add_compile_options(${clear_plainly})
	endif()
endif()

if(F2B_LAY_OUT)
	include(CheckCSourceCompiles)
	add_compile_options(-ffunction-sections -fno-plt)
endif()

# f2b_lay_out(TARGET FILE): the functions that FILE names, one in a line, stand together in the program,
# if the linker knows how to add a section to its own script.
function(f2b_lay_out target file)
	if(NOT F2B_LAY_OUT)
		return()
	endif()
	set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.ld)
	file(STRINGS ${file} names REGEX "^[a-z]")
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	# Behind a dot stands what the compiler made of a function: name.isra.0, name.lto_priv.0.
	list(TRANSFORM names REPLACE ".+" ".text.\\0 .text.\\0.*")
	list(JOIN names "\n\t\t" names)
	file(CONFIGURE OUTPUT ${script} CONTENT
		"SECTIONS\n{\n\t.text.path : { *(\n\t\t${names}) }\n}\nINSERT BEFORE .text;\n" @ONLY)
	set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-T,${script})
	check_c_source_compiles("int main(void) { return 0; }" F2B_CAN_LAY_OUT)
	if(F2B_CAN_LAY_OUT)
		target_link_options(${target} PRIVATE -ffunction-sections -Wl,-T,${script})
		set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
	endif()
endfunction()
