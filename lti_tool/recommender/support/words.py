"""Single words: those read with a slip, those that find nothing, and those of work."""

from __future__ import annotations

_SLIPPED = """
    kill killing myself suicide suicidal harm want live living alive anymore everyone
    everybody without better disappear zelfmoord zelfdoding mezelf mijzelf leven suicidaal
    levensmoe zelfmoordgedachten zitten einde vermoorden ophangen selbstmord umbringen
    suicidar suicidarme suicider suicidio suicidarsi suicidarmi suicida suicidas suicides
    suicidaire suicidaires suizid
"""

SLIPPED = frozenset(_SLIPPED.split())
"""The words of the patterns that are also read with one slip."""

_HEAVY = """
    end ends ending live lives living life alive die dies dying dead death kill killing hurt
    hurts hurting harm pain painful suffer suffering alone lonely hopeless hope worthless
    pointless point meaning useless burden tired exhausted empty dark darkness goodbye bye gone
    disappear leave leaving lost exist wake sleep see go going take anymore any longer reason
    reasons cry crying tears afraid scared fear desperate hate sad sadness depressed depression
    anxious give up stop stopping final last forever world myself suicide suicidal self left
    pills overdose jump bridge train cope over
    eind einde leven leef dood doodgaan sterven pijn lijden lijd alleen eenzaam hopeloos hoop
    waardeloos zinloos zin last moe uitgeput leeg donker afscheid weg verdwijnen verlaten
    slapen wakker zie zien ga gaan stoppen stop reden huilen tranen bang angst wanhopig
    verdriet verdrietig depressief haat wereld mezelf mijzelf zelfmoord zelfdoding suicide
    suicidaal meer langer zitten nooit laatste pillen trein brug uitweg
    leben sterben tod tot allein ende angst schmerz sinn umbringen selbstmord suizid
    vie vivre mourir mort seul fin peur douleur finir tuer vida vivir morir muerte solo sola fin
    miedo dolor matar vita morire morte sola fine paura dolore viver morrer morte sozinho fim
    medo dor zycie zyc umrzec smierc sam sama koniec bol liv leva do dod ensam slut
"""

HEAVY = frozenset(_HEAVY.split())
"""Words that find nothing below support: a module found by them would mock the writer."""

_WORK = """
    excel spreadsheet spreadsheets sheet word powerpoint slide slides presentation deck report
    reports reporting deadline meeting meetings agenda email emails inbox code coding script
    macro formula formulas python java sql query database login password printer computer laptop
    software app tool tools form forms training course module exam homework template format
    planning file files folder document documents data dashboard website page pages teams outlook
    sharepoint moodle canvas server bug invoice invoices contract
    formule formules presentatie rapport rapporten vergadering vergaderen vergaderingen mail mails
    wachtwoord cursus tentamen toets bestand bestanden map document factuur facturen formulier
    tabelle bericht besprechung prasentation datei kennwort tableau tableaux reunion rapport
    fichier presentacion informe reunion archivo riunione relazione foglio reuniao relatorio
    planilha spotkanie raport arkusz mote rapport kalkylark
"""

WORK = frozenset(_WORK.split())
"""Words of work: a hint beside one of them is a sigh about that."""
