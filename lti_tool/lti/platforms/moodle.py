"""Moodle.

Run: registration, launches, deep linking and services against Moodle 4.5.6. Read: its source,
https://github.com/moodle/moodle/blob/MOODLE_405_STABLE/mod/lti/classes/local/ltiopenid/registration_helper.php
(what a registration must have, and that the answer names the deployment inside the tool's
configuration and scopes that were not all granted). A tool that was activated is shown in no
activity chooser until somebody switches it on there (`coursevisible`).
"""

from __future__ import annotations

from lti_tool.lti.platforms.profile import N_, Profile

PROFILE = Profile(
    family="moodle",
    title="Moodle",
    next_steps=(
        N_("Close this window. Under “Manage tools”, press “Activate” on the new tool."),
        N_(
            "Moodle shows it in no course yet. In a course, open More > LTI External tools and "
            "switch on “Show in activity chooser”. For all courses at once: edit the tool and "
            "set “Tool configuration usage” to “Show in activity chooser and as a preconfigured "
            "tool”."
        ),
        N_("Add it to the course: Add an activity or resource > “What do you need right now?”."),
    ),
)
