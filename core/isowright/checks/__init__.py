"""Preflight: what can be known before anything is made or paid for. One module per check, each with its remedy."""

from isowright.checks.check import Check, Finding, all_checks, run_all

__all__ = ["Check", "Finding", "all_checks", "run_all"]
