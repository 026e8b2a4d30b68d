"""Blackboard Learn.

Run: nothing. Read: https://docs.anthology.com/docs/blackboard/lti/1.3/ and
https://blackboard.my.salesforce-sites.com/btbb/publickbarticleview?id=kAEPU00005dRIfK4AW (what
the developer portal's dynamic registration answers, and what is wrong with it). All of
Blackboard has one issuer, and the developer portal stands between the tool and each Learn: it
gives the client id, the administrator of a Learn enters that there and gets a deployment id.
The key set is one for each application; the configuration names another.
"""

from __future__ import annotations

from lti_tool.lti.platforms.profile import N_, Profile

PROFILE = Profile(
    family="blackboardlearn",
    title="Blackboard",
    next_steps=(
        N_(
            "In your Blackboard Learn: Administrator > Integrations > LTI Tool Providers > "
            "“Register LTI 1.3/Advantage Tool”. Enter the client id below and approve the tool."
        ),
        N_("There, under “Manage Placements”, make a placement for course content."),
    ),
    hosts=("developer.blackboard.com",),
    issuers=("https://blackboard.com",),
    key_set="https://developer.blackboard.com/api/v1/management/applications/{client_id}/jwks.json",
    frames_elsewhere=True,
)
