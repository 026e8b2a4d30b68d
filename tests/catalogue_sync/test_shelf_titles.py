"""Which titles nobody could understand: tables made by hand, in English and Dutch."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_sync.shelf.titles import FAULT_WORDS, TitleFault, title_fault
from tests.catalogue_sync.sources import module

FAULTY = {
    TitleFault.FILE_NAME: (
        "IMG_2034.pdf", "Handboek onboarding.docx", "slides.PPTX", "index.html", "lesson-3.mp4",
        "IMG_20240312_101500", "DSC0042", "Screenshot 2024-03-12 at 10.22.11", "PXL_20240101",
        "Schermafbeelding 2024-03-12 om 10.22.11", "WhatsApp Image 2024-03-12 at 10.22",
    ),
    TitleFault.VERSION: (
        "module1_v3_FINAL", "Onboarding-v2", "Handleiding_definitief", "Plan (concept)",
        "Slides v2 final", "Draaiboek definitief versie 3", "Agenda 20240312",
        "Verslag_2024-03-12", "Handleiding (v2)", "beleid_v1.2",
    ),
    TitleFault.COPY: (
        "Copy of Giving feedback", "Kopie van Gesprekken voeren", "Giving feedback (copy)",
        "Feedback geven (kopie 2)", "Giving feedback - Copy",
    ),
    TitleFault.NUMBER: (
        "Lesson 3", "Les 3", "Week 12", "Module 4b", "module1", "Hoofdstuk IV", "Deel A", "7",
        "1.2.3", "Part 2 of 5", "Deel 2 van 5", "Module 1, lesson 3", "Week 2 - dag 4", "Quiz 1",
        "Toets 2", "Video #4", "3/7", "Unit: 5", "Slide 12.", "350-401",
    ),
    TitleFault.GENERIC: (
        "Introduction", "Quiz", "Welkom", "Inleiding", "Test", "SAMENVATTING", "Aan de slag!",
        "1. Introduction", "Module 2: Introduction", "Week 3 - Samenvatting", "Inleiding 2",
        "Overview (2)", "Meer informatie", "Knowledge check", "Announcements", "Einführung",
        "Sammanfattning", "Welkom bij de cursus",
    ),
    TitleFault.PLACEHOLDER: (
        "Untitled", "untitled document (3)", "Naamloos", "Naamloze presentatie", "New page",
        "Nieuwe pagina 2", "lorem ipsum dolor sit", "TODO", "tbd", "n/a", "xxx", "asdfgh", "...",
        "- - -", "[Title]", "Klik om een titel toe te voegen", "test test", "???",
    ),
    TitleFault.CODE: (
        "HRM_lead_02", "A4711-B", "lead_change", "HRM_lead_02 intro",
        "DealingWithConflictAtWork",
    ),
    TitleFault.CAPITALS: (
        "GIVING FEEDBACK", "HOE GEEF JE FEEDBACK?", "HR: DIFFICULT CONVERSATIONS",
    ),
}  # fmt: skip

CLEAR = (
    "Giving feedback that lands", "Feedback geven", "Excel", "SAP GDPR ILM", "What's new",
    "Using design to make ideas new", "Learning CATIA v5", "SQL Server 2017: What's New",
    "MikroTik RouterOS v6", "Photography: 1 Concept", "Learning Screenwriting with Final Draft 10",
    "Why 30 is not the new 20", "ISO9001", "NEN7510", "PowerPoint", "JavaScript", "LinkedIn",
    "Introduction to Python", "Inleiding in de statistiek", "Quiz: what do you know of GDPR?",
    "The 7 habits", "5 whys", "Day one at work", "Days off", "Topics in ethics", "Parts", "Dial",
    "Blocks", "Understanding __init__ and __name__", "Working in ASP.NET", "What is a .pdf file?",
    "Scan 10 documents a minute", "財務会計概論（日本語版）", "こころの知能指数（EQ）の高め方",
    "Lesson 3: saying no", "Week 2 - Moeilijke gesprekken", "1:1 meetings", "R2D2 and you",
    "The final", "Test-driven development", "Module 4 – Feedback geven aan je leidinggevende",
    "Copying files safely", "Titles that work", "New in your role",
)  # fmt: skip


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        pytest.param(title, fault, id=f"{fault.value}-{number}")
        for fault, titles in FAULTY.items()
        for number, title in enumerate(titles)
    ],
)
def test_a_title_that_says_nothing_is_known_with_its_reason(title: str, fault: TitleFault) -> None:
    assert title_fault(module("a", title)) is fault, title


@pytest.mark.parametrize(
    "title", [pytest.param(title, id=str(number)) for number, title in enumerate(CLEAR)]
)
def test_a_title_that_can_be_understood_has_no_fault(title: str) -> None:
    assert title_fault(module("a", title)) is None, title


def test_each_fault_is_explained() -> None:
    assert set(FAULT_WORDS) == set(TitleFault) == set(FAULTY)


@given(st.text(min_size=1, max_size=1_000).filter(lambda text: text.strip() and "\0" not in text))
def test_any_title_is_judged(title: str) -> None:
    printable = title.encode("utf-8", "ignore").decode()
    if printable.strip():
        assert title_fault(module("a", printable)) in (None, *TitleFault)


@pytest.mark.parametrize(
    "part", ["1-", "1 ", "a_", "lesson 1 ", "(", "-", "A", "v1.", ".1", "copy ", "x", "Ab"]
)
def test_a_long_title_is_judged_quickly(part: str) -> None:
    began = time.perf_counter()
    title_fault(module("a", (part * 1_000)[:990] + "é!"))
    assert time.perf_counter() - began < 0.5
