"""What is reported of a reader: pure sums over what was expected and what was understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlu.evaluation.messages import Labelled

EMERGENCY = "emergency"
OUT_OF_SCOPE = "out_of_scope"
BINS = 10


@dataclass(frozen=True)
class Understood:
    """What a reader made of a message: `services` best first, `commune` by name."""

    intent: str
    confidence: float
    services: tuple[str, ...]
    commune: str | None = None


@dataclass(frozen=True)
class Line:
    """One intent: how many there were, precision, recall, F1."""

    count: int
    precision: float
    recall: float
    f1: float


@dataclass
class Report:
    """All figures are shares from 0 to 1; those of communes are None when the reader reads none.
    `commune_invented` is of the messages that name no town."""

    intent_accuracy: float
    macro_f1: float
    service_top1: float
    service_top3: float
    out_of_scope_recall: float
    emergency_recall: float
    emergency_false_alarms: float
    calibration_error: float
    commune_found: float | None
    commune_invented: float | None
    intents: dict[str, Line] = field(default_factory=dict)
    services: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    confusions: list[tuple[str, str, int]] = field(default_factory=list)

    def headline(self) -> dict[str, float]:
        """The figures by name, without the tables."""
        return {
            name: value
            for name, value in vars(self).items()
            if value is not None and not isinstance(value, (dict, list))
        }


def _share(yes: int, of: int) -> float:
    return yes / of if of else 0.0


def accuracy(expected: Sequence[Labelled], found: Sequence[Understood]) -> float:
    return _share(
        sum(e.intent == f.intent for e, f in zip(expected, found, strict=True)), len(expected)
    )


def report(expected: Sequence[Labelled], found: Sequence[Understood]) -> Report:
    """Figures of one reader on one set. Raises `ValueError` when the two differ in length."""
    if len(expected) != len(found):
        raise ValueError("a reading is missing")
    pairs = list(zip(expected, found, strict=True))
    lines = _lines([(e.intent, f.intent) for e, f in pairs])
    served = [(e.service, f.services) for e, f in pairs if e.service is not None]
    calm = [f for e, f in pairs if e.intent != EMERGENCY]
    towns = [(e.commune, f.commune) for e, f in pairs]
    reads_towns = any(found is not None for _, found in towns)
    named = [found == wanted for wanted, found in towns if wanted is not None]
    unnamed = [found is not None for wanted, found in towns if wanted is None]
    wrong = Counter((e.intent, f.intent) for e, f in pairs if e.intent != f.intent)
    return Report(
        intent_accuracy=accuracy(expected, found),
        macro_f1=sum(line.f1 for line in lines.values()) / max(1, len(lines)),
        service_top1=_share(sum(code in best[:1] for code, best in served), len(served)),
        service_top3=_share(sum(code in best[:3] for code, best in served), len(served)),
        out_of_scope_recall=lines[OUT_OF_SCOPE].recall if OUT_OF_SCOPE in lines else 0.0,
        emergency_recall=lines[EMERGENCY].recall if EMERGENCY in lines else 0.0,
        emergency_false_alarms=_share(sum(f.intent == EMERGENCY for f in calm), len(calm)),
        calibration_error=calibration_error(
            [(f.confidence, e.intent == f.intent) for e, f in pairs]
        ),
        commune_found=_share(sum(named), len(named)) if reads_towns else None,
        commune_invented=_share(sum(unnamed), len(unnamed)) if reads_towns else None,
        intents=lines,
        services=_services(served),
        confusions=[(a, b, times) for (a, b), times in wrong.most_common(25)],
    )


def calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: how far confidence is from being right, over ten bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, is_right in judged:
        bins[min(BINS - 1, int(confidence * BINS))].append((confidence, is_right))
    off = sum(
        abs(sum(c for c, _ in inside) - sum(right for _, right in inside))
        for inside in bins.values()
    )
    return off / len(judged) if judged else 0.0


def _lines(pairs: Sequence[tuple[str, str]]) -> dict[str, Line]:
    expected = Counter(e for e, _ in pairs)
    given = Counter(f for _, f in pairs)
    right = Counter(e for e, f in pairs if e == f)
    lines = {}
    for intent, count in sorted(expected.items()):
        precision = _share(right[intent], given[intent])
        recall = _share(right[intent], count)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        lines[intent] = Line(count, precision, recall, f1)
    return lines


def _services(
    served: Sequence[tuple[str | None, tuple[str, ...]]],
) -> dict[str, tuple[int, float, float]]:
    by_code: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for code, best in served:
        by_code[str(code)].append(best)
    return {
        code: (
            len(all_best),
            _share(sum(code in best[:1] for best in all_best), len(all_best)),
            _share(sum(code in best[:3] for best in all_best), len(all_best)),
        )
        for code, all_best in sorted(by_code.items())
    }
