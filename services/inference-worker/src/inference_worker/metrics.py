"""What `/metrics` says of the generations and the reading."""

from prometheus_client import Counter, Gauge, Histogram

ACTIVATION = Gauge("larder_generation_activation", "The activation number of the generation that serves")
RELOAD_SECONDS = Histogram(
    "larder_reload_seconds", "From seeing a new pointer to serving it", buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300)
)
REFUSED = Counter("larder_adapters_refused_total", "Adapters that were not loaded, by reason", ["reason"])
READING_SECONDS = Histogram(
    "larder_reading_seconds",
    "Seconds a message, its share of the batch",
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
