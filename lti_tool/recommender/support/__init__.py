"""A first net for needs that speak of a crisis: of the writer's own, or of someone's.

    find_sign("patient talks about suicide, what do I say?")  # CrisisSign.MENTIONED

It is no diagnosis and finds only what is said in words it knows; docs/recommender.md says what
it misses. Own crisis is known in nine languages, in English and Dutch more widely.
"""

from lti_tool.recommender.support.sign import CrisisSign, find_sign, shorten, without_crisis

__all__ = ["CrisisSign", "find_sign", "shorten", "without_crisis"]
