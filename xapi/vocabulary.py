"""Every IRI that statements use: verbs, activity types, extensions. No other file knows one."""

from __future__ import annotations

PROFILE = "https://needle-lti.example/xapi/profile"
"""The identifier of our xAPI Profile, profile.jsonld. Nothing answers at this very address (the
name ends in .example, which nobody can own); every tool serves the profile at the same path of
its own address."""

PROFILE_VERSION = f"{PROFILE}/v2"
"""The version that a statement names in its category; such a statement matches its template."""

# Verbs of our own
ASKED_NEED = f"{PROFILE}/verbs/asked-need"
PRACTISED = f"{PROFILE}/verbs/practised"
APPLIED = f"{PROFILE}/verbs/applied-at-work"

# Verbs that others publish: TLA, Activity Streams, Tin Can registry, ADL
RECOMMENDED = "https://w3id.org/xapi/tla/verbs/recommended"
SCHEDULED = "https://w3id.org/xapi/tla/verbs/scheduled"
OPENED = "http://activitystrea.ms/open"
SELECTED = "http://id.tincanapi.com/verb/selected"
RATED = "http://id.tincanapi.com/verb/rated"
DEFINED = "http://id.tincanapi.com/verb/defined"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SHARED = "http://adlnet.gov/expapi/verbs/shared"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
REQUESTED = "https://w3id.org/xapi/adb/verbs/requested"

DISPLAYS = {
    ASKED_NEED: "asked a need",
    RECOMMENDED: "recommended",
    SELECTED: "selected",
    OPENED: "opened",
    COMPLETED: "completed",
    RATED: "rated",
    DEFINED: "defined",
    SCHEDULED: "scheduled",
    PRACTISED: "practised",
    APPLIED: "applied at work",
    SHARED: "shared",
    REQUESTED: "requested",
    VOIDED: "voided",
}
"""What each verb is called in statements, in English."""

# Activity types
NEED = f"{PROFILE}/activity-types/need"
HELP_REQUEST = f"{PROFILE}/activity-types/help-request"
GOAL = "http://id.tincanapi.com/activitytype/goal"
PERFORMANCE = "http://adlnet.gov/expapi/activities/performance"
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
ASKED_WHOM = f"{PROFILE}/extensions/asked-whom"
PLANNED_START = "http://id.tincanapi.com/extension/planned-start-time"
PLANNED_DURATION = "http://id.tincanapi.com/extension/planned-duration"
SHARED_WITH = "http://id.tincanapi.com/extension/target"
EVIDENCE = "https://w3id.org/xapi/tla/extensions/evidence"
"""A list of texts that point at what supports the statement, as the TLA profile has it."""
