"""A small LTI 1.3 platform with three real courses, to try a tool with.

It plays the LMS: people sign in with one click, read the courses, and launch the tool from
an activity. It answers Moodle's web services as far as a catalogue needs them. It is made
for one machine and for tests: nobody has a password.
"""

from examples.mini_lms.app import create_app
from examples.mini_lms.settings import Settings, Tool

__all__ = ["Settings", "Tool", "create_app"]
