"""Sixty needs of working life, as people say them: by group, with minutes, in each language.

A line is `id | minutes | words`; minutes are left out where nobody would name any. Nothing of
the ranking may be fitted to them: they say what a catalogue has, not how well Needle ranks.
"""

from __future__ import annotations

GROUPS = {
    "presenting": "slides-tomorrow story-in-slides numbers-to-board",
    "speaking": "nervous-speaking hard-questions",
    "conversations": "start-hard-talk saying-no bad-news",
    "feedback": "feedback-colleague taking-criticism",
    "performance": "talk-in-twenty work-got-worse own-review",
    "boss": "boss-checks-all disagree-boss",
    "conflict": "team-quarrel gossip",
    "leading": "first-team instructions delegating tired-team",
    "hiring": "job-interview first-day-newcomer",
    "meetings": "meeting-no-result chairing",
    "remote": "team-at-home",
    "energy": "too-much-work cannot-switch-off focus",
    "writing": "angry-mail short-report minutes-of-meeting",
    "slides": "slide-template",
    "spreadsheets": "lookup pivot",
    "mail": "inbox-full shared-calendar",
    "video-calls": "no-sound",
    "documents": "contents-page track-changes",
    "data": "which-chart dirty-list",
    "security": "strange-mail wrong-recipient strong-passwords",
    "first-weeks": "new-here",
    "career": "ask-raise next-step",
    "customers": "angry-customer customer-call complaint-reply",
    "projects": "project-late first-plan stakeholders",
    "change": "new-system",
    "safety": "near-accident lifting sitting",
    "coaching": "coach-questions growth-talk",
}
"""Group -> the ids of its needs, in order."""

