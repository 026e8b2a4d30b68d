"""Open edX.

Run: launches, deep linking, names and roles and grades against its own platform library,
lti-consumer-xblock 11.4.4. Read: that package's own README. There is no dynamic
registration: each course's author makes an LTI component in Studio, with a client id of
its own.
"""

from __future__ import annotations

from lti_tool.lti.platforms.profile import N_, Profile

PROFILE = Profile(
    family="openedx",
    title="Open edX",
    next_steps=(
        N_('In Studio: Settings > Advanced Settings, add "lti_consumer" to the modules.'),
        N_("In a unit: Advanced > LTI Consumer, with the addresses of the installation page."),
        N_("Publish the unit and open it as a learner."),
    ),
)
