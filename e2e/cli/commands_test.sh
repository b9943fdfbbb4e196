#!/usr/bin/env bash
# What is typed and what must come back: help, token, status, bots over the relay.
cd "$(dirname "$0")/../.." && exec env PYTHONDONTWRITEBYTECODE=1 python3 e2e/cli/commands_test.py
