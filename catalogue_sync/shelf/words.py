"""The words by which a title that says nothing is known, in English and Dutch and some others."""

from __future__ import annotations

ENDINGS = (
    "pdf|docx?|docm|rtf|pptx?|ppsx?|xlsx?|xlsm|csv|odt|odp|ods|key|txt|md|html?|zip|rar|7z|mp4|m4v|"
    "mov|avi|mkv|webm|wmv|mp3|m4a|wav|ogg|jpe?g|png|gif|svg|webp|bmp|tiff?|epub|h5p|imscc|mbz|vtt|"
    "srt|swf"
)
"""How the names of files end."""

CAMERAS = (
    "img|dsc[nf]?|vid|mov|pxl|gopr|dcim|screen ?shot|scan|schermafbeelding|"
    "whats ?app (?:image|video)|audio|recording|opname|zoom|gmt|image|afbeelding|photo|foto"
)
"""How devices name what they record; a number follows, and nothing else."""

STATES = "final|definitief|def|draft|concept|oud|old|backup"
"""What people write behind the name of a file."""

COUNTED = (
    "module|lesson|les|week|unit|chapter|hoofdstuk|part|deel|section|sectie|topic|onderwerp|"
    "session|sessie|page|pagina|slide|dia|video|film|quiz|test|toets|opdracht|assignment|"
    "exercise|oefening|activity|activiteit|sco|item|blok|block|day|dag|step|stap|level|task|taak|"
    "lecture|college|question|vraag|theme|thema|chapitre|kapitel|lektion|seite|leçon"
)
"""What is counted in a course."""

PLACEHOLDERS = (
    "untitled(?: (?:page|document|slide|lesson|module|item|form|video|course))?|zonder titel|"
    "naamloos|naamloze? \\w+|no (?:title|name)|geen (?:titel|naam)|title|titel|title here|"
    "(?:insert|add|enter) (?:a )?title(?: here)?|click to add (?:a )?title|"
    "klik om (?:een )?titel toe te voegen|titel toevoegen|"
    "new (?:page|module|item|lesson|course|activity|section|document|topic|quiz)|"
    "nieuwe? (?:pagina|module|item|les|cursus|activiteit|sectie|document|onderwerp|toets)|"
    "lorem ipsum.*|todo|to do|tbd|tba|n/?a|x{2,}|test ?test|asdf.*|qwerty|placeholder|"
    "blank(?: page)?|lege pagina|dummy|sample|voorbeeld|foo|bar|temp|tmp"
)
"""What stands where a title was to be written."""

GENERAL = frozenset({
    # English
    "introduction", "intro", "welcome", "welcome to the course", "welcome to this course", "start",
    "start here", "getting started", "before you start", "before you begin", "overview",
    "course overview", "module overview", "course introduction", "module introduction", "quiz",
    "test", "exam", "final exam", "final test", "final quiz", "assessment", "knowledge check",
    "check your knowledge", "module assessment", "self-test", "self test", "pretest", "posttest",
    "assignment", "final assignment", "exercise", "exercises", "video", "videos", "film",
    "presentation", "slides", "document", "documents", "handout", "hand-out", "file", "files",
    "link", "links", "url", "page", "summary", "conclusion", "conclusions", "wrap-up", "wrap up",
    "recap", "review", "questions", "q&a", "faq", "resources", "materials", "course materials",
    "content", "contents", "general", "discussion", "discussion forum", "feedback", "evaluation",
    "course evaluation", "reflection", "reading", "readings", "further reading", "module",
    "lesson", "course", "training", "topic", "part", "other", "misc", "miscellaneous", "info",
    "information", "more information", "useful links", "homework", "survey", "agenda", "forum",
    "announcements", "news", "learning objectives", "objectives", "learning goals", "goals",
    "next steps", "completion", "certificate", "congratulations", "thank you", "references",
    "glossary", "appendix", "audio", "image", "picture", "scorm", "attachment", "download",
    "downloads", "practice", "theory", "example", "examples", "background", "instructions",
    # Dutch
    "inleiding", "introductie", "welkom", "welkom bij de cursus", "welkom bij deze cursus",
    "lunch", "break", "pauze", "index", "home", "readme", "startpagina", "begin", "begin hier",
    "aan de slag", "voordat je begint", "overzicht", "toets", "examen",
    "eindtoets", "kennistoets", "kennischeck", "zelftest", "zelftoets", "proeftoets", "opdracht",
    "opdrachten", "eindopdracht", "oefening", "oefeningen", "presentatie", "bestand", "bestanden",
    "pagina", "samenvatting", "conclusie", "afsluiting", "afronding", "terugblik", "vooruitblik",
    "vragen", "veelgestelde vragen", "materiaal", "materialen", "lesmateriaal", "inhoud",
    "algemeen", "discussie", "evaluatie", "cursusevaluatie", "reflectie", "literatuur", "les",
    "cursus", "onderwerp", "deel", "overig", "overige", "informatie", "meer informatie",
    "nuttige links", "handige links", "huiswerk", "enquête", "vragenlijst", "aankondigingen",
    "mededelingen", "nieuws", "leerdoelen", "doelen", "bronnen", "bijlage", "bijlagen",
    "theorie", "praktijk", "voorbeeld", "voorbeelden", "achtergrond", "instructie", "instructies",
    "gefeliciteerd", "certificaat", "begrippenlijst", "werkvormen",
    # German, French, Spanish, Italian, Portuguese, Swedish
    "einführung", "einleitung", "zusammenfassung", "überblick", "übersicht", "willkommen", "übung",
    "wissensbeurteilung", "prüfung", "bienvenue", "aperçu", "résumé", "exercice",
    "évaluation", "introducción", "resumen", "bienvenida", "bienvenidos", "ejercicio",
    "evaluación", "prueba de conocimientos", "introduzione", "riepilogo", "benvenuto", "benvenuti",
    "panoramica", "verifica delle conoscenze", "introdução", "resumo", "boas-vindas",
    "verificação de conhecimentos", "introduktion", "sammanfattning", "välkommen", "översikt",
    "kunskapskontroll", "kunskapstest",
})  # fmt: skip
"""Titles, in small letters, that every course has and that do not say what it is about."""
