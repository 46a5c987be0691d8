"""Engines: what runs the language model. `base` is the face that the rest of the worker sees; torch stays in here.

OpenVINO tells its maker of every start, unless its package for that is missing. Larder tells nobody, so it is.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
