#!/bin/sh
# Once a day: report the days that are over. Settings come from the environment:
#   ROLLCALL_HOME      the reporter's home folder
#   ROLLCALL_ACTIVITY  the product's activity, a file or a pattern
#   ROLLCALL_URL       the vendor's portal; empty where there is no network
#   ROLLCALL_TOKEN     the file with the API key of this instance
set -eu
# The pattern is to be expanded.
# shellcheck disable=SC2086
rollcall report write $ROLLCALL_ACTIVITY --home "$ROLLCALL_HOME" ${ROLLCALL_SINCE:+--since "$ROLLCALL_SINCE"}
if [ -n "${ROLLCALL_URL:-}" ]; then
  rollcall report post --url "$ROLLCALL_URL" --token-file "$ROLLCALL_TOKEN" --home "$ROLLCALL_HOME"
fi
rollcall report doctor --home "$ROLLCALL_HOME"
