"""What is compiled: how often, where, when, and what happens if it fails or does not pay."""

import threading

import pytest
import tape
import torch
from torch._dynamo.testing import CompileCounter

from hispatial_ros.vlm import compiling, graphs, warm_up
from hispatial_ros.vlm.compiling import PLAIN, Parts, compiled_parts
from hispatial_ros.vlm.generate import Generator


@pytest.fixture(autouse=True)
def _nothing_compiled_before(monkeypatch, tmp_path):
    torch._dynamo.reset()
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        monkeypatch.setenv(name, "")  # to be taken back in the end, whatever is set meanwhile
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def counter(monkeypatch):
    """Compiles by keeping the code as it is, and counts."""
    counter = CompileCounter()
    parts = compiled_parts(counter)
    monkeypatch.setattr(warm_up, "compiled_parts", lambda: parts)
    return counter


@pytest.fixture
def faster(monkeypatch):
    """Compiled steps take less time than others, whatever the machine says."""
    times = iter([0.005, 0.003])
    monkeypatch.setattr(warm_up.WarmUp, "_time", lambda self, key: next(times))


def generator(model, rows=4, **options):
    return Generator(
        model, max_batch=rows, max_text=40, max_new_tokens=300, compiled=True, **options
    )


def answered(generator, questions):
    answers = generator.add(questions)
    while generator.under_way:
        generator.step()
    return [answer.tokens for answer in answers]


def test_two_compilations_for_each_number_of_rows_and_no_more(
    small, tapes, counter, faster, questions, alone
):
    """Whatever the number of layers (3), of lengths (2) and of decoders."""
    first = generator(small)
    first.warm_up.run()
    assert first.warm_up.compiled
    assert counter.frame_count == 2 * len([1, 2, 4])
    for start in range(0, len(questions), 4):
        assert answered(first, questions[start : start + 4]) == alone[start : start + 4]
    assert counter.frame_count == 6, "the warm-up had compiled all that answers need"


def test_a_second_decoder_compiles_nothing(small, tapes, counter, monkeypatch):
    monkeypatch.setattr(warm_up.WarmUp, "_time", lambda self, key: 1.0)
    for rows in (4, 2, 1):
        generator(small, rows).warm_up.run()
    assert counter.frame_count == 6


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_one_row_compiles_once_however_attention_is_computed(
    golden, tapes, counter, faster, attention
):
    """On a GPU single tokens attend product by product, as eager attention does here."""
    from hispatial_ros.vlm.checkpoint import load_model

    generator(load_model(golden / "small", attention=attention), rows=1).warm_up.run()
    assert counter.frame_count == 2


def test_number_of_layers_does_not_count(tiny, tapes, counter, faster):
    generator(tiny, rows=1).warm_up.run()
    assert tiny.config.text_config.num_hidden_layers == 4
    assert counter.frame_count == 2


def test_nothing_is_compiled_unless_asked_for(small, tapes, counter):
    Generator(small, max_batch=2, max_text=40).warm_up.run()
    assert counter.frame_count == 0


def test_answers_go_on_while_the_compiler_works(small, tapes, monkeypatch, questions, alone):
    go_on = threading.Event()

    def slow(function):
        def wait(*arguments):
            assert threading.current_thread().name == "compiling" or go_on.is_set()
            go_on.wait(60)
            return function(*arguments)

        return wait

    slow_parts = Parts(*map(slow, PLAIN))
    monkeypatch.setattr(warm_up, "compiled_parts", lambda: slow_parts)
    monkeypatch.setattr(
        warm_up.WarmUp, "_time", lambda self, key: 0.5 if self._decoder.step_parts is PLAIN else 0.1
    )
    running = generator(small)
    while running.warm_up.piece():
        pass
    assert not running.warm_up.finished
    assert running.graphed  # as it was recorded without the compiler
    assert answered(running, questions[:2]) == alone[:2]
    assert not running.warm_up.piece(), "nothing to do until it is compiled"
    go_on.set()
    running.warm_up.run()
    assert running.warm_up.finished
    assert running._decoder.step_parts is slow_parts
    assert answered(running, questions[:2]) == alone[:2]


