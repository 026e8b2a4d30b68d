"""Needs written for this project, by which others are called alike: number, then a text.

Made by benchmarks/training/landmarks.py. A number never changes its meaning: what people said
is kept by it. Other landmarks need another `SET`.
"""

SET = "1"

LINES = """
0 what does ebitda mean and why does everyone quote it
0 what does big O mean, everyone in the leetcode prep group says n log n like its hello
1 he wants 15% more or he walks. I can give 3. talk's at 4
2 dax year to date vs last year's year to date, and our fiscal year starts in october
2 does advertising spend explain revenue? 36 months of data, only excel available
3 am I allowed to paste customer e-mails into an ai tool?
3 on video i never know if they're with me or doing emails
4 find a slot with 7 people from 3 companies without writing 40 mails
4 self assessment due tmrw and i hate writing nice things about myself
5 reorg. my former boss now reports to me. awkward doesn't begin to describe it
5 intranet news, boss wants it w/ picture and on the start page for all
6 how to undo the last 3 commits but keep my changes, nothing pushed yet
6 what is this eventual consistency my senior keeps mentioning, i thought saved means saved
7 newsletter: test two subject lines on part of the list first, we have mailchimp
7 3 hrs on a two line email. everything has to be perfect, it's exhasuting
8 training with 24 ppl on teams, want them in small groups for 20 min then back
8 i lost it yesterday. yelled at my own team, over a stupid tpyo. how do i walk in there today
9 same customer opened 3 tickets abt one problem, zendesk, want them to be one
9 my one on ones have become status reports. 30 min of tickets. pointless for both of us
10 one person talks 80% of our workshop time. lovely person. the rest has given up
10 voice shakes when i speak to more than 5 people. hands too
11 need to mock the database in my junit test, everything hits the real one and its slow
11 my react component keeps re rendering in an endless loop since i put fetch in useEffect
12 segfault (core dumped) in c++ and thats ALL it tells me. student asst here, only know java
12 how to find which commit broke the build, there's like 200 since the last good one
13 boss sold my idea as his. AGAIN. in front of the whole dept
14 need sales per month from a list with about 4000 single dates, boss wants it before lunch
14 I know we need a profit of 50k. what price would get us there, can excel work it backwards
15 nobody in my team ever admits a mistake, i find out from the custmer. i swear i don't bite
16 numpy shapes (3,) vs (3,1) dot product gives me weird matrix instead of one number
16 r or python or spss, whatever: mean satisfaction of 3 groups, is the difference real
17 what do i do when somebody starts crying in my office
17 what do i write in the card for a colleague whose son has died
18 red heel, doesnt go white when i press. what stage is that and do i report it
18 jenkins job green locally red on the server, tests cant find a file
19 column A has 'Meier, Anna' x 600, need surname + first name seperate
19 tableau: average per customer although the rows are single order lines
20 team survey says i never say thank you. where I come from not complaining is praise enough
21 aws lambda times out after 3 sec when it talks to our rds, local is fine
21 is the cloud actually safe? where does our data sit
22 mailbox 99% full says outlook, i cant delete stuff from before the audit though
22 someone sent me a really nasty mail with half the company in copy. about to hit reply
23 our retros turn into finger pointing. last one ended w/ someone leaving the call
23 half my line dont speak the language well. handing over at shift change is pointing & hoping
24 How do I tell my boss I'm leaving when she gave me the chance of my life 5 years ago
25 python venv vs conda vs poetry, i just want the project to run on my colegues laptop too
25 What exactly is a PIP here? boss mentioned the word in passing and now i cant sleep
26 how do i make a power calculation in R, 2 groups, dont know the sd, ethics form due tomorow
26 150 product photos, all to 1200 px and smaller than 300 kb, by hand would take me all day
27 Quote says DAP Rotterdam, client wants DDP. What changes for us, who pays the import duty?
27 supplier wants to take me to F1 with hotel. im not in purchasing. is that ok
28 senior lady keeps dropping her reports on me bc im 'so fast' and I never manage to say no
28 how to stop comparign myself to the other analyst, she's faster at everything & younger
29 why must the showers nobody uses be run every week?? is that still a rule
29 how long do we have to keep personnel files
30 flask app returns CORS error when the frontend on port 3000 calls it
30 i get merge confilcts in a jupyter notebook file, its all json gibberish
31 subtitles for a 6 min training film, don't want to type everything
31 cut a person out of a photo, hair is the problem. photoshop
32 my assistant should see my calendar and accept invites for me, but not read my mails
32 my mails to the dutch office get answers like a slap. are they angry or is that just normal
33 difference between a lead and a prospect
33 Ordering 5 office chairs in sap, where do i even start, got a cost centre number and a quote
34 solidworks assembly, the lid won't open anymore, 'overdefined' everywhere
34 two monitors, mouse goes off the wrong side and everything is huge on one
35 i ask my boss for feedback, he says 'all good, keep going'. useless!
35 year 9 after lunch on fridays = zoo. ive raised my voice so often it doesn't work anymore
36 smelled alcohol on a forklift driver this morning. pretty sure. what do i do NOW
37 how many employees do i need to ask so the survey counts for all 2,300
37 have to refuse christmas leave to three people. they all have kids. someone will hate me
38 cant stop replaying a stupid thing i said in a meeting on MONDAY. its friday
38 record the meeting + get a written version afterwards for those who couldn't come
39 new phone and now the login code goes to the old one which is already sold
39 can somebody explain oauth to me like im five, all these tokens and redirects
40 doing a sign up form for the summer party, want to see on one page who eats vegetarian etc
40 what's the difference betwen a mentor, a coach and a sponsor and which one do i ask for
41 copilot in excel, 'analyse this' and it greys out. what does it want
41 pull numbers out of a colleague's google sheet into mine so that mine updates itself
42 4 pdfs into one, delete page 3, turn page 7. we have acrobat
42 just ONE page sideways in the middle of the report for the wide table
43 colleague back tomorrow, her mum died 2 wks ago. what do you say? or say nothing
43 Gentleman wants his money back, no receipt, says its a gift. Do we have to??
44 writing a multiple choice test and my wrong answers are too obviously wrong
44 p value 0.06. is it significant or not? reviewer says no, my boss says almost
45 somebody deleted a whole column in our shared google sheet, want to see who + get it back
45 sent salary list to wrong person 2 min ago can i get it back!!!
"""
