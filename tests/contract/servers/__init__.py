"""What both simulators share: control routes, faults, determinism, documents; and what nobody should send."""
