"""One watch with its state, from the first image to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan

from hispatial_ros.answer.conditions import WORDS
from hispatial_ros.answer.measured import conclude
from hispatial_ros.answer.phrasing import capitalized, listing, the
from hispatial_ros.answer.resolver import Resolver
from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer, measured_answer
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.language.question import ParsedQuestion
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Relation
from hispatial_ros.watch import claims, judging
from hispatial_ros.watch.claims import Claim, Item, Pairs
from hispatial_ros.watch.evaluation import AddedQuestion, Evaluation
from hispatial_ros.watch.events import Event, Found, State, sentence
from hispatial_ros.watch.hysteresis import Band, ChangeTracker, EventKind, Tracker
from hispatial_ros.watch.schedule import Schedule
from hispatial_ros.watch.spec import Spec


@dataclass(eq=False)
class _Part:
    """One item of a watch with its trackers; relations have one for each."""

    item: Item
    claim: Tracker = field(default_factory=Tracker)
    change: ChangeTracker = field(default_factory=ChangeTracker)
    relations: dict[str, Tracker] = field(default_factory=dict)
    # Its place in the evaluation; the question itself if there is nothing to measure for it.
    added: AddedQuestion | ParsedQuestion | SpatialError | None = None
    answered: bool = False

    @property
    def tracker(self) -> Tracker | ChangeTracker:
        """What knows whether the item can be judged."""
        return self.claim if isinstance(self.item, Claim) else self.change


class Watched:
    """Not thread-safe: used on one thread at a time."""

    def __init__(self, spec: Spec, band: Band, known: Sequence[str] = ()):
        """
        Args:
            spec: what to watch; checked.
            band: how sure a change has to be; its margin is that of a spec without one.
            known: labels known at present, see ``claims.items``.

        Raises:
            SpatialError: QUESTION_NOT_UNDERSTOOD, BAD_QUESTION.
        """
        self.spec = spec
        self.parts = [_Part(item) for item in claims.items(spec, known)]
        self.schedule = Schedule(spec.rate)
        self.band = band
        self.evaluated = 0
        self.events = 0
        self.text = ""
        self.error: SpatialError | None = None

    @property
    def band(self) -> Band:
        return self._band

    @band.setter
    def band(self, band: Band) -> None:
        margin = self.spec.margin or band.margin
        self._band = Band(band.sigmas, margin, band.confirm, band.lost_after)

    @property
    def state(self) -> State:
        """Of all parts together: any that is inside makes it INSIDE, LOST needs all of them."""
        if self.parts and all(p.tracker.presence.lost for p in self.parts):
            return State.LOST
        held = [p.claim.inside for p in self.parts if isinstance(p.item, Claim)]
        if not held:
            return State.WATCHING if self.evaluated and self.error is None else State.UNKNOWN
        if True in held:
            return State.INSIDE
        return State.UNKNOWN if None in held else State.OUTSIDE

    def prepare(
        self,
        evaluation: Evaluation,
        topic: Sequence[Region] | None,
        reference_frame: ReferenceFrame | str | SpatialError,
    ) -> None:
        """Have measured what the watch is about.

        Args:
            evaluation: of the image; ``judge`` follows when it has measured.
            topic: regions of the regions topic, used unless the watch has its own; None if no
                message has come for this image, which is not the same as an empty one.
            reference_frame: the watch's, or why there is none.
        """
        regions = self.spec.regions or topic or ()
        looked = bool(self.spec.regions) or topic is not None
        given = (*self.spec.labels, *self.spec.known)
        labels = tuple(dict.fromkeys((*(r.label for r in regions), *given)))
        for part in self.parts:
            try:
                if isinstance(reference_frame, SpatialError):
                    raise reference_frame
                if isinstance(part.item, Pairs):
                    part.added = evaluation.add_mentions(
                        part.item.mentions, regions, reference_frame
                    )
                    continue
                question = claims.read(part.item.text, labels)
                claimed = looked and isinstance(part.item, Claim)
                if claimed and judging.is_none_there(question, [r.label for r in regions]):
                    part.added = question
                else:
                    part.added = evaluation.add(question, regions, reference_frame)
            except SpatialError as error:
                part.added = error

    def judge(self, evaluation: Evaluation, stamp: float) -> list[Found]:
        """What the image with this stamp [s] brings."""
        self.schedule.done(stamp)
        self.evaluated += 1
        self.error = None
        found = []
        for part in self.parts:
            added, part.added = part.added, None
            try:
                if added is None:
                    raise RuntimeError("prepare() comes first")
                if isinstance(added, SpatialError):
                    raise added
                if isinstance(added, ParsedQuestion):
                    found.append(self._judge_none(part, added, stamp))
                    continue
                scene = evaluation.scene(added)
                found.append(self._judge(part, added.question, scene, stamp))
            except SpatialError as error:
                self.error = error
                kinds = part.tracker.missed(stamp, self.band)
                found.append(Found(events=[self._lost(part, k, error) for k in kinds]))
        return found

    def miss(self, stamp: float, error: SpatialError) -> list[Event]:
        """The image with this stamp [s] as a whole cannot be judged."""
        self.schedule.done(stamp)
        self.evaluated += 1
        self.error = error
        return [
            self._lost(part, kind, error)
            for part in self.parts
            for kind in part.tracker.missed(stamp, self.band)
        ]

    def gone(self, error: SpatialError) -> list[Event]:
        """No images come."""
        self.error = error
        return [
            self._lost(part, kind, error) for part in self.parts for kind in part.tracker.gone()
        ]

    def interrupt(self, *, time_jumped: bool = False) -> None:
        """There was no look for a while, or time has jumped: readings do not add up across that."""
        if time_jumped:
            self.schedule.restart()
        for part in self.parts:
            part.change.interrupt()
            for tracker in (part.claim, *part.relations.values()):
                tracker.interrupt()

    def _judge(
        self, part: _Part, question: ParsedQuestion | None, scene: Scene, stamp: float
    ) -> Found:
        if question is None:
            return self._judge_pairs(part, scene, stamp)
        resolver = Resolver(scene)
        if isinstance(part.item, Claim):
            slacks, every, probability = judging.judge(question, resolver)
            part.claim.every = every
            kinds = part.claim.update(slacks, stamp, self.band)
            objects = tuple(key for key in part.claim.fulfilling if key)
            wanted = self._wanted(part, kinds)
            answer = conclude(question, scene) if wanted else None
        else:
            # What has changed is said in the answer, so that is needed every time.
            answer = conclude(question, scene)
            kinds = part.change.update(
                judging.read(question, answer, resolver, self.band), self.band
            )
            probability, objects = nan, ()
            wanted = self._wanted(part, kinds)
        if answer is not None:
            self.text = answer.text
        events = [self._event(part, k, answer, objects, probability) for k in kinds]
        if not wanted or answer is None:
            return Found(events=events)
        return Found(answer, answer.relations, events)

    def _judge_none(self, part: _Part, question: ParsedQuestion, stamp: float) -> Found:
        """There is none of the kind that the claim is about."""
        kinds = part.claim.update({}, stamp, self.band)
        answer = judging.none_there(question)
        self.text = answer.text
        events = [self._event(part, k, answer, (), 0.0) for k in kinds]
        return Found(answer if self._wanted(part, kinds) else None, (), events)

    def _judge_pairs(self, part: _Part, scene: Scene, stamp: float) -> Found:
        assert isinstance(part.item, Pairs)
        resolver = Resolver(scene)
        objects = [resolver.one(mention) for mention in part.item.mentions]
        related = judging.relate(objects, scene)
        events = [self._event(part, kind, None, (), nan) for kind in part.change.presence.seen()]
        holding = []
        for wording, (slack, relation) in related.items():
            tracker = part.relations.setdefault(wording, Tracker())
            kinds = tracker.update({"": slack}, stamp, self.band)
            events += [self._relation_event(k, wording, relation) for k in kinds]
            if tracker.inside or (tracker.inside is None and relation.confidence >= 0.5):
                holding.append(relation)
        wanted = self._wanted(part, [e.kind for e in events])
        sentences = [
            f"{the(scene.name(r.subject))} is {WORDS.get(r.predicate, r.predicate)}"
            f"{' than' if r.predicate == 'nearer' else ''} {the(scene.name(r.object))}"
            for r in holding
        ]
        text = capitalized(listing(sentences)) + "." if sentences else "Nothing is related."
        self.text = text
        if not wanted:
            return Found(events=events)
        answer = measured_answer(text, objects=objects, relations=holding)
        answer.question = part.item.text
        answer.measured_text = text
        answer.frame, answer.reference_frame = (
            scene.measurement.reference_frame,
            scene.reference_frame,
        )
        answer.notes = resolver.notes
        return Found(answer, holding, events)

    def _wanted(self, part: _Part, kinds: Sequence[EventKind]) -> bool:
        """Whether an answer is to be published: at every rate, else when something happened."""
        wanted = self.spec.rate > 0 or bool(kinds) or not part.answered
        part.answered = True
        return wanted

    def _event(
        self,
        part: _Part,
        kind: EventKind,
        answer: Answer | None,
        objects: tuple[str, ...],
        probability: float,
    ) -> Event:
        self.events += 1
        subject = part.item.text
        if answer is None:
            return Event(self.events, kind, subject, sentence(kind, subject))
        return Event(
            self.events,
            kind,
            subject,
            answer.text,
            objects or tuple(o.id for o in answer.objects),
            tuple(answer.values),
            tuple(answer.values_stddev),
            answer.unit,
            probability,
        )

    def _relation_event(self, kind: EventKind, wording: str, relation: Relation) -> Event:
        self.events += 1
        return Event(
            self.events,
            kind,
            wording,
            sentence(kind, wording),
            (relation.subject.id, relation.object.id),
            (relation.closest_distance,),
            (relation.closest_distance_stddev,),
            "m",
            relation.confidence,
        )

    def _lost(self, part: _Part, kind: EventKind, error: SpatialError) -> Event:
        self.events += 1
        for tracker in part.relations.values():
            tracker.gone()
        return Event(self.events, kind, part.item.text, f"Lost: {error}", error=error)
