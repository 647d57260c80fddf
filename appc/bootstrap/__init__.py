"""The composition root: the only place that knows which concrete classes meet."""
