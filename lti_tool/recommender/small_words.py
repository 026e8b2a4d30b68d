"""Words that say little of what is needed: a language's function words, and talk.

Function words tell a text's language and are not looked for, nor are cries for help: a need
that is nothing but "help please" gets a question back. Talk is what people wrap a need
in: it is looked for with little weight, and with full weight when a need holds nothing else.
Languages beyond English and Dutch have their commonest words only.
"""

from __future__ import annotations

_FUNCTION = {
    "en": """
        a an the and or but if so as of at by for from in into on onto off out over under up
        down to with without about against between during before after than then that this
        these those there here it its itself i me my mine myself we us our ours you your
        yours he him his she her hers they them their theirs who whom whose which what when
        where why how is am are was were be been being do does did doing done have has had
        having will would shall should can could may might must not no nor isn aren wasn
        weren don doesn didn hasn haven hadn won wouldn shouldn couldn cannot dont doesnt
        isnt ive im ill id ll ve re s t d m too very just also any some such own same each
        other more most all both every another back help please hello hi hey thanks thank
    """,
    "nl": """
        de het een en of maar als dan dat die dit deze er hier daar ik mij me mijn mezelf
        wij we ons onze jij je jou jouw u uw hij hem zijn zij ze haar hun hen wie wat waar
        wanneer waarom hoe welk welke is ben bent was waren wees geweest word wordt worden
        werd heb hebt heeft hebben had hadden zal zullen zou zouden kan kunnen kon mag mogen
        moet moeten niet geen nog ook al wel te om aan bij met zonder van voor voordat naar
        na in uit op over onder tot tussen door tegen toe af zo heel erg help hulp graag
        hallo hoi bedankt dank geworden alle alles allemaal allen beide elk elke ieder iedere
        iedereen ander andere anders
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber wenn als dass
        ob ich mich mir mein meine meinen meinem meiner wir uns unser du dich dir dein er
        ihn ihm sie ihr ihre es sich wer was wo wann warum wie welche ist bin bist sind war
        waren sein werde wird werden habe hat haben hatte kann können konnte muss müssen
        soll sollte darf nicht kein keine noch auch zu um an bei mit ohne von vor für nach
        in im ins aus auf über unter bis zwischen durch gegen am zum zur man
    """,
    "fr": """
        le la les l un une des du de d et ou mais si que qui quoi qu ce cet cette ces je j
        me m moi mon ma mes nous notre nos tu te toi ton ta tes vous votre vos il elle ils
        elles lui leur se s son sa ses on est suis es sommes sont était être ai as a avons
        avez ont avoir peut puis peux dois doit ne n pas plus non à au aux avec sans en dans
        sur sous pour par chez vers entre quand où comment pourquoi quel quelle y
    """,
    "es": """
        el la los las un una unos unas y o pero si que quien qué cuál cómo cuándo dónde por
        para con sin de del a al en sobre entre hasta desde yo me mi mis nosotros nos
        nuestro tú te tu tus usted él ella ellos ellas le les lo se su sus es soy son era
        ser está estoy están estar he ha han haber tengo tiene puedo puede debo no ni ya más
        muy este esta esto ese esa eso
    """,
    "it": """
        il lo la i gli le l un uno una e o ma se che chi cosa quale come quando dove perché
        di del dello della dei degli delle a al allo alla ai agli alle da dal dalla in nel
        nella con senza su sul sulla per tra fra io mi me mio mia miei noi ci nostro tu ti
        tuo voi vi lui lei loro si suo sua è sono sei era essere ho ha hanno avere posso può
        devo non né più molto questo questa quello quella
    """,
    "pt": """
        o a os as um uma uns umas e ou mas se que quem qual como quando onde porque por para
        com sem de do da dos das em no na nos nas ao à sobre entre até eu me mim meu minha
        nós nosso tu te teu você ele ela eles elas lhe seu sua é sou são era ser está estou
        estar tenho tem têm posso pode devo não nem já mais muito este esta isto esse essa
    """,
    "sv": """
        en ett den det de och eller men om att som jag mig min mitt mina vi oss vår du dig
        din ni er han hon honom henne dem sig sin vem vad var när varför hur vilken är vara
        blir bli har hade ha kan kunde ska skulle måste får inte ingen till från för på i av
        med utan vid under över mellan efter innan så
    """,
    "pl": """
        i a w z na do o u za od po przez przed nad dla bez przy między że żeby jak jaki
        jaka jakie co kto gdy gdzie kiedy kiedyś dlaczego czy ale lub albo oraz bo więc też
        nie tak się mi mnie mną mój moja moje moim mojego mojej ja ty my wy ona ono oni
        jego jej mu jest są był była było być będzie mam masz ma mają można trzeba muszę
        może mogę powinienem tego tym ta to te tej już jeszcze tylko bardzo ze który która
        które swój swoje nas nam sie zeby moge musze jestem przeciw
    """,
    "da": """
        og i at det er en et den de til på for med af som ikke der har om jeg mig min mit
        mine vi os vores du dig din han hun ham hende sig sin hvad hvem hvor hvornår
        hvorfor hvordan hvilken når hvis men eller så også kan skal vil må bliver blive
        blevet var være været havde have fra over under efter mellem uden ved mod nogen
        noget ingen alle meget jeres deres kunne skulle ville hele tiden kun man
    """,
    "no": """
        og i at det er en et ei den de til på for med av som ikke der har om jeg meg min
        mitt mine vi oss vår du deg din han hun ham henne seg sin hva hvem hvor når hvorfor
        hvordan hvilken hvis men eller så også kan skal vil må blir bli blitt var være vært
        hadde ha fra over under etter mellom uten ved mot noen noe ingen alle veldig deres
        kunne skulle ville ikkje eg korleis hele tiden bare man mye
    """,
    "tr": """
        ve bir bu şu o da de mi mı mu mü ile için gibi kadar daha çok en ne neden niçin
        nasıl nerede kim hangi ama veya ya ki değil var yok bana beni benim sen sana senin
        biz bize bizim siz onlar onu ona onun kendi olarak olan oldu olur olmak olduğu hem
        her bazı hiç şey ise diye sonra önce göre karşı üzerinde gerekiyor lazım mıyım
        miyim hep biri icin nasil
    """,
    "cs": """
        a i v ve se si z ze na do o u za od po přes před nad bez při mezi že aby jak jaký
        jaká jaké co kdo když kde kdy proč jestli ale nebo protože tak také ne není jsem
        jsi je jsou jsme byl byla bylo být bude mám máš má mají můj moje mého mému mým mě
        mi mně já ty my vy ona oni jeho její jejich ho mu můžu může musím mohu bych by ta
        to tom tomu už ještě jen velmi který která které
    """,
    "fi": """
        ja on ei että en se ne hän he me te minä sinä minun minua minulla minulle sinun
        hänen meidän teidän heidän oma mitä mikä kuka missä milloin miksi miten kuinka jos
        kun mutta tai vai niin myös vain jo vielä olen olet ovat ole oli olla olisi pitää
        täytyy voin voi voiko voinko voisi kanssa ilman ennen jälkeen sekä kuin joka jotka
        tämä tämän tuo sen sitä siitä niitä hyvin koska
    """,
    "hu": """
        a az és egy hogy nem is van vannak volt lesz lenni ez ezt azt ennek annak mit mi ki
        hol mikor miért hogyan milyen melyik ha de vagy mert úgy így csak már még én engem
        nekem te neked ő neki ti ők velem vele kell lehet tudok tudom szeretnék szeretném
        akkor után előtt alatt között nélkül szerint meg el be fel le minden valaki valami
        nagyon se sem
    """,
    "ro": """
        și si în in la de din cu pe pentru fără fara despre prin până către între un o unui
        unei a ale că ca să sa sau dar dacă daca nu mai este e sunt era fi fost am are avem
        au voi va ce cine cum când cand unde mă mi îmi eu mine meu mea mei mele tu te tău
        tine el ea ei lui îi lor se își noi nostru pot poate trebuie acest această asta
        acum
    """,
}