WORDS = {
    "en": """
        slides-tomorrow | 20 | presenting tomorrow and my slides are full of text
        story-in-slides | 30 | how do I get a clear story into a presentation
        numbers-to-board | 15 | I have to explain our figures to the board without losing them
        nervous-speaking | 10 | I get so nervous when I have to speak to a group, what helps
        hard-questions | 10 | what do I do when they ask me something I don't know the answer to
        start-hard-talk | 10 | I keep putting off a difficult conversation, how do I begin it
        saying-no | 5 | how do I say no to a colleague and stay friendly
        bad-news | 10 | I have to give someone bad news this afternoon
        feedback-colleague | 10 | giving feedback to a colleague who takes everything personally
        taking-criticism | 10 | my work got criticised and I went straight on the defensive
        talk-in-twenty | 15 | performance talk in 20 minutes, how do I open it
        work-got-worse | 15 | someone in my team used to be good and now makes mistake after mistake
        own-review | 20 | my own appraisal is next week, how do I prepare
        boss-checks-all | 10 | my boss checks every little thing I do
        disagree-boss | 10 | how do I tell my manager I think it's the wrong decision
        team-quarrel | 15 | two people in my team aren't speaking to each other any more
        gossip | 10 | they talk about me behind my back at work
        first-team | 30 | I'm leading a team for the first time, where do I start
        instructions | 10 | I explain what to do and they still do something else
        delegating | 10 | I do everything myself, how do I learn to hand work over
        tired-team | 15 | the team is tired, how do I get some energy back into it
        job-interview | 20 | I'm interviewing candidates on Thursday, what do I ask
        first-day-newcomer | 15 | new colleague starts Monday, what do I need to have ready
        meeting-no-result | 10 | our meetings go on forever and nothing gets decided
        chairing | 15 | I have to chair a meeting and one person always does the talking
        team-at-home | 15 | half my team works from home and I'm losing touch with them
        too-much-work | 10 | too much on my plate, what do I do first
        cannot-switch-off | 10 | I lie awake thinking about work
        focus | 5 | I get interrupted all day and finish nothing
        angry-mail | 5 | got an angry email, how do I answer it without making it worse
        short-report | 20 | my reports are too long and nobody reads them
        minutes-of-meeting | 10 | I have to take minutes, how do you do that well
        slide-template | 10 | how do I put our logo on every slide in PowerPoint
        lookup | 10 | look up a price from another sheet in Excel
        pivot | 15 | how do I make a pivot table
        inbox-full | 10 | 4000 mails in my inbox, how do I get on top of it in Outlook
        shared-calendar | 5 | share my calendar with a colleague
        no-sound | 2 | they can't hear me in Teams and my call starts now
        contents-page | 10 | table of contents in Word that updates by itself
        track-changes | 5 | see what somebody changed in my document
        which-chart | 10 | which kind of chart should I use for this
        dirty-list | 20 | a list full of duplicates and typos, how do I clean it up
        strange-mail | 5 | I clicked on a link in a strange email, what now
        wrong-recipient | 5 | sent a file with personal data to the wrong person
        strong-passwords | 5 | I can't remember all my passwords, what is safe
        new-here | 20 | I'm new here, how do I make a good start
        ask-raise | 15 | I want to ask for a raise
        next-step | 20 | I've had enough of this job but I don't know what I want next
        angry-customer | 10 | a customer is shouting at me on the phone, how do I calm him down
        customer-call | 20 | first meeting with a new customer, how do I find out what they need
        complaint-reply | 10 | how do I write back to a customer who complained
        project-late | 15 | my project is running late, how do I tell the client
        first-plan | 30 | I have to make a project plan and I've never done it
        stakeholders | 20 | everyone wants something different from my project
        new-system | 15 | we are getting a new system and nobody wants it
        near-accident | 10 | something nearly went wrong on the floor, do I have to report it
        lifting | 5 | how do I lift something heavy without hurting my back
        sitting | 5 | my neck hurts from working at the screen all day
        coach-questions | 10 | which questions help someone find the answer themselves
        growth-talk | 20 | someone in my team wants to grow, how do I talk about that with them
    """,
    "nl": """
        slides-tomorrow | 20 | morgen presenteren en mijn slides staan vol tekst
        story-in-slides | 30 | hoe krijg ik een duidelijk verhaal in een presentatie
        numbers-to-board | 15 | ik moet onze cijfers aan de directie uitleggen zonder dat ze afhaken
        nervous-speaking | 10 | ik word zo zenuwachtig als ik voor een groep moet praten, wat helpt
        hard-questions | 10 | wat doe ik als ze iets vragen waar ik het antwoord niet op weet
        start-hard-talk | 10 | ik stel een lastig gesprek steeds uit, hoe begin ik erover
        saying-no | 5 | hoe zeg ik nee tegen een collega en blijf ik aardig
        bad-news | 10 | ik moet vanmiddag iemand slecht nieuws brengen
        feedback-colleague | 10 | feedback geven aan een collega die alles persoonlijk opvat
        taking-criticism | 10 | ik kreeg kritiek op mijn werk en schoot meteen in de verdediging
        talk-in-twenty | 15 | over 20 minuten een functioneringsgesprek, hoe open ik dat
        work-got-worse | 15 | iemand in mijn team was goed en maakt nu fout na fout
        own-review | 20 | volgende week mijn eigen beoordeling, hoe bereid ik me voor
        boss-checks-all | 10 | mijn baas controleert elk klein dingetje dat ik doe
        disagree-boss | 10 | hoe zeg ik mijn leidinggevende dat ik het een verkeerd besluit vind
        team-quarrel | 15 | twee mensen in mijn team praten niet meer met elkaar
        gossip | 10 | er wordt op het werk achter mijn rug over me gepraat
        first-team | 30 | ik ga voor het eerst een team leiden, waar begin ik
        instructions | 10 | ik leg uit wat er moet gebeuren en ze doen toch iets anders
        delegating | 10 | ik doe alles zelf, hoe leer ik werk uit handen te geven
        tired-team | 15 | het team is moe, hoe krijg ik er weer energie in
        job-interview | 20 | donderdag voer ik sollicitatiegesprekken, wat vraag ik
        first-day-newcomer | 15 | maandag begint een nieuwe collega, wat moet er klaarstaan
        meeting-no-result | 10 | onze vergaderingen duren eindeloos en er wordt niets besloten
        chairing | 15 | ik moet een vergadering voorzitten en een iemand is altijd aan het woord
        team-at-home | 15 | mijn halve team werkt thuis en ik raak het contact kwijt
        too-much-work | 10 | te veel werk, wat doe ik het eerst
        cannot-switch-off | 10 | ik lig 's nachts wakker van mijn werk
        focus | 5 | ik word de hele dag gestoord en krijg niets af
        angry-mail | 5 | boze mail gekregen, hoe antwoord ik zonder het erger te maken
        short-report | 20 | mijn rapporten zijn te lang en niemand leest ze
        minutes-of-meeting | 10 | ik moet notuleren, hoe doe je dat goed
        slide-template | 10 | hoe zet ik ons logo op elke dia in PowerPoint
        lookup | 10 | een prijs opzoeken uit een ander tabblad in Excel
        pivot | 15 | hoe maak ik een draaitabel
        inbox-full | 10 | 4000 mails in mijn postvak, hoe krijg ik daar grip op in Outlook
        shared-calendar | 5 | mijn agenda delen met een collega
        no-sound | 2 | ze horen mij niet in Teams en mijn overleg begint nu
        contents-page | 10 | inhoudsopgave in Word die zichzelf bijwerkt
        track-changes | 5 | zien wat iemand in mijn document heeft veranderd
        which-chart | 10 | welk soort grafiek kan ik hier het best gebruiken
        dirty-list | 20 | een lijst vol dubbele namen en typefouten, hoe maak ik die schoon
        strange-mail | 5 | ik heb op een link in een vreemde mail geklikt, wat nu
        wrong-recipient | 5 | bestand met persoonsgegevens naar de verkeerde gestuurd
        strong-passwords | 5 | ik kan al mijn wachtwoorden niet onthouden, wat is veilig
        new-here | 20 | ik ben nieuw hier, hoe maak ik een goede start
        ask-raise | 15 | ik wil om meer salaris vragen
        next-step | 20 | ik ben uitgekeken op deze baan maar weet niet wat ik hierna wil
        angry-customer | 10 | een klant schreeuwt tegen me aan de telefoon, hoe krijg ik hem rustig
        customer-call | 20 | eerste gesprek met een nieuwe klant, hoe ontdek ik wat ze zoeken
        complaint-reply | 10 | hoe schrijf ik terug aan een klant die een klacht heeft
        project-late | 15 | mijn project loopt uit, hoe vertel ik dat de opdrachtgever
        first-plan | 30 | ik moet een projectplan maken en heb dat nog nooit gedaan
        stakeholders | 20 | iedereen wil iets anders van mijn project
        new-system | 15 | we krijgen een nieuw systeem en niemand wil het
        near-accident | 10 | er ging bijna iets mis op de werkvloer, moet ik dat melden
        lifting | 5 | hoe til ik iets zwaars zonder mijn rug te bezeren
        sitting | 5 | mijn nek doet pijn van de hele dag achter het scherm
        coach-questions | 10 | welke vragen helpen iemand om zelf het antwoord te vinden
        growth-talk | 20 | iemand in mijn team wil groeien, hoe praat ik daarover
    """,
}
"""Language -> the needs in it."""
