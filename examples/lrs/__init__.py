"""A small learning record store to try things with: an example, not a product.

It keeps the rules of xAPI 1.0.3 that a sender of statements meets (ids, all or nothing, 409
for a differing duplicate, the version header), shows what arrives at `/`, and does no more:
no documents, no voiding, no attachments.
"""

from examples.lrs.app import create_app

__all__ = ["create_app"]
