"""The sample's builder lies beside its data, outside every distribution: make it importable here."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
