#!/bin/bash
# Ends the processes that start.sh started, by the ids it wrote down, as far as they are still ours.
. "$(dirname "$0")/env.sh"
shopt -s nullglob
ours() { [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' < "/proc/$1/cmdline" | grep -q "$HERE/services/serve.py"; }
pids=()
for file in "$LAB"/run/*.pid; do
    pid=$(cat "$file")
    if ours "$pid"; then kill "$pid"; pids+=("$pid"); fi
    rm -f "$file"
done
for pid in "${pids[@]}"; do
    for _ in $(seq 50); do ours "$pid" || break; sleep 0.1; done
    if ours "$pid"; then kill -9 "$pid"; fi
done
exit 0
