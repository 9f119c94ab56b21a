"""Parameters of the vision-language model and of the detector that helps it."""

from hispatial_ros.ros.parameters.parameter import Parameter

_DTYPES = ("auto", "fp32", "bf16", "fp16")

MODEL: tuple[Parameter, ...] = (
    Parameter(
        "model.checkpoint",
        "",
        "Folder or hub id of the vision-language model; empty: none, only measurements answer. "
        "The released one is lhzzzzzy/HiSpatial-3B.",
        read_only=True,
    ),
    Parameter("model.revision", "main", "Commit, tag or branch on the hub.", read_only=True),
    Parameter(
        "model.device",
        "auto",
        "Where the model runs: auto (cuda if there is one), cpu, cuda or cuda:1.",
        read_only=True,
    ),
    Parameter(
        "model.dtype",
        "auto",
        "Number format of the model: auto (bf16 on cuda, else fp32), fp32, bf16 or fp16.",
        choices=_DTYPES,
        read_only=True,
    ),
    Parameter(
        "model.attn_implementation",
        "sdpa",
        "How attention is computed: sdpa (fused) or eager (step by step).",
        choices=("sdpa", "eager"),
        read_only=True,
    ),
    Parameter(
        "model.max_batch",
        4,
        "Questions the model answers at a time; each takes memory for its context.",
        1,
        256,
        read_only=True,
    ),
    Parameter(
        "model.max_prompt_tokens",
        256,
        "Longest question, beside the image [tokens].",
        16,
        4096,
        read_only=True,
    ),
    Parameter(
        "model.max_new_tokens",
        100,
        "Longest answer of the model [tokens].",
        1,
        4096,
        read_only=True,
    ),
    Parameter(
        "model.max_reasoning_tokens",
        512,
        "Longest step-by-step answer of the model, as Level 3 questions get [tokens].",
        1,
        4096,
        read_only=True,
    ),
    Parameter(
        "model.prefer",
        "auto",
        "Whose text the answer carries where both model and measurement have one: measured, "
        "model, or auto (measured for Levels 0 to 2 where its interval is tight, else model).",
        choices=("auto", "measured", "model"),
    ),
    Parameter(
        "model.tight",
        0.1,
        "A measurement is tight if its 95 % interval is within this part of the value.",
        0.0,
        1.0,
    ),
    Parameter(
        "model.relative_stddev",
        0.1,
        "Standard deviation that numbers of the model are taken to have, as part of the value; "
        "decides whether it agrees with the measurement.",
        0.0,
        1.0,
    ),
    Parameter(
        "model.locate",
        True,
        "Let the model point out objects that a question names and no region covers.",
        read_only=True,
    ),
    Parameter(
        "model.hang_timeout",
        20.0,
        "The model process is restarted after that much silence while it answers [s].",
        0.1,
        3600.0,
        read_only=True,
    ),
    Parameter(
        "model.load_timeout",
        900.0,
        "The same while it loads and warms up [s].",
        1.0,
        86400.0,
        read_only=True,
    ),
)

DETECTOR: tuple[Parameter, ...] = (
    Parameter(
        "detector.model",
        "",
        "Folder or hub id of a zero-shot detection model (OWLv2, OWL-ViT, Grounding DINO) that "
        "finds objects which a question names and no region covers; empty: none.",
        read_only=True,
    ),
    Parameter("detector.revision", "main", "Commit, tag or branch on the hub.", read_only=True),
    Parameter(
        "detector.device", "auto", "Where the detector runs, as model.device.", read_only=True
    ),
    Parameter(
        "detector.dtype",
        "auto",
        "Number format of the detector: auto (fp16 on cuda, else fp32), fp32, bf16 or fp16.",
        choices=_DTYPES,
        read_only=True,
    ),
    Parameter(
        "detector.threshold",
        0.2,
        "Detections with a lower score are ignored.",
        0.0,
        1.0,
        read_only=True,
    ),
    Parameter(
        "detector.max_batch", 4, "Images the detector looks at in one pass.", 1, 64, read_only=True
    ),
)
