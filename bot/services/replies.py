"""Short replies that mean the same whatever was asked: yes, no, pass, back. Pure.

A reply counts only when nothing else is said with it: the whole text must be made of the words
below, one of the first list at least.
"""

from __future__ import annotations

import re

from bot.words.folding import fold

_LENGTHENED = re.compile(r"([a-z])\1{2,}")
_PUNCTUATION = re.compile(r"[^\w\s]+")
_SIGNS = {"👍": " oui ", "👌": " oui ", "✅": " oui ", "✔": " oui ", "👎": " non ", "❌": " non "}

_POLITE = """merci | merci beaucoup | merci bien | s il vous plait | svp | stp | please | thanks
| thank you | euh | ah | oh | bah | ben | eh | hein | alors | donc | desole | desolee | sorry
| bof | bonjour | maintenant | now | then | well | lol | mdr"""

_YES = """oui | ouii | oui oui | ouais | ouai | oue | ouep | ouaip | mouais | yep | yes | yeah | yup
| ok | oki | okay | okey | d accord | daccord | dac | dacc | dakor | exact | exactement | exactly
| absolument | absolutely | definitely | tout a fait | toutafait | c est ca | cest ca | c ca
| c est bien ca | parfait | perfect | c est bon | cest bon | c bon | c est correct | correct
| c est exact | je confirme | confirme | confirmer | confirmez | confirm | je valide | valide
| valider | validez | envoie | envoies | envoyez | envoyer | envoie le | envoyez le | envoi
| je veux envoyer | vous pouvez envoyer | vous pouvez y aller | tu peux envoyer | transmettez
| transmettre | vas y | vasy | allez y | allez | go | go ahead | send | send it | sure
| of course | that s right | that is right | that s correct | that s it | right | bien sur
| evidemment | affirmatif | carrement | nickel | tres bien | volontiers | avec plaisir | why not
| pourquoi pas | oh que oui | que oui | et comment | affirmative"""
_YES_BESIDE = """c est | le | la | l | ca | it | tout | all | super | top | bien | good | great
| fine | comme ca | mon signalement | le signalement | ma demande | la demande | my report
| the report | en effet | effectivement | voila | si | tout est bon | tout est correct"""
_RATHER_YES = """je crois | je crois bien | je crois que oui | je pense | je pense bien
| je pense que oui | il me semble | il me semble que oui | plutot oui | plutot | probablement
| sans doute | surement | apparemment | i think so | i believe so | i guess so | probably | un peu
| it is | it does | they are | there is | there are | yes it is"""

_NO = """non | nn | nan | non non | nope | no | nah | pas du tout | absolument pas | surtout pas
| certainement pas | jamais | never | negatif | pas la peine | not at all | pas d accord
| n envoyez pas | n envoie pas | n envoyez rien | ne pas envoyer | don t send | do not send
| c est pas ca | ce n est pas ca | c est faux | pas exactement | that s not it | that s wrong
| c est pas bon | ce n est pas bon | incorrect | carrement pas | vraiment pas | oh que non
| que non | aucunement | nullement"""
_NO_BESIDE = "c est bon | ca va | ca ira | ca | it | encore | pas | toujours pas | it is not"
_RATHER_NO = """pas vraiment | je ne crois pas | je crois pas | je ne pense pas | je pense pas
| je pense que non | je crois que non | pas que je sache | plutot non | pas trop | pas encore
| aucun | aucune | not really | i don t think so | i dont think so | not yet | it is not
| it doesn t | rien"""

_UNKNOWN = """je ne sais pas | je sais pas | je ne sais plus | je sais plus | j sais pas | sais pas
| chais pas | chepa | jsp | jsais pas | nsp | aucune idee | pas d idee | je n en sais rien
| j en sais rien | je l ignore | difficile a dire | aucune certitude | pas sur | pas sure
| je ne suis pas sur | je ne suis pas sure | je suis pas sur | i don t know | i dont know
| i do not know | don t know | dont know | dunno | idk | no idea | not sure | i m not sure"""
_SKIP = """passer | passe | passez | skip | skip it | next | suivant | suivante | question suivante
| pas de photo | pas de photos | j ai pas de photo | je n ai pas de photo | pas pris de photo
| j ai pas pris de photo | je n ai pas pris de photo | no photo | no photos | no picture
| sans photo | i don t have a photo | i have no photo | aucun | aucune | rien | rien a ajouter
| rien de plus | rien d autre | none | nothing | nothing else | non | nan | no | nope | ras
| plus tard | later | pas maintenant | not now | pas besoin | pas la peine | je ne prefere pas
| je prefere pas | je prefere ne pas repondre | je ne veux pas repondre | peu importe
| sans opinion | j en ai pas | je n en ai pas | j en ai aucune | j ai pas | i don t have one
| i don t have any | c est bon | je ne peux pas | je peux pas | i can t | pas possible
| impossible | je passe | on passe | continuer | continue | on continue | sans"""
_SKIP_BESIDE = """cette question | la question | cette etape | this question | this one | celle ci
| pour l instant | pour le moment | du tout | vraiment | moi | la | l | la photo | photo | ici
| sous la main | sur moi | exactement | trop | tout | ca | d autre | plus | for now | at all"""

