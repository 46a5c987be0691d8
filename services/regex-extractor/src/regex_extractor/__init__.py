"""Reads messages by rules: a pure grammar in small modules, and a worker at the edge."""

from regex_extractor.extract import extract

VERSION = "2"
"""Grows with every change of what `extract` returns, so that records are read again."""

__all__ = ["VERSION", "extract"]
