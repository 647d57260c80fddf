"""A small OpenStack on loopback: enough of Keystone, Nova, Glance and Cinder for openstacksdk, unmodified.

One process, one port, one thread. `DemoCloud` is the whole public interface.
"""

from appc.demo.cloud.server import DemoCloud

__all__ = ["DemoCloud"]
