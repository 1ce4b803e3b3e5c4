#!/bin/bash
# Our own filters find whom they must, and nobody else: tests/filters.
# usage: filters.sh BIN

exec bash "$(dirname "$0")/../filters/run.sh" "$1/f2b-regex"