_BACK = """retour | retourner | revenir | reviens | revenez | revenir en arriere | retour en arriere
| retour arriere | en arriere | arriere | precedent | precedente | question precedente
| etape precedente | la question precedente | a la question precedente | l etape precedente
| a l etape precedente | back | go back | previous | previous question | the previous question
| to the previous question | page precedente"""
_BACK_BESIDE = """je veux | je voudrais | je souhaite | on peut | puis je | peut on | please can i
| can i | i want to | d avant"""

_THANKS = """merci | mercii | mille mercis | mille merci | grand merci | un grand merci
| remerciements | je vous remercie | vous remercie | thanks | thank you | thx | ty
| many thanks | cheers"""
_THANKS_BESIDE = """a vous | a vous aussi | et | encore | beaucoup | bien | infiniment | vraiment
| tout | tres | bonne journee | belle journee | bonne fin de journee | bonne soiree
| bonne continuation | bon week end | bon courage | au revoir | a bientot | bye | goodbye
| cordialement | bien cordialement | madame | monsieur | c est gentil | c est tres gentil
| pour tout | pour votre aide | de votre aide | pour l aide | pour votre reponse | de votre reponse
| pour la reponse | pour votre retour | de votre retour | pour le retour | pour l info
| pour les infos | pour l information | pour ces informations | pour votre rapidite
| pour votre reactivite | pour votre gentillesse | pour votre patience | d etre si rapide
| d avoir repondu | d avoir repondu si vite | d avance pour votre aide | a toute l equipe
| a l equipe | so much | very much | a lot | for your help | for your answer | for the help
| for everything | for the quick reply | have a nice day | have a good day"""


def plain(text: str) -> str:
    """`"C’est BON !!"` -> `"c est bon"`: folded, without punctuation or lengthened letters."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    words = _PUNCTUATION.sub(" ", fold(text))
    return " ".join(_LENGTHENED.sub(r"\1", words).split())


def _only(*needed: str, beside: str = "") -> re.Pattern[str]:
    """Matches texts made of `needed` words, at least once, and `beside` words."""
    wanted = _alternatives(" | ".join(needed))
    other = _alternatives(" | ".join((*needed, _POLITE, *filter(None, [beside]))))
    return re.compile(rf"(?:{other} )*{wanted}(?: {other})*")


def _alternatives(listed: str) -> str:
    phrases = {" ".join(phrase.split()) for phrase in listed.split("|")}
    return "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")"


_IS_YES = _only(_YES, beside=_YES_BESIDE)
_IS_RATHER_YES = _only(_YES, _RATHER_YES, beside=_YES_BESIDE)
_IS_NO = _only(_NO, beside=_NO_BESIDE)
_IS_RATHER_NO = _only(_NO, _RATHER_NO, beside=_NO_BESIDE)
_IS_UNKNOWN = _only(_UNKNOWN, beside=_SKIP_BESIDE)
_IS_SKIP = _only(_SKIP, _UNKNOWN, beside=_SKIP_BESIDE)
_IS_BACK = _only(_BACK, beside=_BACK_BESIDE)

_IS_THANKS = _only(_THANKS, beside=_THANKS_BESIDE)

_LONGEST = 80
"""Characters: no short reply is longer, and the patterns never see more."""


def _is(pattern: re.Pattern[str], text: str) -> bool:
    words = plain(text) if len(text) <= 2 * _LONGEST else ""
    return 0 < len(words) <= _LONGEST and pattern.fullmatch(words) is not None


def is_yes(text: str) -> bool:
    """A plain yes, clear enough to send something: `"oui c'est ça"`, not `"je crois"`."""
    return _is(_IS_YES, text)


def is_no(text: str) -> bool:
    """A plain no."""
    return _is(_IS_NO, text)


def is_rather_yes(text: str) -> bool:
    """A yes, even hesitating: enough for a question about facts."""
    return _is(_IS_RATHER_YES, text)


def is_rather_no(text: str) -> bool:
    """A no, even hesitating."""
    return _is(_IS_RATHER_NO, text)


def is_unknown(text: str) -> bool:
    """`"je ne sais pas"`."""
    return _is(_IS_UNKNOWN, text)


def is_skip(text: str) -> bool:
    """Nothing to answer to an optional question: `"passer"`, `"non merci"`, `"je sais pas"`."""
    return _is(_IS_SKIP, text)


def is_back(text: str) -> bool:
    """Back to the question before."""
    return _is(_IS_BACK, text)


def is_thanks(text: str) -> bool:
    """A thank-you and nothing else: no yes, which an agent's question may have waited for."""
    return _is(_IS_THANKS, text)
