"""A life cycle management (LCM) controller for virtual network functions, compatible with ONAP APPC."""
