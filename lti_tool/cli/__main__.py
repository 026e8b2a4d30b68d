"""`python -m lti_tool.cli` is the command `needle`."""

from lti_tool.cli import main

main()
