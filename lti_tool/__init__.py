"""Needle's LTI 1.3 tool: ask what is needed right now, get the one module that fits."""

__version__ = "0.1.0"
