"""OpenStack executor: VM actions through openstacksdk."""
