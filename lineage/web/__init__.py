"""The server: the OpenID AuthZEN Authorization API 1.0 over the gate, with metrics and health (docs/server.md)."""
