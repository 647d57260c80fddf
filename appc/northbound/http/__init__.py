"""The HTTP edge that all APIs share: one listener, one error table, one policy point for who may come in."""
