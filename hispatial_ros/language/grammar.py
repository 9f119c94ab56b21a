"""The rules of whole questions, of what is said beside them, and of several in one.

Notation: see ``chart``. What names objects is in ``nouns``, what they fulfil in ``conditions``; the
functions that build are those of ``clauses``.
"""

from hispatial_ros.language import (
    clauses,
    conditions,
    forms,
    nouns,
    relation_forms,
    terms,
    together,
)
from hispatial_ros.language.chart import Grammar, rules

_QUESTIONS = """
# Heads of frames
Ask: WHAT|WHICH|LIST|HOW|MUCH|DESCRIBE
Head: a:Ask? DET? DIST -> Head('dist', asked=a is not None)
Head: MUCH adj:ADJ -> how(adj)
Head: DET adj:ADJ -> how(adj) @2
Item: AWAY -> ('travel', True)
Clause: HOW r:Refs POSITIONED more:Item* -> build(Head('relation'), (('', r), *more))
Clause: RELATION m:Ref on -> build(Head('relation'), (('', ((m,), '')),))
Head: more:GREATER -> Head('order', ((Order(Attribute.VOLUME, more), False), 1)) @1
Item: THAN DET? Quantity of r:Refs -> ('than', r)
Item: SEP SIZE SEP? -> ('dims', True)
Item: in RANK -> ('these', True)
Head: MUCH of DET? GAP|SPACE -> Head('gap')
Item: THESE -> ('these', True)
Item: at|in|on DET? PIXEL? c:COORDINATES -> ('of', ((c,), ''))
Clause: a:Head r:Refs SEP AND? b:Head q:Refs -> _two_clauses((a, r), (b, q))
Item: a:AXIS of CAM -> ('axis', a)
Head: HOW MUCH? adj:ADJ AWAY? -> how(adj)
Head: HOW MUCH? adj:ADJ DIST -> how(adj) and Head('dist', asked=True)
Head: Ask? DET? GAP -> Head('gap')
Head: a:Ask? DET? SPACE -> Head('space', asked=a is not None)
Head: Ask? DET? v:DIM -> Head('dim', v)
Head: Ask? DET? SIZE -> Head('size')
Head: Ask? DET? SIZE in terms of dim:DIM -> Head('dim', dim)
Head: HOW ADJ in terms of dim:DIM -> Head('dim', dim)
Head: UNITASK AWAY? -> Head('dist', asked=True)
Head: UNITASK adj:ADJ -> how(adj)
Head: UNITASK in? v:DIM -> Head('dim', v)
Head: APART -> Head('dist', 'apart') @1
Head: SURFACES -> Head('gap') @1
Head: CENTERS -> Head('dist', 'apart') @1
Head: a:EXTENT -> Head('dim', a) @1
Item: a:EXTENT -> ('extent', a)
Item: in terms of a:DIM -> ('extent', a)
Item: in DET? a:DIM -> ('extent', a)
Item: ABOVE_GROUND -> ('ground', True)
Item: b:Over adj:ADJ -> ('limit', b) if adj == (Attribute.WIDTH, True) else None
Item: BETWEEN SURFACES of? r:Refs -> ('between_surfaces', r)
Item: MUST -> ('travel', True)
Head: ABOVE_GROUND -> Head('above_ground')
Head: HOW|Ask? ADJ|DIM|DIST? AWAY|UPDOWN? ABOVE_GROUND -> Head('above_ground')
Head: Ask? DET? BOX -> Head('box')
Head: Ask? DET? IMAGEPOS -> Head('image_position')
Head: WHERE -> Head('where')
Clause: a:Item* WHERE b:Item* in|on DET? IMAGE -> build(Head('image_position'), (*a, *b))
Head: at|in IMAGEPOS -> Head('image_position')
Head: Ask? DET? POS -> Head('pos')
Head: Ask? DET? RELATION -> Head('relation')
Head: Ask? DET? VECTOR -> Head('vector')
Head: in? a:Ask? DET? DIRECTION -> Head('direction', asked=a is not None)
Head: Ask? DET? BEARING -> Head('bearing')
Head: BEARING Toward? LR -> Head('bearing')
Head: by|at Ask DET? BEARING -> Head('bearing')
Head: at a:Ask? DET? v:DIM -> Head('dim', v) if a else None
Item: ITS -> ('of', ((IT,), '')) @1
Head: CLOCK at? -> Head('clock')
Head: s:Sides
Head: EITHER? s:SidesOf -> Head('sidesof', s)
Item: s:SidesOf -> ('sidesof', s)
SidesOf: a:Offered of|FROM? r:Refs SEP? OR b:Offered ITSELF? -> ((a, b), r) if a != b else None
SidesOf: a:Offered of|FROM? r:Refs SEP? OR b:Offered of|FROM? q:Refs
    -> ((a, b), r) if a != b and r == q else None
SidesOf: s:Sides of|FROM|TO|RELATIVE? r:Refs -> (s.value, r)
Head: in|at Ask DET? DIST -> Head('dist', asked=True)
Head: LIST WHERE -> Head('where')
Head: HOW ADJ DET? GAP|SPACE -> Head('gap')
Head: Ask? DET? SIZE SEP SIZE SEP? -> Head('size')
Head: Ask? DET? v:DIM SEP SIZE SEP? -> Head('dim', v)
Clause: a:Item* Ask? DET? x:AXIS h:Head b:Item* -> _along(a, ('axis', x), h, b)
Clause: a:Item* Ask? DET? x:CENTERS h:Head b:Item* -> _along(a, ('centers', x), h, b)
Clause: a:Item* Ask? DET? x:SURFACES h:Head b:Item* -> _along(a, ('surfaces', x), h, b)
Clause: COMPARE r:Refs v:DIM|SizeOf|DistOf -> build(Head('difference', v), (('', r),))
Clause: MUCH m:Ref c:Related -> build(Head('dist'), (('', ((m,), '')), ('side', c)))
Clause: Ask? DET? RATIO of? DET? p:Quantity of m:Ref TO DET? q:Quantity of n:Ref
    -> _ratio_of(p, m, q, n)
Clause: Ask? DET? RATIO of? m:Ref 's p:Quantity TO n:Ref 's q:Quantity -> _ratio_of(p, m, q, n)
Clause: a:Item* RankHead b:Item* in RANK of way:Way q:Quantity c:Item*
    -> build(Head('rank', (by_quantity(q, way), None)), (*a, *b, *c))
Clause: WHAT|WHICH n:Noun? side:FRONT
    -> Describe() if side == 'in_front_of' and n is None else None
Clause: RATIO m:Ref o:Cmp THAN|RELATIVE n:Ref
    -> build(Head('ratio', o), (('', ((m,), '')), ('than', ((n,), ''))))
Clause: MUCH|UNITASK m:Ref o:OrderTo THAN|RELATIVE n:Ref
    -> None if o[1] else build(Head('more', o[0]), (('', ((m,), '')), ('than', ((n,), ''))))
Item: a:Ref TO b:Ref -> ('pair', ((a, b), '')) @1
Item: more:GREATER -> ('order', (Order(Attribute.VOLUME, more), False))
Head: EITHER s:Sides
Head: MUCH|UNITASK o:OrderTo -> None if o[1] else Head('more', o[0])
Head: HOW MUCH? adj:ADJ o:Cmp -> Head('more', o) if adj == (_A, True) else None
Head: Ask? DET? DIFFERENCE in|of? DET? v:DIM|SizeOf|DistOf -> Head('difference', v)
Head: Ask? DET? v:DIM|SizeOf|DistOf DIFFERENCE -> Head('difference', v)
Head: COMPARE DET? v:DIM|SizeOf|DistOf -> Head('difference', v)
SizeOf: SIZE -> Attribute.VOLUME
DistOf: DIST -> Attribute.DISTANCE
Head: RATIO o:Cmp -> Head('ratio', o)
Head: Ask? DET? RATIO of? DET? v:DIM|SizeOf|DistOf -> Head('ratio', Order(v, True))
Head: RATIO EQUALLY? adj:ADJ AWAY? EQUALLY? -> Head('ratio', Order(*adj))
Head: o:Order ONE? -> Head('order', (o, 1))
Head: o:OrderAnchored ONE? SEP? -> Head('order', (o, 1))
Head: DET ONE o:OrderAnchored -> Head('order', (o, 1)) @-2
Head: DET? n:ORDINAL o:Sup ONE? -> Head('order', ((o, True), n))
Head: DET? n:ORDINAL o:OrderAnchored -> Head('order', (o, n)) if o[1] else None
Head: DET? n:ORDINAL FROM|at s:LR -> Head('order', ((SIDE_ORDERS[s], True), n))
OrderAnchored: o:Order TO|FROM|RELATIVE m:Ref -> _anchor(o, m)
OrderAnchored: o:Order m:Definite -> _anchor(o, m) @-1
Head: h:EitherOrder
EitherOrder: a:Cmp OR b:Cmp -> either_order(a, b)
Head: h:Ranking
Ends: TO|FROM? a:Extent TO b:Extent -> ends(a, b)
Ends: starting with|at DET? a:Extent
Ends: a:Extent FIRST
Ends: FROM|Starting a:LR TO b:LR -> SIDE_ORDERS[a] if a != b else None
Ends: a:LR TO b:LR -> SIDE_ORDERS[a] if a != b else None
Starting: f:FROM
Ends: FROM? a:FRONT TO b:FRONT -> Order(_A, a == 'behind') if a != b else None
Ends: FROM? top TO bottom -> Order(Attribute.UP, True)
Ends: FROM? bottom TO top -> Order(Attribute.UP)
Ends: FROM? top UPDOWN -> Order(Attribute.UP, True)
Ends: FROM? bottom UPDOWN -> Order(Attribute.UP)
Extent: adj:ADJ ONE|THING|AWAY? -> Order(*adj)
Extent: o:Cmp|Sup ONE|THING|AWAY?
Way: ASCENDING
Way: DESCENDING -> False
ByQuantity: by q:Quantity
ByQuantity: in DET? RANK of q:Quantity
ByQuantity: in TO? q:Quantity
ByQuantity: after|Considering DET? q:Quantity
Considering: according TO
ByQuantity: by how adj:ADJ -> Attribute.HEIGHT if adj[0] is Attribute.UP else adj[0]
Ranking: Ranked o:Ends -> Head('rank', (o, None))
Ranking: o:Ends -> Head('rank', (o, None))
Ranked: Ask? DET? RANK in? RANK?
RankHead: Ranked
# Several heads of one kind of object
Heads: HOW|UNITASK a:ADJ SEP? AND b:ADJ
    -> Head('several', (how(a), how(b))) if how(a) and how(b) else None
Heads: a:Head SEP? AND b:Head -> Head('several', (a, b))
Heads: a:Head SEP b:Head SEP d:Head
    -> Head('several', (a, b, d)) if {(h.kind, h.value) for h in (a, b, d)} == _ALL_SIDES else
        None
Heads: a:Head SEP b:Head SEP? AND d:Head -> Head('several', (a, b, d))
Sides: a:Offered b:OtherSide more:OtherSide* -> sides(a, (b, *more))
OtherSide: SEP? OR DET? side:Offered
OtherSide: SEP DET? side:Offered
Offered: Toward? MINE? side:LR
Offered: QUALIFIER? side:SIDE|FRONT|CORNER of?
Offered: Toward? MINE? side:CORNER
# Phrases beside a head
Item: r:Refs -> ('', r)
Item: SEP r:Refs -> ('', r) @1
Item: of|AMONG r:Refs -> ('of', r)
Item: r:Refs 's -> ('of', r)
Item: FROM r:Refs -> ('from', r)
Item: TO r:Refs -> ('to', r)
Item: THAN of? r:Refs 's? -> ('than', r)
Item: RELATIVE of? r:Refs -> ('relative', r)
Item: BETWEEN r:Refs -> ('between', r)
Item: AMONG r:Refs -> ('between', r) @1
Item: a:AXIS -> ('axis', a)
Item: in|along|Considering? DET? a:AXIS DIRECTION -> ('axis', a)
Item: APART -> ('apart', True)
Item: AWAY FROM? THESE -> ('apart', True)
Item: MUTUAL -> ('mutual', True)
Item: SURFACES -> ('surfaces', True)
Item: CENTERS of? -> ('centers', True)
Item: c:Related -> ('side', c)
Item: Toward? side:LR -> ('side', RelationTo(side, CAMERA)) @4
Item: Toward? MINE side:LR -> ('side', RelationTo(side, CAMERA))
Item: side:FRONT of? CAM? -> ('side', RelationTo(side, CAMERA))
Item: s:Sides -> ('sides', s.value)
Item: b:Over -> ('limit', b)
Item: o:Order -> ('order', o)
Item: w:Which -> ('which', w)
Wide: with? DET? DIM? of? b:Bound ADJ? Who?
    -> Limit(_A, b.operator, b.value) if b.upper is None else None
Wide: YESNO? Who with|THAT? DET? DIM? of? b:Bound ADJ?
    -> Limit(_A, b.operator, b.value) if b.upper is None else None
Who: Det? CAM|NAME|UNKNOWN|ANYTHING|THING
Item: TO|MUST|CAM MUST|CAM? TRAVEL TO? -> ('travel', True)
Item: GETS -> ('travel', True)
Which: LIST? WHICH|WHAT ONE? THESE?
Which: WHICH PIXEL
Which: WHICH|WHAT m:Noun
Which: WHICH ONE? of|AMONG THESE
Which: LIST m:Noun
Which: LIST
# Frames
Clause: a:Item* b:Head c:Item* -> clause(a, b, c)
Clause: a:Item* b:Heads c:Item* -> clause(a, b, c)
Clause: a:Item* RankHead b:Item* q:ByQuantity c:Item* way:Way? d:Item*
    -> build(Head('rank', (by_quantity(q, way), None)), (*a, *b, *c, *d))
Clause: a:Item* RankHead b:Item* q:ByQuantity c:Item* SEP? e:Ends d:Item*
    -> _ranked_by(q, e, (*a, *b, *c, *d))
Clause: a:Item* RankHead b:Item* e:Ends c:Item* -> build(Head('rank', (e, None)), (*a, *b, *c))
Clause: q:ByQuantity RankHead a:Item* way:Way?
    -> build(Head('rank', (by_quantity(q, way), None)), a)
Clause: LIST r:Refs q:ByQuantity way:Way? more:Item*
    -> build(Head('rank', (by_quantity(q, way), None)), (('', r), *more))
Clause: LIST r:Refs by? way:Way of? q:Quantity more:Item*
    -> build(Head('rank', (by_quantity(q, way), None)), (('', r), *more))
Clause: YESNO? DET? POS of m:Ref c:Comparison -> holds(m, c)
Clause: LIST r:Refs q:ByQuantity e:Ends -> _ranked_by(q, e, (('', r),))
Clause: e:Ends SEP? LIST r:Refs -> build(Head('rank', (e, None)), (('', r),))
Clause: LIST r:Refs e:Ends -> build(Head('rank', (e, None)), (('', r),))
# Yes or no
Clause: YESNO m:Ref c:Condition -> holds(m, c)
Clause: m:Ref c:Condition -> None if m.kind is Kind.ANY and (not m.selector) else holds(m, c)
Clause: ANYTHING c:Condition -> exists(ANY, c)
Clause: ANYTHING v:Viewed -> exists(ANY, RelationTo(v[0], CAMERA))
Clause: c:Condition m:Ref -> holds(m, c) @3
Clause: YESNO? DET? NONE DET? m:Noun c:Condition
    -> _none(replace(m, plural=m.kind is not Kind.CAMERA), c)
Clause: YESNO? NEITHER DET? m:Noun c:Condition
    -> _none(replace(m, plural=m.kind is not Kind.CAMERA), c)
Clause: YESNO? EXIST m:Noun -> exists(m)
Clause: YESNO? EXIST m:Noun c:Condition -> exists(m, c)
Clause: YESNO? m:Noun EXIST -> exists(m)
Clause: YESNO EXIST v:Viewed m:Noun -> exists(m, RelationTo(v[0], CAMERA))
Clause: YESNO? EXIST m:Noun v:Viewed -> exists(m, RelationTo(v[0], CAMERA))
Clause: YESNO? m:Ref v:Viewed -> holds(m, RelationTo(v[0], CAMERA))
Clause: YESNO m:Ref side:FRONT -> holds(m, RelationTo(side, CAMERA))
Clause: YESNO? m:Ref n:NOT? DET? o:Sup -> None if n else extremal(m, (o, True), None)
Clause: YESNO m:Ref DET? o:Sup ONE|THING? -> extremal(m, (o, True), None)
Clause: m:Ref DET o:Sup ONE|THING? -> extremal(m, (o, True), None)
Clause: YESNO m:Ref DET? o:Sup kind:Noun -> extremal(m, (o, True), kind)
Clause: m:Ref DET o:Sup kind:Noun -> extremal(m, (o, True), kind)
Clause: YESNO m:Ref DET? o:Sup ONE? of kind:Noun
    -> extremal(m, (o, True), kind) if kind.many else None
Clause: HOW DET? v:DIM|SizeOf|DistOf of m:Ref COMPARE TO|with of? n:Ref
    -> build(Head('difference', v), (('', ((m, n), '')),))
Clause: HOW r:Refs COMPARE in v:Quantity -> build(Head('difference', v), (('', r),))
Clause: YESNO a:Noun b:Definite
    -> extremal(b, (a.selector, True), replace(a, selector=None)) if a.selector and a.rank ==
        1 and (not a.condition) else None
Clause: YESNO? m:Ref o:OrderAnchored -> extremal(m, o, None)
Clause: YESNO? r:Refs side:SIDE APART|MUTUAL|THESE? -> mutual(r, side)
Clause: YESNO? r:Refs b:Bound APART -> apart(r, b)
Clause: YESNO? r:Refs o:Cmp THAN v:LENGTH TO|APART APART?
    -> apart(r, Bound('>' if o.descending else '<', v)) if o.attribute is Attribute.DISTANCE
        else None
Clause: YESNO? e:EXIST? b:Bound of? SPACE|GAP? for? BETWEEN r:Refs
    -> apart(r, b, True, e is not None)
Clause: YESNO? e:EXIST? SPACE|GAP of|for? b:Bound BETWEEN r:Refs
    -> apart(r, b, True, e is not None)
Clause: YESNO? SPACE|GAP BETWEEN r:Refs b:Bound -> apart(r, b, True)
Clause: YESNO? GAP BETWEEN r:Refs o:Cmp THAN v:LENGTH
    -> apart(r, Bound('>' if o.descending else '<', v), True)
Clause: YESNO? m:Ref o:Cmp OR n:Ref -> None if CAMERA in (m, n) else Extreme(o, (m, n))
Clause: YESNO? b:Bound FROM m:Ref TO n:Ref
    -> None if CAMERA in (m, n) else holds(n, within(b, Attribute.DISTANCE, m))
Clause: YESNO? r:Refs o:Cmp APART THAN v:LENGTH
    -> apart(r, Bound('>' if o.descending else '<', v)) if o.attribute is Attribute.DISTANCE
        else None
Clause: WHICH|WHAT|LIST? m:Noun AMONG|THESE? SEP? r:Several -> _one_of_these(m, r)
Clause: e:Ends SEP? RankHead items:Item* -> build(Head('rank', (e, None)), items)
Clause: YESNO? m:Ref o:Cmp TO|FROM? r:Several -> closer_of(m, (o, False), r)
Clause: YESNO? m:Ref o:Cmp TO|FROM a:Ref OR TO|FROM b:Ref
    -> closer_of(m, (o, False), ((a, b), 'or'))
Clause: WHICH Noun? YESNO? m:Ref o:Cmp TO SEP r:Several -> closer_of(m, (o, False), r)
Clause: YESNO? m:Ref h:EitherOrder THAN|RELATIVE n:Ref
    -> build(h, (('', ((m,), '')), ('than', ((n,), ''))))
Clause: RELATIVE n:Ref SEP? YESNO? m:Ref h:EitherOrder
    -> build(h, (('', ((m,), '')), ('than', ((n,), ''))))
Clause: RELATIVE n:Ref SEP? YESNO? m:Ref a:Cmp TO CAM OR b:Cmp FROM|TO CAM
    -> (h := either_order(a, b)) and build(h, (('', ((m,), '')), ('than', ((n,), ''))))
Clause: YESNO? r:Refs at|of? DET? SAME q:Quantity -> equal(r, q)
Clause: YESNO? r:Refs EQUALLY adj:ADJ AWAY?
    -> equal(r, Attribute.HEIGHT if adj[0] is Attribute.UP else adj[0])
# Counts
Many: WHAT|LIST? DET? MANY
Clause: Many n:Noun EXIST? -> count(n)
Clause: Many n:Noun EXIST? c:Condition -> count(n, c)
Clause: Many c:Condition -> count(ANY, c)
Clause: Many n:Noun EXIST? v:Viewed -> count(n, RelationTo(v[0], CAMERA))
Clause: n:Noun SEP? MANY -> count(n)
Clause: EXIST MANY n:Noun -> count(n)
Counted: only -> '='
Counted: more:MORE -> '>' if more else '<'
Counted: op:LIMIT THAN?
Clause: YESNO? EXIST? more:MORE a:Noun THAN b:Noun -> counted('>' if more else '<', a, b)
Clause: YESNO? EXIST? EQUALLY many a:Noun EQUALLY b:Noun -> counted('=', a, b)
Clause: YESNO? EXIST? SAME MANY a:Noun EQUALLY|AND b:Noun -> counted('=', a, b)
Clause: YESNO? EXIST? op:Counted n:NUMBER m:Noun EXIST? -> counted(op, m, n)
Clause: YESNO? EXIST? op:Counted n:NUMBER m:Noun c:Condition -> counted(op, m, n, c)
Clause: YESNO? EXIST n:NUMBER m:Noun -> counted('=', m, n) if n > 1 else None
Clause: YESNO? EXIST n:NUMBER m:Noun c:Condition -> counted('=', m, n, c) if n > 1 else None
# Which ones
Clause: LIST? WHAT|WHICH AROUND r:Refs -> select(ANY, relation(None, 'near', r)) @-1
Clause: LIST? WHAT|WHICH c:Condition -> beside(c)
Clause: WHICH|WHAT ONE? of|AMONG n:Noun c:Condition -> select(n, c)
Clause: LIST? WHICH|WHAT|LIST n:Noun c:Condition -> select(n, c)
Clause: WHAT|WHICH|LIST n:Noun -> thing(n)
Clause: n:Noun -> thing(n) if n.selector else None @1
Clause: EVERYTHING a:After -> _things(a)
Clause: d:DET? THING a:After -> _things(a) if d != 'any' else None
Clause: THING c:Condition -> select(ANY, c)
Clause: WHAT|WHICH n:Noun? EXIST? v:Viewed
    -> select(n or ANY, RelationTo(v[0], CAMERA)) if n is None or v[1] or n.kind is Kind.ANY
        else None
Clause: LIST? n:Noun v:Viewed
    -> select(n, RelationTo(v[0], CAMERA)) if n.kind is Kind.ANY else None
Clause: WHAT EXIST c:Condition -> select(ANY, c)
Clause: c:Condition SEP? WHAT|WHICH n:Noun? -> select(n or ANY, c)
Clause: c:Condition SEP? MANY n:Noun -> count(n, c)
Clause: WHICH n:Noun? v:Viewed SEP? r:Several? -> by_side(v[0], n or True, r)
Clause: WHICH n:Noun side:FRONT -> by_side(side, n, None)
Clause: WHICH n:Noun? side:Side SEP? r:Several -> by_side(side, n or True, r)
Clause: WHICH ONE? of|AMONG r:Refs v:Viewed -> by_side(v[0], True, r)
Clause: BETWEEN|AMONG r:Several SEP? WHICH n:Noun? ONE? v:Viewed -> by_side(v[0], n or True, r)
Clause: BETWEEN|AMONG r:Several SEP? WHICH ONE? side:Side -> by_side(side, True, r)
Clause: r:Several SEP? WHICH ONE? v:Viewed -> by_side(v[0], True, r)
Clause: m:Ref side:SIDE WHAT|WHICH n:Noun? -> select(n or ANY, converse(m, side))
Clause: m:Ref Toward? side:LR|FRONT of WHAT|WHICH n:Noun? -> select(n or ANY, converse(m, side))
Clause: WHAT|WHICH n:Noun? m:Ref side:SIDE
    -> select(n or ANY, converse(m, side)) if not m.many else None
Clause: WHAT|WHICH n:Noun? m:Ref Toward? side:LR|FRONT of
    -> select(n or ANY, converse(m, side)) if not m.many else None
Clause: WHAT m:Ref CONTAINS -> select(ANY, RelationTo('inside', m)) if not m.many else None
# The first of an order, and several of them
Clause: WHAT|WHICH|LIST? DET? n:NUMBER o:Sup m:Noun -> top(n, o, m)
Clause: WHAT|WHICH|LIST? DET? n:NUMBER m:Core o:Order|OrderAnchored
    -> top(n, o[0], m) if o[1] else None
Clause: WHAT|WHICH|LIST? DET? o:Sup n:NUMBER m:Noun -> top(n, o, m)
Clause: n:Noun YESNO? WHICH|WHAT ONE? -> one_of(n)
# Sizes of gaps
Clause: p:Passing more:Passing* -> build(Head('pass'), (p, *more))
Passing: TO? PASS|SPACE|GAP -> ('pass', True)
Passing: BETWEEN r:Refs -> ('between', r)
Passing: for? w:Wide -> ('wide', w)
Passing: CAN|EXIST|CAM -> ('who', True)
Passing: for? Who -> ('who', True) @1
# Ways to go, and where to turn
Clause: GO m:Noun -> approach(m)
Clause: STOP b:Bound SHORT_OF m:Noun -> approach(m, b.value) if b.operator == '=' else None
Clause: get|come within v:LENGTH of m:Noun -> approach(m, v)
Clause: GO within? v:LENGTH of m:Noun -> approach(m, v)
Clause: GO m:Noun AND STOP b:Bound SHORT_OF ITSELF
    -> approach(m, b.value) if b.operator == '=' else None
Turning: TURN
Turning: in? Ask? DET? DIRECTION|RELATION? MUST? TURN
Turning: BEARING|MUCH|HOW? ADJ? MUST? TURN
Turning: YESNO? MUST? TURN TurnSides
Turning: BEARING TurnSides? MUST? TURN?
TurnSides: a:LR OR b:LR -> True if a != b else None
TurnSides: Toward? LR @2
Clause: Turning TurnTo m:Ref -> turning(m)
Clause: TurnTo m:Ref SEP? Turning -> turning(m)
Clause: Turning AND? TurnTo m:Ref TurnSides? -> turning(m)
Clause: FACE m:Ref -> turning(m)
Clause: TURN TO m:Ref SEP? BEARING -> turning(m)
TurnTo: TO|FACE|at
TurnTo: TO? CAM? FACE
TurnTo: TO? TURN at|TO
TurnTo: TO see|find
Clause: YESNO? MUST? TURN a:UPDOWN OR b:UPDOWN TurnTo r:Ref -> tilting(r) if a != b else None
# Which way something faces
Faced: CAM|Noun|Sides|Viewed
Clause: Ask? DET? DIRECTION|RELATION? of? m:Noun FACE Faced? -> facing(m)
Clause: Ask DET? RELATION of m:Noun FACE CAM -> facing(m)
Clause: RELATION of m:Noun FACE CAM -> facing(m)
Clause: YESNO m:Noun FACE Faced -> facing(m)
Clause: WHAT m:Noun FACE -> facing(m)
Clause: Ask? DET? orientation of m:Noun -> facing(m)
# Pixels
Clause: w:WHAT|WHICH|EXIST? Noun? at|on|in? p:COORDINATES -> PixelContents(p) if w else None
Clause: WHAT|WHICH THING? at|on|in? DET? PIXEL at|in? c:COORDINATES -> PixelContents(c)
Clause: DESCRIBE|WHERE|LIST DET? THING at|on|in DET? PIXEL? at? w:COORDINATES -> PixelContents(w)
Clause: Ask DET? THING DET? PIXEL c:COORDINATES TO? -> PixelContents(c)
# What there is
Clause: WHICH ONE? statement|description|sentence|claim? THESE? TRUE -> Describe()
Clause: SEEING -> Describe()
Clause: d:DESCRIBE? DET? SCENE -> Describe() if d else None
Clause: DESCRIBE -> Describe()
Clause: DESCRIBE|LIST SEEING -> Describe()
Clause: WHAT|WHICH n:Noun? EXIST
    -> Describe() if n is None or (n.kind is Kind.ANY and (not n.condition) and (not
        n.selector)) else None
Clause: WHAT|WHICH|LIST in|on|inside? DET? SCENE -> Describe()
Clause: LIST|DESCRIBE|WHAT n:Noun -> listed(n)
Clause: l:LIST? w:WHAT|WHICH? n:Noun EXIST -> listed(n) if w or l else None
Clause: LIST WHAT EXIST -> Describe()
Clause: DESCRIBE r:Refs -> summary(r)
Clause: WHAT IS r:Refs -> summary(r) @2
Clause: LIST m:Noun
    -> summary(((m,), '')) if m.kind is Kind.OBJECT and m.selector is None else None @2
"""

