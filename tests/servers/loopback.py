"""The networks of the tests' servers: this machine, which a tool calls only when told so."""

from __future__ import annotations

from ipaddress import ip_network

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
