"""Parts of addresses: anything that does not look like an id is answered 404 before it reaches the database."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class HexId(BaseConverter):
    """The id of a client or an agreement."""

    regex = "[0-9a-f]{32}"


class Dotted(BaseConverter):
    """The version of a clause."""

    regex = "[0-9]{1,6}[.][0-9]{1,6}[.][0-9]{1,6}"