_ASIDES = """
Aside: u:UNIT -> ('unit', u)
Aside: f:FRAME -> ('frame', f)
Aside: TRUE -> ()
Aside: Prep Picture -> () @1
Aside: Prep Picture 's VIEWPOINT -> ()
Aside: FROM DET? ADJECTIVE ADJECTIVE? VIEWPOINT -> ()
Aside: Prep? Picture only -> ()
Prep: p:in|on|FROM|within|inside|at|with|using|given|considering|considered|per|through|of|about
Prep: b:based on|upon
Prep: b:according|looking|judging TO|at|by|FROM
Prep: TURN? a:at
Prep: t:look|looking|examine|inspect|observe|consider|study at?
Picture: DET? DEPICTED* s:SCENE DEPICTED*
Picture: DET? DEPICTED* SCENE Prep DET? DEPICTED* SCENE
Aside: Consider Layout o:LayoutOf? SEP? -> o or ()
Consider: c:considering|consider|given|regarding|concerning|estimate|using
Consider: b:based on
Consider: t:Taking into account|consideration
Taking: t:taking|take
Consider: l:look|looking at
Layout: DET? w:LAYOUT LAYOUT*
LayoutOf: of|between|among|in DET? THING|Picture -> ()
LayoutOf: of|between|among DET? THING Prep Picture -> ()
LayoutOf: of|between|among r:Refs -> ('topic', r[0])
LayoutOf: of|between|among r:Refs Prep Picture -> ('topic', r[0])
# Whose left and right is meant
Aside: v:Viewing
Viewing: FROM? CAM VIEWPOINT -> view(CAMERA)
Viewing: FROM|in|at? m:Ref 's VIEWPOINT -> view(m)
Viewing: FROM|in|at? m:Ref 's VIEWPOINT SEP? FACE to:Ref -> view(m, to)
Viewing: FROM|in|at DET? VIEWPOINT of m:Ref -> view(m)
Viewing: FROM|in|at DET? VIEWPOINT of m:Ref SEP? FACE to:Ref -> view(m, to)
Viewing: FROM DET? VIEWPOINT -> view(CAMERA) @3
Viewing: SEEN m:Ref -> view(m)
Viewing: SEEN m:Ref SEP? AND? FACE to:Ref -> view(m, to)
Viewing: Standing m:Ref SEP? AND? CAM? FACE to:Ref -> view(m, to)
Viewing: Standing m:Ref SEP? -> view(m) @2
Standing: YESNO? CAM? AT_PLACE
Viewing: FROM WHERE m:Noun SEP? FACE to:Ref -> view(m, to)
Viewing: YESNO? CAM? FACE to:Ref FROM m:Ref -> view(m, to)
Viewing: FROM m:Noun SEP? FACE to:Ref -> view(m, to)
"""

