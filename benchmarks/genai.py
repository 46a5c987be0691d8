"""OpenVINO GenAI for `reading.py --rows 1b-genai`, in an environment of its own: it is no dependency of the project.

    python3 -m venv ENV
    ENV/bin/pip install --upgrade pip torch==2.13.0
    ENV/bin/pip install openvino-genai==2026.4.1.0 openvino-tokenizers==2026.4.1.0 'optimum-intel[openvino]==2.2.0'
    python benchmarks/reading.py --rows 1b-genai --genai ENV/bin/python --gold ...

`genai.py BASE TOKENS` exports the base to 8 bits, its own way, and reads BASE/asked.json, [{"prompt", "answer"}] in
token ids. GenAI takes no logits processor, so the oracle is written into the graph: before the head, the embedding of
the token that the answer has at this position is added, large. So each token is the answer's, and prompt lookup guesses
right where the answer repeats the prompt or itself. Prints {row: [seconds]}.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino as ov
import openvino_genai
from openvino import opset13 as op
from safetensors.torch import load_file

LOOKUP = 10
LARGE = np.float32(1000)


def main(base: Path, measured: int) -> None:
    exported = export(base)
    embedding = load_file(base / "model.safetensors")["model.embed_tokens.weight"].float().numpy()
    plain, lookup = [], []
    for one in json.loads((base / "asked.json").read_text()):
        prompt, answer = one["prompt"], one["answer"]
        steer(exported, embedding, prompt, answer)
        first, more = times(exported, prompt, answer, (1, measured + 1))
        plain.append(first + (more - first) / measured * (len(answer) - 1))
        lookup += times(exported, prompt, answer, (len(answer),), prompt_lookup=True)
    print(json.dumps({"OpenVINO GenAI, JSON (extended)": plain, "OpenVINO GenAI with prompt lookup, JSON": lookup}))


def export(base: Path) -> Path:
    """A folder with the base in 8 bits, its graph named `plain`."""
    folder = base / "exported"
    command = [str(Path(sys.executable).with_name("optimum-cli")), "export", "openvino", "--model", str(base),
               "--task", "text-generation-with-past", "--weight-format", "int8", str(folder)]  # fmt: skip
    subprocess.run(command, check=True, stdout=sys.stderr)
    for end in ("xml", "bin"):
        shutil.move(folder / f"openvino_model.{end}", folder / f"plain.{end}")
    return folder


def steer(folder: Path, embedding: np.ndarray, prompt: Sequence[int], answer: Sequence[int]) -> None:
    """Write the graph that answers `answer` to `prompt`, as GenAI wants to find it."""
    model = ov.Core().read_model(folder / "plain.xml")
    pushes = np.zeros((len(prompt) + len(answer) + 4 * LOOKUP, embedding.shape[1]), np.float32)
    pushes[len(prompt) - 1 : len(prompt) - 1 + len(answer)] = LARGE * embedding[answer]
    (positions,) = (one for one in model.get_parameters() if "position_ids" in one.output(0).get_names())
    head = next(one for one in model.get_results() if "logits" in one.input_value(0).get_names())
    while head.get_type_name() != "MatMul":
        head = head.input_value(0).get_node()
    push = op.gather(op.constant(pushes), positions.output(0), op.constant(np.int64(0)))
    head.input(0).replace_source_output(op.add(head.input_value(0), push).output(0))
    ov.save_model(model, folder / "openvino_model.xml", compress_to_fp16=False)


def times(
    folder: Path, prompt: Sequence[int], answer: Sequence[int], lengths: Sequence[int], **options: bool
) -> list[float]:
    """Seconds for so many tokens of the answer each, after a short answer that prepares the kernels."""
    pipeline = openvino_genai.LLMPipeline(folder, "CPU", {}, **options)
    ids = np.array([prompt], np.int64)
    asked = openvino_genai.TokenizedInputs(ov.Tensor(ids), ov.Tensor(np.ones_like(ids)))
    taken = []
    for length in (min(LOOKUP, len(answer)), *lengths):
        config = openvino_genai.GenerationConfig(max_new_tokens=length, do_sample=False, ignore_eos=True)
        if options:
            config.num_assistant_tokens, config.max_ngram_size = LOOKUP, 2
        began = time.perf_counter()
        written = pipeline.generate(asked, config).tokens[0]
        taken.append(time.perf_counter() - began)
        if list(written) != list(answer[:length]):
            sys.exit("The graph did not answer as it was told to: its figures would mean nothing.")
    return taken[1:]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
