"""A year of conversations for `bench console`, made in the database: citizens' own sentences (the
training data's), towns and teams as unevenly spread as they are, one conversation in three with a
ticket, one in eighty still open; a report in two, of which one in five is not settled."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import text

from bot.storage.transaction import Database, Transaction

MESSAGES = 10
STEP = 5_000
_EXAMPLE = re.compile(r"^\s+- (.{12,180})$", re.MULTILINE)
_MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_BEGINNINGS = [
    "Bel",
    "Mar",
    "Cha",
    "Du",
    "Gar",
    "Le",
    "Per",
    "Rou",
    "San",
    "Va",
    "Fon",
    "Mo",
    "Bri",
    "Cor",
]
_ENDS = [
    "nard",
    "tin",
    "pont",
    "rier",
    "bois",
    "court",
    "ville",
    "neau",
    "chet",
    "lin",
    "mont",
    "gues",
]
_TABLES = ("citizen", "conversation", "message", "ticket", "ticket_event", "service_request")

_CITIZENS = """
INSERT INTO citizen (id, created_at)
SELECT ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now()
FROM generate_series({first}, {last}) AS n
"""
_CONVERSATIONS = """
INSERT INTO conversation (id, citizen_id, channel, address, language, commune, introduced, owner,
    last_seq, attempts, read_by_agent, waiting_since, created_at, updated_at)