_TEXTS = """
Text: c:Clause
Text: AND c:Clause
Text: a:Clause b:Text2 -> several(a, b) @1
Text2: SEP? AND SEP? c:Clause
Text2: SEP c:Clause -> c if speaks_of_it(c) else None
Text: THERE r:Several SEP AND? c:Clause -> about_several(r, c) @1
Text: THERE m:Noun SEP AND? c:Clause -> about(m, c) @1
Text: m:Noun SEP c:Clause -> about(m, c) if speaks_of_it(c) else None @1
# What continues the question before, and what an option offers
OfferedSide: CAM|ITSELF? side:Offered Ref? -> side if isinstance(side, tuple) else (side,)
OfferedSide: side:UPDOWN -> (side,)
OfferedPixel: DET? PIXEL? at? m:COORDINATES
Fragment: AND? m:Ref -> ('', m)
Fragment: AND? FROM m:Ref -> ('from', m)
Fragment: AND? TO m:Ref -> ('to', m)
Fragment: HOW|AND? about m:Ref -> ('', m)
Fragment: AND? DESCRIBE m:Ref -> ('', m)
"""

_NAMES = {
    name: value
    for module in (terms, forms, relation_forms, nouns, conditions, clauses, together)
    for name, value in vars(module).items()
}
_TABLES = (nouns.TABLE, conditions.TABLE, _QUESTIONS, _ASIDES, _TEXTS)
GRAMMAR = Grammar(rule for table in _TABLES for rule in rules(table, _NAMES))
