"""The market record: what each scan of a ledger was decided on, as bytes and back. Format: docs/decisions/0014."""