SELECT ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('10000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    CASE WHEN n % 10 < 7 THEN 'web' ELSE 'telegram' END, n::text, 'fr',
    (CAST(:towns AS text[]))[1 + floor(power(random(), 2) * {how_many})::int], true,
    CASE WHEN n % 80 = 0 THEN CASE WHEN n % 240 = 0 THEN 'queued' ELSE 'agent' END ELSE 'bot' END,
    10, 0, CASE WHEN n % 160 = 0 THEN 0 ELSE 10 END,
    CASE WHEN n % 160 = 0 THEN now() - random() * interval '3 days' END,
    now() - interval '365 days' * (1 - n::float / {total}),
    now() - interval '365 days' * (1 - n::float / {total}) + interval '20 minutes'
FROM generate_series({first}, {last}) AS n
"""
_MESSAGES = """
INSERT INTO message (id, conversation_id, seq, sender, kind, text, content, at)
SELECT gen_random_uuid(), ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, seq,
    CASE WHEN seq % 2 = 1 THEN 'citizen' WHEN seq >= 8 AND n % 3 = 0 THEN 'agent'
        ELSE 'assistant' END,
    'text',
    said.words || CASE WHEN seq = 3 THEN ', ' || 1 + n % 180 || ' rue ' || named.words
        WHEN seq = 5 THEN ', ' || named.words ELSE '' END,
    '{{}}', now() - interval '365 days' * (1 - n::float / {total}) + seq * interval '2 minutes'
FROM generate_series({first}, {last}) AS n CROSS JOIN generate_series(1, 10) AS seq
JOIN bench_sentence said ON said.place = (hashint8(n * 10 + seq)::bigint & 2147483647)
    % {sentence_count}
JOIN bench_name named ON named.place = (hashint8(n * 10 + seq + 5)::bigint & 2147483647)
    % {name_count}
"""
_TICKETS = """
INSERT INTO ticket (reference, conversation_id, citizen_id, commune, team, subject, reason,
    priority, summary, status, assignee, assignee_name, reach, packet, opened_at, queued_since,
    opened_seq, place_opened, first_reply_at, last_reply_at, closed_at, due_at, near_due_at,
    snoozed_until, tags)
SELECT '2026-' || lpad(n::text, 7, '0'), c.id, c.citizen_id, c.commune,
    (CAST(:teams AS text[]))[1 + n % {team_count}],
    CASE WHEN n % 5 = 0 THEN 'complaint' ELSE 'human' END, 'asked',
    CASE WHEN n % 50 = 0 THEN 'urgent' WHEN n % 9 = 0 THEN 'high' ELSE 'normal' END,
    said.words,
    CASE WHEN n % 80 = 0 THEN 'open' ELSE 'closed' END,
    CASE WHEN n % 240 <> 0 THEN a.id END, CASE WHEN n % 240 <> 0 THEN a.name END,
    'live', '{{"marks": []}}', c.created_at + interval '8 minutes',
    c.created_at + interval '8 minutes', 4, 0,
    CASE WHEN n % 240 <> 0 THEN c.created_at + interval '16 minutes' END,
    CASE WHEN n % 240 <> 0 THEN c.created_at + interval '20 minutes' END,
    CASE WHEN n % 80 <> 0 THEN c.created_at + interval '1 day' END,
    CASE WHEN n % 160 = 0 THEN now() + (random() - 0.4) * interval '2 days' END,
    CASE WHEN n % 160 = 0 THEN now() + (random() - 0.7) * interval '2 days' END,
    CASE WHEN n % 1600 = 0 THEN now() + random() * interval '5 days' END,
    CASE WHEN n % 7 = 0 THEN ARRAY[(CAST(:tags AS text[]))[1 + n % {tag_count}]]
        ELSE ARRAY[]::text[] END
FROM generate_series({first}, {last}) AS n
JOIN conversation c ON c.id = ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
JOIN agent_account a ON a.login = 'agent' || n % {agents}
JOIN bench_sentence said ON said.place = (n * 7) % {sentence_count}
WHERE n % 3 = 0 OR n % 80 = 0
"""
_NOTES = """
INSERT INTO ticket_event (reference, at, kind, author, text, data)
SELECT t.reference, t.opened_at + interval '1 hour', 'note', t.assignee_name,
    'Rappeler ' || named.words, '{{}}'
FROM ticket t
JOIN bench_name named ON named.place = (hashtext(t.reference)::bigint & 2147483647) % {name_count}
WHERE t.reference BETWEEN '2026-' || lpad({first}::text, 7, '0')
    AND '2026-' || lpad({last}::text, 7, '0') AND random() < 0.3
"""
_REQUESTS = """
INSERT INTO service_request (reference, service, commune, citizen_id, conversation_id,
    description, answers, address, dangerous, channel, status, filed_at, due_on)
SELECT '2025-' || lpad(n::text, 7, '0'), (CAST(:services AS text[]))[1 + n % {service_count}],
    coalesce(c.commune, '69123'), c.citizen_id, c.id,
    said.words, '{{}}', 1 + n % 180 || ' rue ' || named.words,
    false, c.channel, CASE WHEN n % 20 = 0 THEN 'new' WHEN n % 20 = 2 THEN 'in_progress'
        ELSE 'resolved' END, c.created_at + interval '10 minutes',
    (c.created_at + interval '1 year' * random())::date
FROM generate_series({first}, {last}) AS n
JOIN conversation c ON c.id = ('20000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
JOIN bench_sentence said ON said.place = (n * 3) % {sentence_count}
JOIN bench_name named ON named.place = (n * 11) % {name_count}
WHERE n % 2 = 0
"""
TAGS = ("à rappeler", "copropriété", "élu", "presse", "récidive", "voirie nord", "traduction")


def sentences(root: Path) -> list[str]:
    """What citizens write, as the training data has it."""
    found: dict[str, None] = {}
    for file in sorted((root / "nlu" / "data").rglob("*.yml")):
        for line in _EXAMPLE.findall(file.read_text("utf-8")):
            found[_MARKED.sub(r"\1", line).strip()] = None
    return list(found)


def names(chance: random.Random) -> list[str]:
    """Family names and streets: most words of a search are rarer than those of the subject."""
    made = {a + b + c for a in _BEGINNINGS for b in _ENDS for c in ("", "e", "ot", "eau")}
    return chance.sample(sorted(made), len(made))


async def keep_words(database: Database, said: Sequence[str], named: Sequence[str]) -> None:
    """Where the rows' words are taken from."""
    async with database.transaction() as tx:
        for table, words in (("bench_sentence", said), ("bench_name", named)):
            await tx.execute(text(f"CREATE TABLE {table} (place bigint PRIMARY KEY, words text)"))
            await tx.execute(
                text(
                    f"INSERT INTO {table} SELECT n - 1, words FROM"
                    " unnest(CAST(:words AS text[])) WITH ORDINALITY AS one (words, n)"
                ),
                {"words": list(words)},
            )
            await tx.execute(text(f"ANALYZE {table}"))


async def fill(
    database: Database,
    first: int,
    last: int,
    values: dict[str, object],
    tell: Callable[[str], None],
) -> None:
    """Conversations `first` to `last` of as many, with all that hangs on them; their indexes are
    made anew afterwards, as after a restored backup."""
    async with database.transaction() as tx:
        indexes = await _indexes(tx)
        for name, _ in indexes:
            await tx.execute(text(f'DROP INDEX "{name}"'))
    for start in range(first, last + 1, STEP):
        end = min(last, start + STEP - 1)
        async with database.transaction() as tx:
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text("SET LOCAL session_replication_role = replica"))  # no checks
            for part in (_CITIZENS, _CONVERSATIONS, _MESSAGES, _TICKETS, _NOTES, _REQUESTS):
                known = {**values, "first": start, "last": end, "total": last}
                numbers = {key: value for key, value in known.items() if isinstance(value, int)}
                lists = {key: value for key, value in known.items() if f":{key} " in part}
                await tx.execute(text(part.format(**numbers)), lists)
        if end % 20_000 == 0:
            tell(f"{end:,} conversations")
    tell("indexes")
    for _, made in indexes:
        async with database.transaction() as tx:
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
            await tx.execute(text(made))
    for table in _TABLES:
        async with database.transaction() as tx:
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text(f"ANALYZE {table}"))


async def _indexes(tx: Transaction) -> Sequence[tuple[str, str]]:
    """Those that are no constraint, with what makes them."""
    found = await tx.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = ANY(:tables) AND indexname LIKE 'ix\\_%'"
        ),
        {"tables": list(_TABLES)},
    )
    return [(row.indexname, row.indexdef) for row in found]
