# The folder of our programs, the argument of every test, as $bin: absolute, for tests change folder.
[ -d "${1:-}" ] || { echo "usage: $0 FOLDER, that of the programs that were built" >&2; exit 2; }
bin=$(cd "$1" && pwd)

# own_configuration FOLDER: our configuration set, into a folder that is there.
own_configuration() {
	local source
	source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	cp -r "$source"/fail2ban.conf "$source"/jail.conf "$source"/paths-*.conf "$source"/filter.d \
		"$source"/action.d "$1"
}
