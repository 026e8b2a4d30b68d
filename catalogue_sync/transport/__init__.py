"""Requests to addresses that others name: checked, timed, capped, and nothing else."""
