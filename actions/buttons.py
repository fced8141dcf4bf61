"""Buttons that several actions offer."""

from __future__ import annotations

from bot.words.phrases import Button, Press, say

RESUME = Button(say("button.resume"), Press("file_request", {"resume": True}), lasting=True)
