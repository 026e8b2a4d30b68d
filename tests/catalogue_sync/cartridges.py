"""Small Common Cartridges for tests, written to disk as real zip files."""

from __future__ import annotations

import zipfile
from pathlib import Path

V13 = "http://www.imsglobal.org/xsd/imsccv1p3"


def manifest(items: str = "", resources: str = "", *, version: str = "1p3", title: str = "") -> str:
    """A manifest of a version, around items and resources."""
    lom = f"http://ltsc.ieee.org/xsd/imsccv{version}/LOM/manifest"
    named = f"<l:title><l:string>{title}</l:string></l:title>" if title else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="man1" xmlns="http://www.imsglobal.org/xsd/imsccv{version}/imscp_v1p1"
    xmlns:l="{lom}">
  <metadata><schema>IMS Common Cartridge</schema><schemaversion>x</schemaversion>
    <l:lom><l:general>{named}<l:language>en</l:language></l:general></l:lom></metadata>
  <organizations><organization identifier="o" structure="rooted-hierarchy">
    <item identifier="root">{items}</item></organization></organizations>
  <resources>{resources}</resources>
</manifest>"""


def item(identifier: str, title: str, reference: str = "", inner: str = "", more: str = "") -> str:
    """An item, with items inside it."""
    leads = f' identifierref="{reference}"' if reference else ""
    return f'<item identifier="{identifier}"{leads}{more}><title>{title}</title>{inner}</item>'


def resource(identifier: str, href: str, kind: str = "webcontent", inner: str = "") -> str:
    """A resource of one file."""
    return (
        f'<resource identifier="{identifier}" type="{kind}" href="{href}">'
        f'<file href="{href}"/>{inner}</resource>'
    )


def web_link(title: str, url: str) -> str:
    """The file of a web link."""
    return (
        f'<webLink xmlns="{V13}/imswl_v1p3"><title>{title}</title>'
        f'<url href="{url}" target="_blank"/></webLink>'
    )


def write(path: Path, files: dict[str, str | bytes]) -> Path:
    """A zip file of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"


def standards(*guids: str) -> str:
    """The metadata of a resource that is aligned with items of a framework."""
    told = "".join(
        f"<labelledGUID><label>L</label><GUID>{one}</GUID></labelledGUID>" for one in guids
    )
    return (
        f'<metadata><csm:curriculumStandardsMetadataSet xmlns:csm="{V13}/imscsmd_v1p0">'
        f'<csm:curriculumStandardsMetadata providerId="p"><setOfGUIDs xmlns="{V13}/imscsmd_v1p0">'
        f"{told}</setOfGUIDs></csm:curriculumStandardsMetadata>"
        "</csm:curriculumStandardsMetadataSet></metadata>"
    )


def canvas_item(
    identifier: str, kind: str, title: str, *, reference: str = "", state: str = "active",
    url: str = "", indent: int = 0,
) -> str:  # fmt: skip
    """An item of a Canvas module, as `module_meta.xml` has it."""
    leads = f"<identifierref>{reference}</identifierref>" if reference else ""
    there = f"<url>{url}</url>" if url else ""
    return (
        f'<item identifier="{identifier}"><content_type>{kind}</content_type>'
        f"<workflow_state>{state}</workflow_state><title>{title}</title>{leads}{there}"
        f"<indent>{indent}</indent></item>"
    )


def canvas_module(title: str, items: str, *, state: str = "active", more: str = "") -> str:
    """A Canvas module around items; `more` are other settings of it."""
    return (
        f'<module identifier="m-{title}"><title>{title}</title>'
        f"<workflow_state>{state}</workflow_state>{more}<items>{items}</items></module>"
    )


def canvas_modules(*modules: str) -> str:
    """The file `course_settings/module_meta.xml`."""
    return f'<?xml version="1.0"?><modules xmlns="{CANVAS}">{"".join(modules)}</modules>'


def canvas_settings(kind: str, inner: str) -> str:
    """A file of settings: `assignment`, `quiz`, `topicMeta`, `course` or `fileMeta`."""
    return f'<?xml version="1.0"?><{kind} identifier="x" xmlns="{CANVAS}">{inner}</{kind}>'
