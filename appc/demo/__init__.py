"""What `appc demo` and `appc demo-cloud` run."""
