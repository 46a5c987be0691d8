"""The tokenizer of larder-tiny: byte-level BPE in which a word has the same ids wherever it stands.

Invariant: text is lower-cased, white space other than line breaks is dropped, digits and punctuation stand alone; so
`2cs`, `2 CS` and `|2|cs|` hold the same ids, and copying is a matter of repeating them. Decoding gives no spaces back:
the expander restores the written spelling from the message.
"""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from reading.prompt import MARKS

PAD = "<|pad|>"
EOS = "<|end|>"
_SPACES = Regex(r"[^\S\n]+")
_PARTS = Regex(r"\n|\p{N}|\p{P}|\p{S}")


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `size` tokens, control marks included."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_SPACES, "removed"),
            pre_tokenizers.Split(_PARTS, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, EOS, *MARKS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=EOS,
        additional_special_tokens=list(MARKS),
        clean_up_tokenization_spaces=False,
        model_max_length=1024,
        padding_side="left",
    )
