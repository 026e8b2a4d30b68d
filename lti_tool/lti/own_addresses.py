"""The tool's own addresses, as a platform asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.lti import claims

TITLE = "What do you need right now?"
"""What the tool is called in a platform; its administrator may call it otherwise."""

DESCRIPTION = "Finds the one module you need, right now, in the courses you already have."

SCOPES = (
    claims.NAMES_AND_ROLES_SCOPE,
    claims.LINE_ITEM_SCOPE,
    claims.SCORE_SCOPE,
    claims.RESULT_READING_SCOPE,
)
"""The services that the tool asks for, and no more."""

CLAIMS = ("iss", "sub")
"""The personal data that the tool asks for: who it is, by a number; no name, no address."""


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Every address of the tool that a platform is told, below its public URL."""

    public_url: str

    @property
    def domain(self) -> str:
        """Host and port of the public URL, as it is written there."""
        return self.public_url.partition("://")[2].partition("/")[0]

    @property
    def launch(self) -> str:
        """Target link URI and only redirect URI: platforms compare it letter for letter."""
        return f"{self.public_url}/lti/launch"

    @property
    def login(self) -> str:
        """Where a platform begins a login."""
        return f"{self.public_url}/lti/login"

    @property
    def key_set(self) -> str:
        """The tool's public keys."""
        return f"{self.public_url}/lti/jwks.json"

    @property
    def canvas(self) -> str:
        """The description that Canvas's developer keys can be filled from."""
        return f"{self.public_url}/lti/canvas.json"

    @property
    def icon(self) -> str:
        """The tool's icon."""
        return f"{self.public_url}/static/needle.svg"
