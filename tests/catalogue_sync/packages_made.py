"""Small SCORM, cmi5 and Tin Can packages for tests, in the words of their formats."""

from __future__ import annotations

ADLCP_12 = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
ADLCP_2004 = "http://www.adlnet.org/xsd/adlcp_v1p3"

SENTENCE = "<p>Ask what happened, listen without judging, and agree on one next step.</p>"


def scorm(
    items: str, resources: str, *, version: str = "2004 4th Edition", title: str = "A course",
    metadata: str = "", attributes: str = "",
) -> str:  # fmt: skip
    """A SCORM manifest around items and resources; version 1.2 where it says so."""
    is_old = version == "1.2"
    content = "imscp_rootv1p1p2" if is_old else "imscp_v1p1"
    host = "www.imsproject.org" if is_old else "www.imsglobal.org"
    named = f"<title>{title}</title>" if title else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="MANIFEST-1" xmlns="http://{host}/xsd/{content}"
    xmlns:adlcp="{ADLCP_12 if is_old else ADLCP_2004}">
  <metadata><schema>ADL SCORM</schema><schemaversion>{version}</schemaversion>{metadata}</metadata>
  <organizations default="ORG"><organization identifier="ORG">{named}{items}</organization>
  </organizations><resources {attributes}>{resources}</resources>
</manifest>"""


def scorm_item(
    identifier: str, title: str = "", reference: str = "", *, more: str = "", inner: str = ""
) -> str:
    """An item that leads to a resource, or holds other items."""
    leads = f' identifierref="{reference}"' if reference else ""
    named = f"<title>{title}</title>" if title else ""
    return f'<item identifier="{identifier}"{leads} {more}>{named}{inner}</item>'


def sco(
    identifier: str, href: str, *, kind: str = "sco", word: str = "scormType", more: str = "",
    files: tuple[str, ...] = (), inner: str = "",
) -> str:  # fmt: skip
    """A resource; `word` is how its version writes the attribute."""
    listed = "".join(f'<file href="{file}"/>' for file in files or (href,))
    return (
        f'<resource identifier="{identifier}" type="webcontent" adlcp:{word}="{kind}" '
        f'href="{href}" {more}>{inner}{listed}</resource>'
    )


def langstrings(name: str, **words: str) -> str:
    """A cmi5 text in several languages; `nl_BE` stands for the tag `nl-BE`."""
    versions = (
        f'<langstring lang="{tag.replace("_", "-")}">{text}</langstring>'
        for tag, text in words.items()
    )
    return f"<{name}>{''.join(versions)}</{name}>"


def cmi5(inner: str, *, course: str = "https://courses.example/1") -> str:
    """A course structure around blocks, units and objectives."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><courseStructure '
        'xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">'
        f'<course id="{course}">{langstrings("title", en="Difficult conversations")}'
        f"{langstrings('description', en='x')}</course>{inner}</courseStructure>"
    )


def au(number: int | str, url: str, *, more: str = "", inner: str = "", title: str = "") -> str:
    """An assignable unit."""
    named = title or langstrings("title", en=f"Unit {number}")
    return (
        f'<au id="https://courses.example/au/{number}" {more}>{named}'
        f"{langstrings('description', en='About it')}{inner}<url>{url}</url></au>"
    )


def block(number: int | str, inner: str, *, before: str = "") -> str:
    """A block around units and other blocks."""
    named = langstrings("title", en=f"Block {number}")
    return f'<block id="https://courses.example/block/{number}">{named}{before}{inner}</block>'


def tincan(*activities: str) -> str:
    """A tincan.xml with a byte order mark, as every real one begins."""
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8" ?><tincan '
        'xmlns="http://projecttincan.com/tincan.xsd"><activities>'
        f"{''.join(activities)}</activities></tincan>"
    )


def activity(
    identifier: str, *, launch: str = "", kind: str = "module", name: str = "A piece"
) -> str:
    """An activity; without `launch` it only describes something for reports."""
    launched = f'<launch lang="en-us">{launch}</launch>' if launch else ""
    return (
        f'<activity id="{identifier}" type="http://adlnet.gov/expapi/activities/{kind}">'
        f'<name>{name}</name><description lang="en-US">About it</description>{launched}</activity>'
    )


def page(words: int = 0, *, body: str = "", title: str = "A page") -> str:
    """A web page of so many words, after `body`."""
    text = " ".join(["word"] * words)
    return (
        f"<html><head><title>{title}</title><script>var no = 1;</script></head>"
        f"<body>{body}<p>{text}</p></body></html>"
    )
