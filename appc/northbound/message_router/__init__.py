"""DMaaP Message Router's REST API, in front of whatever bus there is (contract section 5.2; facts section 9.7)."""
