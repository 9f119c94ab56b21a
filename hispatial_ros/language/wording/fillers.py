"""Wordings that say nothing, dropped wherever they stand."""

SKIP = "SKIP"

PHRASES = {
    (SKIP, "politeness"): """
        (hi|hello|hey|good) (there|everyone|morning|afternoon|evening)
        (thanks|thank you|thx) [a lot|very much|so much] [in advance]
        please | pls | plz | kindly | thanks | thx | cheers | thank you | be so kind | for me
        hey | hi | hello | yo | dear | hmm | um | uh | ok | okay | alright | so | well | next
        again | also | sir | mate | buddy | hispatial | if (possible|you can|you could)
        [would|do] [you] mind | [mind] (telling|giving|showing|letting) (me|us) [know]
        [quick|next] question | do me favor | any chance | help [me] [to] [out]
    """,
    (SKIP, "asking to be told"): """
        (can|could|would|will) you [please] (tell|give|show|help|say|let|estimate|measure|provide|
            report|compute|calculate|determine|check|state|explain|specify|indicate|inform)
            [us|me] [know]
        (can|could|would|will) you [please] (figure|find|work) out
        (can|could|may|might) (i|we) (ask|know|get|have) | can (anyone|someone) tell
        (i|we) (want|need|wish|like|would like|would love) [to] [know|find out|learn|see|understand|
            determine|measure|estimate|ask]
        [i|we] (need|want) to know | [i|we] (wonder|was wondering)
        [i am|we are] (wondering|looking for|interested in|curious about|curious|after)
        [i am|we are] trying to (find|know|see|figure out|work out|measure|get)
        do you (know|think|reckon|believe|have any idea) | [got|have] any idea | know
        (tell|give|report|provide|state|say|specify|get|hand|share) [to] [me|us] [with|about]
        (me|us) know | let us know | (find|figure|work) out | look up | read out | report back
        [have|take] (look|looks) | your best (guess|estimate)
        estimate | measure | compute | calculate | determine | evaluate | assess | gauge | obtain
        get | predict | output | return | print | answer | indicate | quantify | infer | deduce
        guess | express | expressed
        would you (say|estimate|guess|judge|consider|describe|call) | do you (say|guess|estimate)
        (measurement|estimate|estimation|value|reading|figure|information|idea) [of|for|on]
        (rough|quick|good|precise|accurate|approximate) (estimate|estimation|idea|guess) [of|for]
        in your (view|judgement|opinion|estimate|estimation)
    """,
    (SKIP, "how exactly"): """
        exactly | precisely | about | around | roughly | approximately | approx | circa | nearly
        almost | maybe | perhaps | possibly | likely | actually | really | just | simply | basically
        clearly | slightly | significantly | quite | much | even | still | already | only | else
        specifically | respectively | quickly | visually | spatially | physically | estimated
        approximate | exact | precise | actual | metric | measured | total | overall | absolute
        physical | apparent | perceived | respective | individual | particular | certain | specific
        same | direct | linear | euclidean | given | current | straight line | as crow flies
        real world | more or less | or so | give or take | bit | in total | altogether
        as accurately as possible
    """,
    (SKIP, "now and here"): """
        now | currently | presently | today | (right|just) now | at (moment|present) | this time
        anywhere | somewhere | [over|out|in|around] there | (over|out|in|around) here
    """,
    (SKIP, "being somewhere, as every object is"): """
        located | positioned | placed | situated | found | lying | lie | lies | sitting | sit | sits
        standing | stand | stands | stood | sat | seated | resting | rest | rests | stay | stays
        stationed
        hanging | hangs | mounted | parked | kept | come | comes | fall | falls | reside
        belong [to] | belongs [to] | (appear|appears|seem|seems) [to (be|have|lie|sit|stand|belong)]
        lined up | (be|being) found | (considered|deemed|said|believed) [to be] | to (be|have)
        measures | extend | extends | extending | stretch | stretches | stretching | spans
        spanning | reaches | (take|takes|taking|taken) up | occupy | occupies | occupied | occupying
        called | named | they (are|is) | pointing | leading | that points | (that|those) of | it
        in question | of interest | there (is|are|exists)
    """,
    (SKIP, "the picture itself"): """
        in (this|your|my|the) [given|current|provided] (scene|image|picture|photo|view|room|frame|
            shot|field of view|camera view|camera image) [provided|given|shown]
        (on|in) (screen|view|sight) | from [this] (image|picture|depth) | using depth
        (that|which|as) [i|we|you] [can] see | (i|we|you) (can see|see here)
        in (real life|reality|real world|world|3d|3d space|space|three dimensions)
        (according to|based on|judging from) [this] (image|depth|picture|scene)
        (these|this) (are|is) (frames|images|picture|image|photo) of [video|scene|room]
        looking at [this] (scene|image|picture|photo)
        (highlighted|marked|outlined|indicated) (by|with|in)
            (red|green|blue|yellow|purple|magenta) [bounding] (box|rectangle|outline)
        detected | shown | seen | known | labelled | labeled
    """,
    (SKIP, "how to answer"): """
        (select|choose|pick) [one] from [following] (choices|options|answers)
        answer [with] [option] [number|letter|word] | answer [with] yes or no | following
        options | choices
    """,
    (SKIP, "having to"): """
        (i|we|you|one|someone|it) (would|will) (have|need) to
        (would|do|must|should) (i|we|you|one|it) (have|need) to
        (have|need|needed|required) to | (i|we) can not (see|find|spot|locate)
    """,
    (SKIP, "function words"): """
        as | such | for | though | considering | (i|we) am | (am|are) (i|we|you) | (you|we) are
        way | along
    """,
}
