"""Installing without an operator: answers for the installer, put onto its ISO, which is only read."""
