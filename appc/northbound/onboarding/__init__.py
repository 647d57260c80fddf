"""The doors of VNF owners and operators: artifacts and stored configurations over HTTP."""
