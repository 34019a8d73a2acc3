"""The pair driven by PyAirbyte, a client that is not ours."""