def test_nothing_is_recorded_while_the_compiler_works(small, tapes, monkeypatch):
    """It waits for the whole device now and then, which would end a recording."""
    compilations = []

    def start(*arguments):
        assert running.warm_up.fraction == 1.0
        compilations.append(compiling.Compilation(*arguments))
        return compilations[0]

    def capture(*arguments):
        assert not any(each.under_way for each in compilations)
        return tape.capture(*arguments)

    monkeypatch.setattr(warm_up, "Compilation", start)
    monkeypatch.setattr(warm_up, "compiled_parts", lambda: PLAIN)
    monkeypatch.setattr(graphs, "capture", capture)
    running = generator(small)
    running.warm_up.run()
    assert compilations
    assert compilations[0].succeeded


def test_any_number_of_rows_can_be_compiled(small):
    """PyTorch gives up after eight sizes; 9 make 256 rows."""
    counter = CompileCounter()
    decoder = generator(small)._decoder
    inputs = [decoder.layer_inputs(1 << power) for power in range(9)]
    compilation = compiling.Compilation(compiled_parts(counter), inputs, torch.device("cpu"))
    compilation.wait()
    assert compilation.succeeded
    assert counter.frame_count == 2 * 9


def test_what_does_not_pay_is_not_used(
    small, tapes, counter, monkeypatch, caplog, questions, alone
):
    caplog.set_level("INFO")
    times = iter([0.003, 0.0031])
    monkeypatch.setattr(warm_up.WarmUp, "_time", lambda self, key: next(times))
    running = generator(small)
    running.warm_up.run()
    assert not running.warm_up.compiled
    assert "3.10 ms compiled, 3.00 ms as it was: not compiled" in caplog.text
    assert answered(running, questions[:2]) == alone[:2]


def test_what_cannot_be_compiled_is_said_and_answers_go_on(
    small, tapes, monkeypatch, caplog, questions, alone
):
    def broken(graph, inputs):
        raise RuntimeError("no C compiler")

    parts = compiled_parts(broken)
    monkeypatch.setattr(warm_up, "compiled_parts", lambda: parts)
    running = generator(small)
    running.warm_up.run()
    assert not running.warm_up.compiled
    assert running.graphed
    assert "no C compiler" in caplog.text
    assert answered(running, questions[:2]) == alone[:2]


class TestCache:
    def test_is_a_folder_of_these_versions(self, tmp_path, monkeypatch):
        folder = compiling.keep_compiled(torch.device("cpu"))
        assert folder.parent == tmp_path / "hispatial_ros" / "compiled"
        assert torch.__version__ in folder.name
        assert compiling.__version__ in folder.name
        assert folder.stat().st_mode & 0o077 == 0, "what is found there is executed"
        assert compiling.os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(folder)

    def test_that_others_may_write_to_is_refused(self, tmp_path, caplog):
        folder = compiling.keep_compiled(torch.device("cpu"))
        folder.chmod(0o777)
        del compiling.os.environ["TORCHINDUCTOR_CACHE_DIR"]
        assert compiling.keep_compiled(torch.device("cpu")) is None
        assert "chmod" in caplog.text
        assert "TORCHINDUCTOR_CACHE_DIR" not in compiling.os.environ

    def test_given_by_the_user_stays(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "own"))
        assert compiling.keep_compiled(torch.device("cpu")) == tmp_path / "own"

    def test_spares_the_second_start_all_compilations(self):
        """With the real compiler, and something that it compiles in seconds."""
        from torch._dynamo.utils import counters

        device = torch.device("cpu")
        compiling.keep_compiled(device)
        found = []
        for _ in range(2):
            torch._dynamo.reset()
            counters.clear()
            parts = Parts(torch.compile(torch.neg), torch.compile(torch.neg))
            compilation = compiling.Compilation(
                parts, [((torch.ones(8),), (torch.ones(8),))], device
            )
            compilation.wait()
            assert compilation.succeeded
            found.append(
                [counters["inductor"][f"fxgraph_cache_{kind}"] for kind in ("miss", "hit")]
            )
        assert found == [[1, 0], [0, 1]]
