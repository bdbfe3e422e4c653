"""What stands beside these tests can be imported."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parent.parent / "iso"):
    sys.path.insert(0, str(folder))
