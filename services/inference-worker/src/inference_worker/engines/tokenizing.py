"""Text to token ids and back, and the bytes that each token stands for. Shared by the engines that own a tokenizer."""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from inference_worker.decoding import Tokens
from inference_worker.grounded import Vocabulary

_BYTE: Final = re.compile(r"<0x([0-9A-F]{2})>")


class TextCodec:
    """The part of `engines.base.Engine` that is about text."""

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:  # noqa: ANN401 - transformers is untyped
        self._tokenizer = tokenizer
        self._words = tokenizer.backend_tokenizer
        self._words.no_truncation()
        self._words.no_padding()
        self._ends = ends
        self._texts: dict[int, str] = {}

    @cached_property
    def signs(self) -> Tokens:
        spelled = [(piece or b"").decode(errors="replace").strip() for piece in self._bytes]
        breaks = frozenset(token for token, text in enumerate(spelled) if not text[:1].isalpha())
        return Tokens(self._ends, frozenset(self.encode("\n")[-1:]), frozenset(self.encode("|")[-1:]), breaks)

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        return Vocabulary(self._bytes, self._ends, keeps_spaces=" " in self.text(self.encode("a b")))

    @cached_property
    def _bytes(self) -> list[bytes | None]:
        return token_bytes(self._tokenizer)

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._words.encode(text, add_special_tokens=False).ids)

    def encode_prompt(self, text: str) -> tuple[int, ...]:
        start = self._tokenizer.bos_token_id
        return (() if start is None else (start,)) + self.encode(text)

    def text(self, ids: Sequence[int]) -> str:
        """Of single tokens, which are asked for again and again, it is remembered."""
        if len(ids) != 1:
            return self._decoded(ids)
        if ids[0] not in self._texts:
            self._texts[ids[0]] = self._decoded(ids)
        return self._texts[ids[0]]

    def _decoded(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)  # type: ignore[no-any-return]


def token_bytes(tokenizer: Any) -> list[bytes | None]:  # noqa: ANN401 - as above
    """What each id spells; None for special tokens and for ids without a token."""
    byte_of = byte_alphabet() if is_byte_level(tokenizer) else None
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    found: list[bytes | None] = [None] * len(tokenizer)
    for token, number in tokenizer.get_vocab().items():
        if number not in special:
            found[number] = bytes(byte_of[sign] for sign in token) if byte_of else piece_bytes(token)
    return found


def is_byte_level(tokenizer: Any) -> bool:  # noqa: ANN401 - as above
    return "ByteLevel" in json.dumps(json.loads(tokenizer.backend_tokenizer.to_str())["decoder"])


def piece_bytes(token: str) -> bytes:
    """Of a SentencePiece token: a byte, or characters with a mark for each space."""
    byte = _BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace("\u2581", " ").encode()


def byte_alphabet() -> dict[str, int]:
    """How byte-level tokenizers write bytes: printable ones as themselves, the others from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def end_tokens(configured: int | list[int] | None, tokenizer: Any) -> frozenset[int]:  # noqa: ANN401 - as above
    """Ids that end an answer: the tokenizer's, and those of the model's generation settings."""
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in [tokenizer.eos_token_id, *listed] if token is not None)
