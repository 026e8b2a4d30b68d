"""LTI dynamic registration 1.0: a platform registers the tool by one address.

`read_configuration` fetches and checks what the platform says of itself, `register` asks it to
register the tool and reads its answer. Nothing is kept here.
"""

from __future__ import annotations

from lti_tool.lti.dynamic_registration.answer import Registered
from lti_tool.lti.dynamic_registration.calling import read_configuration, register
from lti_tool.lti.dynamic_registration.configuration import PlatformConfiguration
from lti_tool.lti.dynamic_registration.request import wanted_messages, wanted_scopes
from lti_tool.lti.dynamic_registration.saving import values_to_save

__all__ = [
    "PlatformConfiguration",
    "Registered",
    "read_configuration",
    "register",
    "values_to_save",
    "wanted_messages",
    "wanted_scopes",
]
