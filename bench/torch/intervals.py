"""Summaries of samples."""

import statistics


def interval(values: list[float]) -> dict[str, float]:
    """The median and a 95 % interval of it, by order statistics."""
    ordered = sorted(values)
    half = 0.98 * len(ordered) ** 0.5
    low = max(0, int(len(ordered) / 2 - half))
    high = min(len(ordered) - 1, int(len(ordered) / 2 + half))
    return {"median": statistics.median(ordered), "low": ordered[low], "high": ordered[high]}
