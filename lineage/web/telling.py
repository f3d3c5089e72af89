"""What the server tells of itself: its configuration, its counters, whether it lives and whether it can answer."""

from __future__ import annotations

from lineage.web.service import Service, encode

JSON = b"application/json"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
PATHS = {
    "access_evaluation_endpoint": "/access/v1/evaluation",
    "access_evaluations_endpoint": "/access/v1/evaluations",
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}


def configuration(service: Service) -> tuple[int, bytes, bytes]:
    """Tell where everything is (AuthZEN: policy decision point metadata)."""
    found = {"policy_decision_point": service.public_url}
    return 200, JSON, encode(found | {name: service.public_url + path for name, path in PATHS.items()})


def healthz(_: Service) -> tuple[int, bytes, bytes]:
    """Tell that the worker lives."""
    return 200, JSON, b'{"status":"live"}'


def readyz(service: Service) -> tuple[int, bytes, bytes]:
    """Tell whether questions can be answered: something is known, and it is recent enough."""
    gate = service.desk.gate
    ready, age = gate.ready, gate.age
    body: dict[str, str | int | float] = {"status": "ready" if ready else "not ready", "revision": gate.revision}
    if age < float("inf"):
        body["age_seconds"] = round(age, 3)
    if gate.max_age is not None:
        body["age_limit_seconds"] = gate.max_age
    expires = gate.snapshot.expires if gate.snapshot else None
    if expires is not None:
        body["expires_in_seconds"] = round((expires - service.desk.now()) / 1e6, 3)
    if gate.trouble:
        body["trouble"] = "the last refresh failed; the server's log says why"
    return 200 if ready else 503, JSON, encode(body)


def metrics(service: Service) -> tuple[int, bytes, bytes]:
    """Tell the counters of all workers."""
    gate = service.desk.gate
    tell_knowledge(service)
    return 200, TEXT, service.metrics.text(service.desk.now() / 1e6, gate.max_age).encode()


def tell_knowledge(service: Service) -> None:
    """Write down what this worker knows, for whichever worker is asked for the counters."""
    gate, counters = service.desk.gate, service.metrics
    snapshot = gate.snapshot
    counters.gauge("revision", gate.revision)
    counters.gauge("known", snapshot.known / 1e6 if snapshot else 0)
    expires = snapshot.expires if snapshot else None
    counters.gauge("expires", 0 if expires is None else expires / 1e6)
    counters.gauge("failures", getattr(gate, "failures", 0))
    counts = getattr(service.recorder, "counts", None)
    if counts is not None:
        counters.gauge("unrecorded", counts().lost)
