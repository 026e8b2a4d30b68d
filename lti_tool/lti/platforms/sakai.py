"""Sakai.

Run: nothing. Read: https://github.com/sakaiproject/sakai/tree/master/lti (key set and token are
below /imsblis/lti13, the authorization is below /imsoidc/lti13, all on Sakai's own host; a tool
that was registered is found by teachers once it is placed as stealthed or visible tool).
"""

from __future__ import annotations

from lti_tool.lti.platforms.profile import N_, Profile

PROFILE = Profile(
    family="sakai",
    title="Sakai",
    next_steps=(
        N_("Under Administration Workspace > External Tools, look through the tool and save it."),
        N_("In a site: Lessons > Add Content > “Add External Tool”, or Site Info > Manage Tools."),
    ),
)
