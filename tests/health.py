"""Asking a service for its health, as a supervisor and Prometheus do."""

from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Asked:
    """The health address of one service on this machine."""

    port: int

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One answer."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=5)

    def codes(self) -> tuple[int, int]:
        """Live and ready; (0, 0) while nobody answers."""
        try:
            return self.get("/health/live").status_code, self.get("/health/ready").status_code
        except httpx.TransportError:
            return 0, 0

    def ready(self) -> dict[str, Any]:
        """What /health/ready says."""
        document: dict[str, Any] = self.get("/health/ready").json()
        return document

    def number(self, name: str, **labels: str) -> float:
        """One number; KeyError when there is none."""
        for family in text_string_to_metric_families(self.get("/metrics").text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        raise KeyError(f"{name}{labels}")


def names(metrics: str) -> set[str]:
    """The names of all numbers, as docs/health.md has them; a histogram is one."""
    return {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE ")}
