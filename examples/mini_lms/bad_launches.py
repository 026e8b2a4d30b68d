"""Launches that a tool must refuse, each by one fault; the good ones stand beside them.

The public certification cases of 1EdTech are here, and what attackers and broken platforms
send besides. Each value makes the id_token that answers a login of the tool.
"""

from __future__ import annotations

from collections.abc import Mapping

from examples.mini_lms.good_launches import GOOD_LAUNCHES
from examples.mini_lms.making import (
    DEEP_LINKING_SETTINGS,
    MEMBERSHIP,
    Maker,
    Making,
    NeedsEarlierToken,
    TryLaunch,
    named,
    timed,
    with_claims,
    without_claims,
)

__all__ = ["BAD_LAUNCHES", "GOOD_LAUNCHES", "Making", "NeedsEarlierToken", "TryLaunch"]

YEAR = 365 * 24 * 3600


def _header(**changes: object) -> Maker:
    """A good payload under a header with these members changed; None takes one away."""

    def make(launch: Making) -> str:
        header = {**launch.header(), **changes}
        kept = {name: value for name, value in header.items() if value is not None}
        return launch.key.sign_as(kept, launch.claims)

    return make


def _payload(payload: object) -> Maker:
    return lambda launch: launch.key.sign_as(launch.header(), payload)


def _wrong_kid(launch: Making) -> str:
    return launch.key.sign_as({**launch.header(), "kid": launch.other_key.kid}, launch.claims)


def _foreign_signature(launch: Making) -> str:
    return launch.other_key.sign_as(launch.header(), launch.claims)


def _embedded_key(launch: Making) -> str:
    header = {**launch.header(), "jwk": launch.other_key.public()}
    return launch.other_key.sign_as(header, launch.claims)


def _weak_key(launch: Making) -> str:
    return launch.weak_key.sign(launch.claims)


def _changed_after_signing(launch: Making) -> str:
    good = launch.key.sign(launch.claims)
    other = launch.key.sign({**launch.claims, "sub": "1"})
    header, _, signature = good.split(".")
    return f"{header}.{other.split('.')[1]}.{signature}"


def _unsigned(launch: Making) -> str:
    return launch.key.sign(launch.claims).rpartition(".")[0] + "."


def _two_parts(launch: Making) -> str:
    return launch.key.sign(launch.claims).rpartition(".")[0]


def _earlier(launch: Making) -> str:
    if launch.earlier_token is None:
        raise NeedsEarlierToken
    return launch.earlier_token


def _audience_list(launch: Making) -> str:
    audience = [launch.claims["aud"], "another-client"]
    return launch.key.sign({**launch.claims, "aud": audience})


def _deep_linking(settings: object) -> Maker:
    """A deep-linking request of a teacher with these settings; None leaves them out."""

    def make(launch: Making) -> str:
        claims = {**launch.claims, named("message_type"): "LtiDeepLinkingRequest",
                  named("roles"): [MEMBERSHIP + "Instructor"]}
        claims.pop(named("resource_link"), None)
        if settings is not None:
            claims[DEEP_LINKING_SETTINGS] = settings
        return launch.key.sign(claims)

    return make


def _return_to(url: str) -> dict[str, object]:
    return {"accept_types": ["ltiResourceLink"], "deep_link_return_url": url,
            "accept_presentation_document_targets": ["iframe"]}


