"""D2L Brightspace.

Run: nothing. Read: https://documentation.brightspace.com/EN/integrations/ipsis/LTI%20Advantage/
(registration, deployment and links are three steps of their own; a tool's name and domain must
be new in the organisation) and https://github.com/hypothesis/lms (that `aud` in a token request
is one value for all of Brightspace, while the token URL is another).
"""

from __future__ import annotations

from lti_tool.lti.platforms.profile import N_, Profile

PROFILE = Profile(
    family="desire2learn",
    title="D2L Brightspace",
    next_steps=(
        N_("Under “Manage Extensibility” > “LTI Advantage”, enable the new registration."),
        N_("Open it, choose “View Deployments”, and make a deployment for your courses."),
        N_("Add a link for that deployment, or choose the tool under “Existing activities”."),
    ),
    audience="https://api.brightspace.com/auth/token",
    hosts=("auth.brightspace.com",),
    issuer_hosts=("*.brightspace.com",),
)
