"""The inventory of an ONAP: A&AI, by its REST interface."""
