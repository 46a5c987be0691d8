"""The inference worker's settings, read from the environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from inference_worker.engines.opening import Kind, Wishes
from servicekit.settings import ServiceSettings

DEFAULT_BASE_MODEL = "models/larder-tiny"


class Settings(ServiceSettings):
    """Frozen; built in `__main__` and passed inward."""

    port: int = Field(default=8083, ge=0, le=65535, validation_alias="LARDER_PORT")
    home: Path = Field(default=Path("~/.local/share/larder"), validation_alias="LARDER_HOME")
    base_model: str = Field(default=DEFAULT_BASE_MODEL, validation_alias="LARDER_BASE_MODEL")
    engine: Kind = Field(default=Kind.AUTO, validation_alias="LARDER_ENGINE")
    """`auto` takes torch on a GPU and openvino (8 bits) on a processor; the log says which and why."""
    device: str = Field(default="auto", validation_alias="LARDER_DEVICE")
    """`auto` takes a CUDA device when there is one."""
    dtype: str = Field(default="auto", pattern="^(auto|float32|bfloat16|float16)$", validation_alias="LARDER_DTYPE")
    threads: int = Field(default=0, ge=0, validation_alias="LARDER_THREADS")
    """0 means one for a small model, and one for each core for a large one."""
    vllm_url: str = Field(default="", validation_alias="LARDER_VLLM_URL")
    """Of a vLLM server that serves the same base model; it reads then, not this machine."""
    vllm_key: SecretStr | None = Field(default=None, validation_alias="LARDER_VLLM_KEY")
    batch: int = Field(default=16, ge=1, le=64, validation_alias="LARDER_BATCH")
    """Messages that are fetched and read together."""
    patience: timedelta = Field(default=timedelta(seconds=5), validation_alias="LARDER_ACTIVATION_PATIENCE")
    """How long a request waits for the activation that it names before it is put back."""

    @property
    def wishes(self) -> Wishes:
        """What of these is about the engine."""
        key = self.vllm_key.get_secret_value() if self.vllm_key else None
        return Wishes(self.engine, self.device, self.dtype, self.threads, self.vllm_url, key)
