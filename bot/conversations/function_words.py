"""Words that tell languages apart: the most frequent ones of each that the others do not have.

Folded: lower case, without accents. Data for `language.py`; the order means nothing.
"""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


ENGLISH = _words("""
    the is are was were this that there here my your his her our their you he she it we they
    what when where who why how and with from have has had do does did not can could would should
    will please thanks thank hello hi broken street hole road in of to for at
""")

FRENCH = _words("""
    le la les un une des du de et est sont ce cette il elle nous vous ils je tu mon ma mes votre
    notre que qui quoi quand ou comment pourquoi dans sur avec pour pas ne y au aux en svp merci
    bonjour rue devant depuis chez jai cest ya
""")

# Each of these alone says little: two different ones are needed, or one that greets.
OTHERS = {
    "es": _words("""
        hola buenos buenas dias tardes noches gracias por favor el los las una unos esta estan
        hay donde cuando como porque pero muy mi mis su sus nuestra calle necesito quiero puedo
        puede tengo hablar espanol ayuda agujero basura farola desde hace ayer hoy manana con
        para sin usted ustedes alguien algo tambien aqui alli cerca enfrente roto rota
    """),
    "pt": _words("""
        ola bom boa dia obrigado obrigada nao uma uns umas esta estao onde quando porque mas muito
        minha meu meus nossa rua preciso quero posso pode tenho falar portugues ajuda buraco lixo
        candeeiro desde ontem hoje amanha com para sem voce voces alguem tambem aqui perto
        frente quebrado quebrada pelo pela isso ha
    """),
    "de": _words("""
        hallo guten morgen danke bitte der die das ein eine einen einem einer ist sind nicht ich
        wir sie ihr mein meine unser unsere wo wann wie warum aber sehr und auch auf mit fur von
        vor zum zur bei seit gestern heute strasse brauche mochte kann konnen habe haben gibt es
        deutsch hilfe loch mull laterne kaputt jemand hier dort keine kein
    """),
    "it": _words("""
        ciao buongiorno buonasera grazie prego il lo gli uno una sono dove quando come perche ma
        molto mia mio nostra strada via vorrei bisogno posso puo ho parlare italiano aiuto buca
        spazzatura lampione rotto rotta ieri oggi domani con per senza qualcuno anche qui vicino
        davanti della delle degli nella nel sulla questo questa che non di
    """),
    "tr": _words("""
        merhaba selam tesekkurler lutfen bir bu su ve icin ile var yok nerede nasil neden ama cok
        benim bizim sokak cadde istiyorum ihtiyacim konusmak turkce yardim cukur cop lamba bozuk
        dun bugun yarin biri burada kimse degil mi evet hayir sokakta onunde
    """),
    "nl": _words("""
        goedendag goedemorgen dank alstublieft het een zijn niet ik wij jullie mijn onze waar
        wanneer hoe waarom maar zeer ook voor naar sinds gisteren vandaag straat nodig wil kunnen
        heb hebben nederlands hulp gat vuilnis lantaarn kapot iemand hier daar geen
    """),
    "pl": _words("""
        czesc dzien dobry dziekuje prosze jest sa nie ja my wy moj moja nasz gdzie kiedy jak
        dlaczego ale bardzo ulica ulicy potrzebuje chce moge mam mowic polsku pomoc pomocy dziura
        smieci lampa zepsuta wczoraj dzisiaj jutro ktos tutaj przed na sie
    """),
    "ro": _words("""
        buna ziua multumesc rog este sunt nu eu noi voi meu mea nostru unde cand cum foarte
        strada nevoie vreau pot am vorbesc romana ajutor groapa gunoi stricat ieri astazi maine
        cineva aici langa pe si sa cu pentru din
    """),
}

# Said alone, these open a conversation in their language. Not those that the French say for fun
# ("hola", "ciao", "grazie"): they are followed by a sentence that tells.
GREETINGS = {
    "buenos dias": "es", "buenas tardes": "es", "buenas noches": "es",
    "bom dia": "pt", "boa tarde": "pt", "boa noite": "pt", "obrigado": "pt", "obrigada": "pt",
    "hallo": "de", "guten tag": "de", "guten morgen": "de", "guten abend": "de",
    "buonasera": "it", "buon giorno": "it", "merhaba": "tr", "tesekkurler": "tr",
    "goedendag": "nl", "czesc": "pl", "dzien dobry": "pl", "buna ziua": "ro",
}  # fmt: skip

# First and last character of the blocks of scripts that neither of our languages is written in.
SCRIPTS = (
    ("\u0370", "\u03ff", "el"),
    ("\u0400", "\u052f", "cyrillic"),
    ("\u0530", "\u058f", "hy"),
    ("\u0590", "\u05ff", "he"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0750", "\u077f", "arabic"),
    ("\u0900", "\u097f", "hi"),
    ("\u0980", "\u09ff", "bn"),
    ("\u0b80", "\u0bff", "ta"),
    ("\u0e00", "\u0e7f", "th"),
    ("\u10a0", "\u10ff", "ka"),
    ("\u1200", "\u137f", "am"),
    ("\u3040", "\u30ff", "ja"),
    ("\u4e00", "\u9fff", "zh"),
    ("\uac00", "\ud7af", "ko"),
)
