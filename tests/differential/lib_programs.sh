# The folder of our programs, the argument of every test, as $bin: absolute, for tests change folder.
[ -d "${1:-}" ] || { echo "usage: $0 FOLDER, that of the programs that were built" >&2; exit 2; }
bin=$(cd "$1" && pwd)
