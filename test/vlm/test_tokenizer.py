import json
import shutil
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.tokenizer import PromptTokenizer

IMAGE = 319


def config(vocabulary=320):
    return SimpleNamespace(image_token_id=IMAGE, text_config=SimpleNamespace(vocab_size=vocabulary))


@pytest.fixture(scope="module")
def tokenizer(tokenizer_file):
    return PromptTokenizer(tokenizer_file.parent, config())


def test_prompt_is_bos_question_newline(tokenizer, tokenizer_file):
    plain = Tokenizer.from_file(str(tokenizer_file))
    ids = tokenizer.encode("how far is the chair")
    assert ids[0] == plain.token_to_id("<bos>")
    assert tokenizer.decode(ids[1:]) == "how far is the chair\n"
    # One token sequence, as the released processor sees it behind the image tokens.
    whole = plain.encode("<bos>how far is the chair\n", add_special_tokens=False).ids
    assert ids == whole


def test_location_tokens_are_single_tokens(tokenizer):
    ids = tokenizer.encode("the <loc0003><loc0005>")
    assert len(ids) == len(tokenizer.encode("the ")) + 2
    assert tokenizer.decode(ids[1:]) == "the <loc0003><loc0005>\n"


@pytest.mark.parametrize("token", ["<eos>", "<bos>", "<pad>"])
def test_control_tokens_can_not_be_smuggled_in(tokenizer, token):
    with pytest.raises(SpatialError, match="control token") as error:
        tokenizer.encode(f"how far is the {token} chair")
    assert error.value.code is ErrorCode.BAD_QUESTION


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_decoding_is_the_inverse_of_encoding(tokenizer, text):
    text = text.replace("<", "")
    assert tokenizer.decode(tokenizer.encode(text)[1:]) == text + "\n"


def test_missing_damaged_or_foreign(tokenizer_file, tmp_path):
    def message(**options):
        with pytest.raises(SpatialError) as error:
            PromptTokenizer(tmp_path, config(**options))
        assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
        return str(error.value)

    assert "missing" in message()
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    assert "not a tokenizer" in message()
    shutil.copy(tokenizer_file, path)
    assert "vocabulary size 300" in message(vocabulary=300)
    content = json.loads(path.read_text().replace('"<bos>"', '"<start>"'))
    path.write_text(json.dumps(content))
    assert "<bos>" in message()
