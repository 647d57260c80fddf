"""The paths and media types of RESTCONF."""

#: Everything below this path has RESTCONF's form of an error.
PREFIX = "/restconf"
#: Where the rpcs are; their names follow.
RPCS = f"{PREFIX}/operations/appc-provider-lcm:"

JSON, YANG_JSON = "application/json", "application/yang-data+json"
