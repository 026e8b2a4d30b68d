"""Small Moodle backups for tests, as Moodle writes them: a zip or a tar.gz of XML files."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

NULL = "$@NULL@$"


@dataclass
class Backup:
    """The files of a backup of one course, which is added to piece by piece."""

    files: dict[str, bytes] = field(default_factory=dict)
    activities: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    course: str = (
        "<fullname>Talking &amp;amp; listening</fullname><lang>pt_br</lang><visible>1</visible>"
    )
    enrolments: str = ""

    def section(
        self, number: int, *modules: int, name: str = "", visible: int = 1, parent: int = 0,
        availability: str = NULL,
    ) -> None:  # fmt: skip
        """A section whose id is its number times ten; `parent` makes it a subsection's."""
        identifier = number * 10
        self.sections.append(
            f"<section><sectionid>{identifier}</sectionid><title>{name or number}</title>"
            f"<directory>sections/section_{identifier}</directory>"
            f"<parentcmid>{parent or ''}</parentcmid><modname/></section>"
        )
        self.files[f"sections/section_{identifier}/section.xml"] = _xml(
            f'<section id="{identifier}"><number>{number}</number><name>{name or NULL}</name>'
            f"<sequence>{','.join(map(str, modules))}</sequence><visible>{visible}</visible>"
            f"<availabilityjson>{escape(availability)}</availabilityjson></section>"
        )

    def activity(
        self, number: int, modname: str, inner: str, *, section: int = 1, settings: str = "",
        name: str = "",
    ) -> str:  # fmt: skip
        """An activity with the content of its own file; gives its folder."""
        directory = f"activities/{modname}_{number}"
        name = name or f"{modname} {number}"
        self.activities.append(
            f"<activity><moduleid>{number}</moduleid><sectionid>{section * 10}</sectionid>"
            f"<modulename>{modname}</modulename><title>{name}</title>"
            f"<directory>{directory}</directory></activity>"
        )
        self.files[f"{directory}/module.xml"] = _xml(
            f'<module id="{number}" version="2024"><modulename>{modname}</modulename>'
            f"<sectionid>{section * 10}</sectionid>"
            f"{settings or '<visible>1</visible><visibleoncoursepage>1</visibleoncoursepage>'}"
            "</module>"
        )
        self.files[f"{directory}/{modname}.xml"] = _xml(
            f'<activity id="{number}" moduleid="{number}" modulename="{modname}" '
            f'contextid="{number + 1000}"><{modname} id="{number}"><name>{name}</name>{inner}'
            f"</{modname}></activity>"
        )
        return directory

    def all_files(self) -> dict[str, bytes]:
        """Every file, with the list of them and the people, whom nobody should read."""
        listed = (
            "<moodle_backup><information><original_course_id>7</original_course_id>"
            "<original_course_fullname>Talking</original_course_fullname>"
            f"<contents><activities>{''.join(self.activities)}</activities>"
            f"<sections>{''.join(self.sections)}</sections></contents></information></moodle_backup>"
        )
        made = {
            "moodle_backup.xml": _xml(listed),
            "course/course.xml": _xml(f'<course id="7" contextid="3">{self.course}</course>'),
            "users.xml": _xml("<users><user><firstname>Secret</firstname></user></users>"),
        }
        if self.enrolments:
            enrols = f"<enrolments><enrols>{self.enrolments}</enrols></enrolments>"
            made["course/enrolments.xml"] = _xml(enrols)
        return made | self.files

    def write(self, path: Path, *, packed: str = "zip") -> Path:
        """The backup as a file: `zip` as Moodle's older format is, `gz` as its newer one."""
        if packed == "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in self.all_files().items():
                    archive.writestr(name, data)
            return path
        with tarfile.open(path, "w:gz") as tar:
            for name, data in self.all_files().items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return path


def enrolment(kind: str, *, status: int = 0, password: str = "", new: str = "1") -> str:
    """A way to be enrolled."""
    return (
        f'<enrol id="1"><enrol>{kind}</enrol><status>{status}</status>'
        f"<password>{password or NULL}</password><customint6>{new}</customint6>"
        '<user_enrolments><enrolment id="1"><userid>3</userid></enrolment></user_enrolments>'
        "</enrol>"
    )


def html(name: str, markup: str, *, kind: int = 1) -> str:
    """A text as Moodle stores it: HTML escaped once, with its format."""
    return f"<{name}>{escape(markup)}</{name}><{name}format>{kind}</{name}format>"


def _xml(inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{inner}'.encode()