_CASES: Mapping[str, tuple[str, str, Maker]] = {
    # The public certification cases.
    "no-kid": ("No kid in the header", "Nothing says which key signed it.", _header(kid=None)),
    "wrong-kid": ("A kid that is not published", "No key of this LMS has this name.", _wrong_kid),
    "version-11.3": ("LTI version 11.3", "There is no such version.",
                     with_claims(version="11.3")),
    "no-version": ("No LTI version", "The claim is required.", without_claims("version")),
    "not-lti": ("A JWT with a name only", "It is signed well, and is no LTI message.",
                _payload({"name": "Nobody"})),
    "not-a-jwt": ("Not a JWT", "The text has not three parts.", lambda _: "not-a-jwt"),
    "two-parts": ("A JWT of two parts", "Its signature is cut off.", _two_parts),
    "no-version-type-roles": ("Neither version, message type nor roles",
                              "Three required claims are missing.",
                              without_claims("version", "message_type", "roles")),
    "times-of-1970": ("exp 22222 and iat 11111", "Both are times of 1970.",
                      with_claims(exp=22222, iat=11111)),
    "no-message-type": ("No message type", "The claim is required.",
                        without_claims("message_type")),
    "no-roles": ("No roles claim", "The claim is required, even if it is an empty list.",
                 without_claims("roles")),
    "no-deployment": ("No deployment id", "The claim is required.",
                      without_claims("deployment_id")),
    "no-resource-link": ("No resource link", "The claim is required in this message.",
                         without_claims("resource_link")),
    "empty-sub": ("An empty sub", "It names nobody.", with_claims(sub="")),
    # Signatures and keys.
    "alg-none": ("alg none", "Anybody can write an unsigned token.", _header(alg="none")),
    "hs256-public-key": ("HS256 with the public key", "The public key is known to everybody.",
                         _header(alg="HS256")),
    "foreign-signature": ("Another key under our kid", "The signature is not of this key.",
                          _foreign_signature),
    "embedded-key": ("A key inside the header", "A token may not bring its own key.",
                     _embedded_key),
    "weak-key": ("A key of 1024 bits", "It is published, and too short to be trusted.",
                 _weak_key),
    "changed": ("Changed after signing", "The payload is not what was signed.",
                _changed_after_signing),
    "unsigned": ("The signature is empty", "alg says RS256, and nothing is signed.", _unsigned),
    "kid-list": ("A kid that is a list", "A kid is text.", _header(kid=["a", "b"])),
    # Replays and other clients.
    "earlier-token": ("An earlier token on a new login", "Its nonce is of another login.",
                      _earlier),
    "no-nonce": ("No nonce", "Nothing ties it to the login.", without_claims("nonce")),
    "other-nonce": ("Another nonce", "It is not of this login.",
                    with_claims(nonce="of-another-login")),
    "aud-other": ("aud of another client", "It was made for another tool.",
                  with_claims(aud="another-client")),
    "aud-list": ("aud with another client, without azp", "Nothing says who may use it.",
                 _audience_list),
    "aud-empty": ("aud is an empty list", "It is made for nobody.", with_claims(aud=[])),
    "no-aud": ("No aud", "The claim is required.", without_claims("aud")),
    "azp-other": ("azp of another client", "Another tool was allowed to use it.",
                  with_claims(azp="another-client")),
    "iss-other": ("iss of another platform", "It is not of the LMS that was asked.",
                  with_claims(iss="https://another.invalid")),
    # Times.
    "no-exp": ("No exp", "It would live for ever.", without_claims("exp")),
    "no-iat": ("No iat", "Nothing says how old it is.", without_claims("iat")),
    "year-old-iat": ("An iat of last year", "It is far older than a login may take.",
                     timed(iat=-YEAR)),
    "future-iat": ("An iat in an hour", "It is from the future.", timed(iat=3600, exp=7200)),
    "expired": ("Expired an hour ago", "It lived from two hours ago to one hour ago.",
                timed(iat=-7200, exp=-3600)),
    "exp-text": ("exp is a text", "A time is a number.", with_claims(exp="tomorrow")),
    # Where it leads to, and what it is.
    "no-target": ("No target link URI", "The claim is required.",
                  without_claims("target_link_uri")),
    "foreign-target": ("A target on another site", "The page to open is not the tool's.",
                       with_claims(target_link_uri="https://evil.invalid/lti/launch")),
    "script-target": ("A target that is a script", "It is no web address.",
                      with_claims(target_link_uri="javascript:alert(1)")),
    "unknown-deployment": ("An unknown deployment", "Nobody approved it at the tool.",
                           with_claims(deployment_id="unknown-deployment")),
    "unknown-message": ("An unknown message type", "No tool can know it.",
                        with_claims(message_type="LtiTeleportRequest")),
    "deep-linking-no-settings": ("Deep linking without settings", "Nothing says where to.",
                                 _deep_linking(None)),
    "deep-linking-no-return": ("Deep linking without a return URL", "Nothing says where to.",
                               _deep_linking({"accept_types": ["ltiResourceLink"]})),
    "deep-linking-script": ("Deep linking back to a script", "It is no web address.",
                            _deep_linking(_return_to("javascript:alert(1)"))),
    "deep-linking-list": ("Deep-linking settings as a list", "They are an object.",
                          _deep_linking(["ltiResourceLink"])),
    "review-nobody": ("A submission review of nobody", "for_user is required.",
                      with_claims(message_type="LtiSubmissionReviewRequest",
                                  roles=[MEMBERSHIP + "Instructor"])),
    # Claims of the wrong shape.
    "roles-text": ("Roles as a text", "They are a list.", with_claims(roles="Instructor")),
    "roles-numbers": ("Roles as numbers", "Each is a text.", with_claims(roles=[1, 2])),
    "context-list": ("The context as a list", "It is an object.", with_claims(context=["2"])),
    "resource-link-list": ("The resource link as a list", "It is an object.",
                           with_claims(resource_link=["1100"])),
    "presentation-list": ("The presentation as a list", "It is an object.",
                          with_claims(launch_presentation=["iframe"])),
    "deployment-number": ("The deployment id as a number", "It is a text.",
                          with_claims(deployment_id=1)),
    "sub-object": ("sub is an object", "It is a text.", with_claims(sub={"id": "13"})),
    "payload-list": ("The payload is a list", "Claims are an object.", _payload(["a", "b"])),
}

BAD_LAUNCHES: Mapping[str, TryLaunch] = {
    name: TryLaunch(title=title, why=why, make=make, needs_earlier=make is _earlier)
    for name, (title, why, make) in _CASES.items()
}
"""Every launch that must be refused, by a short name that stays."""
