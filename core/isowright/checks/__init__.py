"""Preflight: what can be known before anything is made or paid for. One module per check, each with its remedies."""

from isowright.checks._remedies import AGAIN, Remedy, with_answers
from isowright.checks._scene import Here
from isowright.checks.check import Check, Finding, all_checks, run_all

__all__ = ["AGAIN", "Check", "Finding", "Here", "Remedy", "all_checks", "run_all", "with_answers"]
