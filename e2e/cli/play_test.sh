#!/usr/bin/env bash
# `meridian play` in a real terminal: walks, builds, is seen by a second player, leaves the terminal as it was. Writes the screen into docs/players.md with
# MERIDIAN_WRITE_SCREENS=1 and fails when it differs from what stands there.
cd "$(dirname "$0")/../.." && exec env PYTHONDONTWRITEBYTECODE=1 python3 e2e/cli/play_test.py
