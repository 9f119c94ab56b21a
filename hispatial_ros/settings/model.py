"""Parameters of the vision-language model and of the detector."""

from dataclasses import dataclass

from hispatial_ros.settings.parameter import parameter


@dataclass(frozen=True)
class ModelSettings:
    """The vision-language model."""

    checkpoint: str = parameter(
        "",
        "Folder or hub id of the vision-language model; empty: none, only measurements answer. "
        "The released one is lhzzzzzy/HiSpatial-3B.",
        read_only=True,
    )
    revision: str = parameter("main", "Commit, tag or branch on the hub.", read_only=True)
    device: str = parameter(
        "auto",
        "Where the model runs: auto (cuda if there is one), cpu, cuda or cuda:1.",
        read_only=True,
    )
    dtype: str = parameter(
        "auto",
        "Number format of the model: auto (bf16 on cuda, else fp32), fp32, bf16, fp16, or fp8 "
        "(bf16 with layers in eight bits).",
        choices=("auto", "fp32", "bf16", "fp16", "fp8"),
        read_only=True,
    )
    attn_implementation: str = parameter(
        "sdpa",
        "How attention is computed: sdpa (fused) or eager (step by step).",
        choices=("sdpa", "eager"),
        read_only=True,
    )
    compile: bool = parameter(
        False,
        "Compile decoding on a GPU, while questions are answered without, and use that if it "
        "turns out faster.",
        read_only=True,
    )
    max_batch: int = parameter(
        4,
        "Questions the model answers at a time; each takes memory for its context.",
        within=(1, 256),
        read_only=True,
    )
    max_prompt_tokens: int = parameter(
        256, "Longest question, beside the image [tokens].", within=(16, 4096), read_only=True
    )
    max_new_tokens: int = parameter(
        100, "Longest answer of the model [tokens].", within=(1, 4096), read_only=True
    )
    max_reasoning_tokens: int = parameter(
        512,
        "Longest step-by-step answer of the model, as Level 3 questions get [tokens].",
        within=(1, 4096),
        read_only=True,
    )
    prefer: str = parameter(
        "auto",
        "Whose text the answer carries where both model and measurement have one: measured, "
        "model, or auto (measured for Levels 0 to 2 where its interval is tight, else model).",
        choices=("auto", "measured", "model"),
    )
    tight: float = parameter(
        0.1,
        "A measurement is tight if its 95 % interval is within this part of the value.",
        within=(0.0, 1.0),
    )
    relative_stddev: float = parameter(
        0.1,
        "Standard deviation that numbers of the model are taken to have, as part of the value; "
        "decides whether it agrees with the measurement.",
        within=(0.0, 1.0),
    )
    locate: bool = parameter(
        True,
        "Let the model point out objects that a question names and no region covers.",
        read_only=True,
    )
    hang_timeout: float = parameter(
        20.0,
        "The model process is restarted after that much silence while it answers [s].",
        within=(0.1, 3600.0),
        read_only=True,
    )
    load_timeout: float = parameter(
        900.0, "The same while it loads and warms up [s].", within=(1.0, 86400.0), read_only=True
    )


BUILTIN = "builtin"  # value of detector.model


@dataclass(frozen=True)
class DetectorSettings:
    """The object detector."""

    model: str = parameter(
        BUILTIN,
        "What finds objects that no region names. builtin: the package's own detector (COCO's 80 "
        "classes) looks at images for which neither the request nor a topic has regions. Folder "
        "or hub id of a zero-shot detection model (OWLv2, OWL-ViT, Grounding DINO): it is asked "
        "for what a question names and no region covers. Empty: none.",
        read_only=True,
    )
    rate: float = parameter(
        5.0,
        "Highest rate at which the built-in detector looks for watches and for the continuous "
        "topics [Hz]; for requests it looks as they come.",
        within=(0.01, 100.0),
    )
    revision: str = parameter("main", "Commit, tag or branch on the hub.", read_only=True)
    device: str = parameter(
        "auto",
        "Where the detector runs, as model.device. The built-in one: cpu (also with auto) or cuda.",
        read_only=True,
    )
    threads: int = parameter(
        0,
        "CPU threads of the built-in detector; 0: all cores.",
        within=(0, 1024),
        read_only=True,
    )
    dtype: str = parameter(
        "auto",
        "Number format of the detector: auto (fp16 on cuda, else fp32), fp32, bf16 or fp16.",
        choices=("auto", "fp32", "bf16", "fp16"),
        read_only=True,
    )
    threshold: float = parameter(
        0.0,
        "Detections with a lower score are ignored; 0: the detector's default, 0.4 of the built-in "
        "one and 0.2 of others.",
        within=(0.0, 1.0),
        read_only=True,
    )
    max_batch: int = parameter(
        4, "Images the detector looks at in one pass.", within=(1, 64), read_only=True
    )
