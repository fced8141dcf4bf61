"""Telegram: updates in, messages out, by the Bot API through aiogram."""
