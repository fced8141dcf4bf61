"""The search: full text and nearness of meaning joined in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import RowMapping

from bot.information import rules
from bot.information.rules import Match, ShownArticle
from bot.services.readable import readable
from bot.services.rules import Text
from bot.storage.transaction import Transaction

CONFIGURATIONS = {"fr": "french", "en": "english"}
_UNACCENTED_STOPS = frozenset({"a", "meme"})

_COLUMNS = """
    article.id, article.code, article.commune, fr.title AS title_fr, en.title AS title_en,
    fr.body AS body_fr, en.body AS body_en, article.source_name, article.source_read,
    article.source_url,
    article.review_by
"""
_BOTH_LANGUAGES = """
    JOIN article_text AS fr ON fr.article_id = article.id AND fr.language = 'fr'
    JOIN article_text AS en ON en.article_id = article.id AND en.language = 'en'
"""
# A commune's article hides the metropolis' of the same code. A word weighs the more the fewer
# articles hold it; one that none holds weighs nothing.
_WORDS = """
WITH visible AS MATERIALIZED (
    SELECT DISTINCT ON (code) id FROM article
    WHERE commune IN ('', :commune) ORDER BY code, commune DESC
),
asked AS (
    SELECT quote_literal(lexeme) AS word
    FROM unnest(to_tsvector(CAST(:configuration AS regconfig), :question))
),
held AS (
    SELECT asked.word, article_text.article_id AS id,
        CASE WHEN terms @@ CAST(asked.word || '\\:A' AS tsquery) THEN 1.0
            ELSE CAST(:body_word_weight AS float) END AS part
    FROM asked
    JOIN article_text ON terms @@ CAST(asked.word AS tsquery) AND language = :language
    JOIN visible ON visible.id = article_text.article_id
),
rarity AS (
    SELECT word, ln(((SELECT count(*) FROM visible) + 1) / (count(*) + 0.5)) AS weight
    FROM held GROUP BY word
),
words AS (
    SELECT id, sum(part * greatest(weight, 0)) AS weight
    FROM held JOIN rarity USING (word) GROUP BY id
),
"""
_MEANING = """
near AS (
    SELECT article_id AS id, is_body, 1 - (vector <=> CAST(:vector AS vector)) AS nearness
    FROM article_question JOIN visible ON visible.id = article_id
    WHERE made_by = :made_by
),
ranked AS (
    SELECT id, max(nearness) FILTER (WHERE is_body) AS body,
        array_agg(nearness ORDER BY nearness DESC) FILTER (WHERE NOT is_body) AS best
    FROM near GROUP BY id
),
meaning AS (
    SELECT id, (
        :first * coalesce(best[1], :floor) + :second * coalesce(best[2], :floor)
        + :third * coalesce(best[3], :floor) + :body * coalesce(body, :floor)
    ) / (:first + :second + :third + :body) AS nearness
    FROM ranked
),
"""
_NO_MEANING = """
meaning AS (SELECT id, CAST(NULL AS float) AS nearness FROM visible WHERE false),
"""
_FOUND = f"""
found AS (
    SELECT visible.id, coalesce(words.weight, 0) AS words, meaning.nearness,
        coalesce(words.weight, 0)
        + :meaning_weight * greatest(coalesce(meaning.nearness, :floor) - :floor, 0) AS score
    FROM visible LEFT JOIN words USING (id) LEFT JOIN meaning USING (id)
    ORDER BY score DESC, visible.id LIMIT :top
)
SELECT {_COLUMNS}, found.words, found.nearness, found.score
FROM found JOIN article USING (id) {_BOTH_LANGUAGES}
ORDER BY found.score DESC, article.id
"""  # noqa: S608  (constants of this module)
_BY_BOTH = text(_WORDS + _MEANING + _FOUND)
_BY_WORDS = text(_WORDS + _NO_MEANING + _FOUND)
_BY_CODES = text(f"""
SELECT DISTINCT ON (article.code) {_COLUMNS} FROM article {_BOTH_LANGUAGES}
WHERE article.code = ANY(:codes) AND article.commune IN ('', :commune)
ORDER BY article.code, article.commune DESC
""")  # noqa: S608  (constants of this module)


async def search(
    tx: Transaction,
    question: str,
    language: str,
    commune: str | None,
    embedded: tuple[str, Sequence[float]] | None = None,
    top: int = rules.SHOWN,
) -> list[Match]:
    """The `top` articles visible in `commune` (INSEE code) nearest to a question, best first.

    One query joins the full text of the question's language and, where `embedded` (the embedder's
    name, the question's vector) is given, the nearness of meaning in any language. Empty when the
    question holds no word.
    """
    words = without_stops(readable(question))
    if not words:
        return []
    first, second, third = rules.BEST_WEIGHTS
    values: dict[str, Any] = {
        "commune": commune or rules.METROPOLIS,
        "configuration": CONFIGURATIONS.get(language, "french"),
        "language": language if language in CONFIGURATIONS else "fr",
        "question": words,
        "body_word_weight": rules.BODY_WORD_WEIGHT,
        "floor": rules.MEANING_FLOOR,
        "meaning_weight": rules.MEANING_WEIGHT,
        "top": top,
    }
    if embedded is not None:
        values |= {
            "made_by": embedded[0],
            "vector": as_vector(embedded[1]),
            "first": first,
            "second": second,
            "third": third,
            "body": rules.BODY_MEANING_WEIGHT,
        }
    result = await tx.execute(_BY_WORDS if embedded is None else _BY_BOTH, values)
    return [
        Match(_shown(row), float(row["score"]), float(row["words"]), _number(row["nearness"]))
        for row in result.mappings()
        if row["score"] > 0
    ]


def without_stops(folded: str) -> str:
    """Without the words that PostgreSQL's French list would stop, had they kept their accent."""
    return " ".join(word for word in folded.split() if word not in _UNACCENTED_STOPS)


async def of_codes(
    tx: Transaction, codes: Sequence[str], commune: str | None
) -> list[ShownArticle]:
    """The articles of these codes as `commune` has them, in the order asked; gone ones left out."""
    result = await tx.execute(
        _BY_CODES, {"codes": list(codes), "commune": commune or rules.METROPOLIS}
    )
    found = {row["code"]: _shown(row) for row in result.mappings()}
    return [found[code] for code in codes if code in found]


def as_vector(values: Sequence[float]) -> str:
    """pgvector's text form."""
    return "[" + ",".join(f"{value:.6g}" for value in values) + "]"


def _shown(row: RowMapping) -> ShownArticle:
    return ShownArticle(
        code=row["code"],
        commune=row["commune"],
        title=Text(row["title_fr"], row["title_en"]),
        body=Text(row["body_fr"], row["body_en"]),
        source_name=row["source_name"],
        source_read=row["source_read"],
        source_url=row["source_url"],
        review_by=row["review_by"],
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