_TALK = {
    "en": """
        helping need needs needed want wants wanted like know knows knowing get gets getting
        got give someone somebody anyone anybody something anything thing things way ways
        really actually maybe basically quick quickly quite now right today tonight tomorrow
        yesterday soon later currently never ever always still again already even much many
        lot lots bit kind sort wondering wonder looking try trying tried use using make
        makes making made go goes going went come let lets tell say good better best well
        sure okay ok able new time times minute minutes min mins hour hours hr day days week
        weeks month monday tuesday wednesday thursday friday saturday sunday morning
        afternoon evening one two three first next last guys people person think feel feels
        feeling seem seems keep keeps learn learning understand tips tip advice guide course
        training tutorial video article module
    """,
    "nl": """
        helpen nodig wil willen weet weten krijg krijgen gekregen geef geven iemand niemand
        iets niets ding dingen manier echt eigenlijk misschien snel nu vandaag vanavond
        morgen gisteren straks zometeen binnenkort altijd nooit weer steeds veel beetje
        soort zoek zoeken probeer proberen gebruik gebruiken maak maken gemaakt ga gaan gaat
        kom komen laat zeg zeggen goed goede beter beste tijd minuut minuten uur uren dag
        dagen week weken maand maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
        ochtend middag avond twee drie eerste volgende laatste mensen persoon denk denken
        voel voelt leren begrijpen tips tip advies cursus training video artikel module
    """,
    "de": """
        bitte hilfe helfen brauche will möchte weiß wissen jemand etwas nichts sache schnell
        jetzt heute morgen gestern bald immer nie wieder viel frage machen mache gehen geht
        kommen sagen gut besser zeit minuten stunde tag woche leute lernen verstehen kurs
    """,
    "fr": """
        aide aider besoin veux voudrais savoir sais quelqu quelque chose vite maintenant
        aujourd hui demain bientôt toujours jamais encore beaucoup question faire fais
        donner aller bien mieux temps minutes heure jour semaine gens apprendre comprendre
        cours merci
    """,
    "es": """
        ayuda ayudar necesito quiero quisiera saber sé alguien algo cosa rápido ahora hoy
        mañana pronto siempre nunca mucho pregunta hacer hago dar ir bien mejor tiempo
        minutos hora día semana gente aprender entender curso gracias
    """,
    "it": """
        aiuto aiutare bisogno voglio vorrei sapere so qualcuno qualcosa presto adesso oggi
        domani sempre mai domanda fare faccio dare andare bene meglio tempo minuti ora
        giorno settimana gente imparare capire corso grazie
    """,
    "pt": """
        ajuda ajudar preciso quero gostaria saber sei alguém algo coisa rápido agora hoje
        amanhã sempre nunca pergunta fazer faço dar ir bem melhor tempo minutos hora dia
        semana gente aprender entender curso obrigado
    """,
    "sv": """
        hjälp hjälpa behöver vill veta vet någon något sak snabbt nu idag imorgon snart
        alltid aldrig mycket fråga göra gör ge gå bra bättre tid minuter timme dag vecka
        folk lära förstå kurs tack
    """,
}

FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _FUNCTION.items()}
"""Language → its function words, in lower case."""

TALK = {language: frozenset(words.split()) for language, words in _TALK.items()}
"""Language → the words of talk around a need, in lower case."""
