"""The recipe inside an XMP packet, for formats that keep texts no other way."""

from __future__ import annotations

import re
from html import escape, unescape

_NAMESPACE = "urn:restora:recipe:1"
_FIELD = re.compile(r"<restora:recipe>(.*?)</restora:recipe>", re.DOTALL)


def packet_of_recipe(recipe: str) -> bytes:
    """A packet that holds nothing but the recipe."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:restora="{_NAMESPACE}">'
        f"<restora:recipe>{escape(recipe, quote=False)}</restora:recipe>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def recipe_of_packet(packet: str) -> str | None:
    """The recipe inside a packet, or None."""
    found = _FIELD.search(packet)
    return unescape(found[1]) if found else None
