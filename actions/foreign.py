"""A message in neither of our languages: answered in both, with a person beside them."""

from __future__ import annotations

from bot.conversations.turn import Turn
from bot.words.phrases import Button, Press, say

LONGEST_CARRIED = 2000


def answer_foreign(turn: Turn, text: str) -> None:
    """Say in French and in English which languages are answered, and the emergency number."""
    turn.doubted = True
    turn.introduced = True
    turn.say(
        say("foreign.french"),
        say("foreign.english"),
        buttons=(
            Button(say("language.fr"), Press("change_language", {"language": "fr"}), lasting=True),
            Button(say("language.en"), Press("change_language", {"language": "en"}), lasting=True),
            Button(
                say("button.human_both"),
                Press("contact_agent", {"text": text[:LONGEST_CARRIED]}),
                lasting=True,
            ),
        ),
        expects="choice",
    )
