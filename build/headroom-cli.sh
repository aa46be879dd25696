#!/bin/sh
# Headroom's command line in the packaged app: the app's own runtime, as plain Node.
here=$(dirname "$(readlink -f "$0")")
ELECTRON_RUN_AS_NODE=1 exec "$here/headroom" "$here/resources/app.asar/out/main/cli.cjs" "$@"
