#!/bin/sh
# Makes a development folder with a throw-away certificate authority. Existing files are kept.
# usage: certs/make-dev.sh [FOLDER]
set -eu
folder="${1:-dvza-dev}"
case "$folder" in
    /*) ;;
    *) folder="$PWD/$folder" ;;
esac
cd "$(dirname "$0")/.."
exec cargo run --quiet --locked -- init --dir "$folder"
