"""Which function each action of `domain.yml` is. The one list; `check` holds it to the domain."""

from __future__ import annotations

from actions import doubt, humans, information, requests, service_form, talk
from actions.desk import Action
from bot.tickets.rules import Subject

ACTIONS: dict[str, Action] = {
    "validate_service_form": service_form.validate,
    "action_ask_current_field": service_form.ask,
    "action_begin_request": service_form.begin,
    "action_set_aside": service_form.set_aside,
    "action_file_request": service_form.file,
    "action_structured_input": talk.structured,
    "action_unsure": doubt.unsure,
    "action_greet": talk.greet,
    "action_goodbye": talk.saying("goodbye"),
    "action_thank": talk.saying("thanks"),
    "action_affirm": talk.affirm,
    "action_deny": talk.saying("deny.nothing", with_choices=True),
    "action_stop": talk.saying("stop.nothing", with_choices=True),
    "action_help": talk.saying("help", with_choices=True),
    "action_follow_request": requests.follow,
    "action_my_requests": requests.follow,
    "action_withdraw_request": requests.withdraw,
    "action_reopen_request": requests.reopen,
    "action_follow_disability_case": humans.offering(
        "case.disability", "button.ask_agent", Subject.CASE_FILE
    ),
    "action_follow_planning_case": humans.offering(
        "case.planning", "button.ask_agent", Subject.CASE_FILE
    ),
    "action_ask_information": information.answer,
    "action_contact_agent": humans.contact_agent,
    "action_subscribe_notifications": humans.offering(
        "notifications.subscribe", "button.ask_agent", Subject.NOTIFICATIONS
    ),
    "action_unsubscribe_notifications": humans.offering(
        "notifications.unsubscribe", "button.ask_agent", Subject.NOTIFICATIONS
    ),
    "action_sign_in": humans.offering("account.sign_in", "button.ask_agent", Subject.ACCOUNT),
    "action_account_problem": humans.offering(
        "account.problem", "button.ask_agent", Subject.ACCOUNT
    ),
    "action_complain": humans.complain,
    "action_privacy_request": humans.offering(
        "privacy.offer", "button.ask_privacy", Subject.PRIVACY
    ),
    "action_emergency": talk.emergency,
    "action_change_language": talk.change_language,
    "action_change_commune": talk.change_commune,
    "action_bot_challenge": talk.saying("bot_challenge", with_choices=True),
    "action_chitchat": talk.saying("chitchat", with_choices=True),
    "action_out_of_scope": doubt.out_of_scope,
}

THE_FORM = (
    service_form.validate,
    service_form.ask,
    service_form.begin,
    service_form.set_aside,
    service_form.file,
)
"""The actions that the form cannot go on without."""
