"""Every IRI that statements use: verbs, activity types, extensions. No other file knows one."""

from __future__ import annotations

PROFILE = "https://needle-lti.example/xapi/profile"
"""The identifier of our xAPI Profile. An identifier only: nothing answers at this address
(the name ends in .example, which nobody can own). A copy of the profile is profile.jsonld."""

PROFILE_VERSION = f"{PROFILE}/v1"
"""The version that a statement names in its category; such a statement matches its template."""

# Verbs
ASKED_NEED = f"{PROFILE}/verbs/asked-need"
RECOMMENDED = "https://w3id.org/xapi/tla/verbs/recommended"
OPENED = "http://activitystrea.ms/open"
RATED = "http://id.tincanapi.com/verb/rated"

DISPLAYS = {
    ASKED_NEED: "asked a need",
    RECOMMENDED: "recommended",
    OPENED: "opened",
    RATED: "rated",
}
"""What each verb is called in statements, in English."""

# Activity types
NEED = f"{PROFILE}/activity-types/need"
CONTENT_SET = "https://w3id.org/xapi/tla/activity-types/content_set"
PROFILE_TYPE = "http://adlnet.gov/expapi/activities/profile"
COURSE = "http://adlnet.gov/expapi/activities/course"
MODULE = "http://adlnet.gov/expapi/activities/module"
LESSON = "http://adlnet.gov/expapi/activities/lesson"
ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
MEDIA = "http://adlnet.gov/expapi/activities/media"
MEETING = "http://adlnet.gov/expapi/activities/meeting"
SIMULATION = "http://adlnet.gov/expapi/activities/simulation"

# Extensions of a statement's context
MINUTES_AVAILABLE = f"{PROFILE}/extensions/minutes-available"
PURPOSE = f"{PROFILE}/extensions/purpose"
