"""One service of the lab: `python serve.py NAME`. It is the project's own code; only the wiring is here.

NAME is keystone, placement, glance or neutron; cinder, which is API, scheduler and volume in one process; or nova,
which is API, conductor, scheduler and all computes in one. They talk over oslo.messaging's in-process transport.
"""

import contextlib
import os
import shlex
import signal
import sys
import threading
import time
import traceback

LAB = os.environ["LAB"]
ETC = f"{LAB}/etc/"
HOSTS = os.environ["LAB_COMPUTES"].split()
_CINDER_ID = threading.Lock()


def sqlite_as_server():
    """SQLite as a server's database: a write-ahead log, waits for locks, no fsync.

    A transaction that may write takes the write lock when it begins: a reader that turns writer fails at once in
    SQLite, and OpenStack retries that on MySQL only. One that asks to be independent inside another joins it, for it
    would wait for its own thread.
    """
    from oslo_db.sqlalchemy import enginefacade
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    here = threading.local()

    @event.listens_for(Engine, "connect")
    def _(connection, record):
        cursor = connection.cursor()
        for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=OFF"):
            cursor.execute(f"PRAGMA {pragma}").fetchall()
        cursor.close()

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def _(connection, cursor, statement, parameters, context, many):
        if statement == "BEGIN" and getattr(here, "writers", 0):
            statement = "BEGIN IMMEDIATE"
        return statement, parameters

    produce = enginefacade._TransactionContext._produce_block

    def _produce_block(self, mode, *args, **kwargs):
        block = produce(self, mode, *args, **kwargs)

        @contextlib.contextmanager
        def marked():
            writes = int(mode is enginefacade._WRITER)
            here.writers = getattr(here, "writers", 0) + writes
            try:
                with block as result:
                    yield result
            finally:
                here.writers -= writes

        return marked()

    enginefacade._TransactionContext._produce_block = _produce_block
    enginefacade._TransactionContextManager.independent = property(lambda self: self)


def without_privsep():
    """What oslo.privsep would hand to a root helper runs in this process; nothing here needs more rights."""
    from oslo_privsep import priv_context

    priv_context.PrivContext.start = lambda self, *args, **kwargs: None
    init = priv_context.PrivContext.__init__

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.client_mode = False

    priv_context.PrivContext.__init__ = __init__


def serve_http(app, service):
    """Serve a WSGI application on the service's port, on loopback, in threads."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log(self, *args, **kwargs):
            pass

    port = int(os.environ[f"P_{service.upper()}"])
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="http").start()


def keystone():
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = f"{ETC}keystone/keystone.conf"
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = f"{ETC}keystone"
    from keystone.wsgi.api import application

    serve_http(application, "keystone")


def placement():
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = f"{ETC}placement"
    from placement.wsgi.api import application

    serve_http(application, "placement")


def glance():
    os.environ["OS_GLANCE_CONFIG_DIR"] = f"{ETC}glance"
    from glance.wsgi.api import application

    serve_http(application, "glance")


def neutron():
    os.environ["OS_NEUTRON_CONFIG_DIR"] = f"{ETC}neutron"
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    from neutron.wsgi.api import application

    serve_http(application, "neutron")


def cinder():
    sys.argv = ["cinder-api", "--config-file", f"{ETC}cinder/cinder.conf"]
    from cinder.wsgi.api import application

    serve_http(application, "cinder")
    import os_brick
    from cinder import service, utils
    from oslo_config import cfg
    from oslo_privsep import priv_context

    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    os_brick.setup(cfg.CONF)

    class Service(service.Service):
        """Two services in one process, but Cinder keeps its service's id on the class."""

        def report_state(self):
            with _CINDER_ID:
                before, service.Service.service_id = service.Service.service_id, self.origin_service_id
                try:
                    super().report_state()
                finally:
                    service.Service.service_id = before

    volume = Service.create(binary="cinder-volume", host="cinder1@lab", service_name="lab", coordination=True)
    volume.start()
    scheduler = Service.create(binary="cinder-scheduler", host="controller")
    scheduler.start()
    # The volume service is the one that cleans up.
    service.Service.service_id = volume.origin_service_id
    return volume, scheduler


def nova():
    import nova.virt

    nova.virt.__path__.append(os.path.join(os.path.dirname(__file__), "novavirt"))
    os.environ["OS_NOVA_CONFIG_DIR"] = f"{ETC}nova"
    # Nova takes the first file for the paste file.
    os.environ["OS_NOVA_CONFIG_FILES"] = f"{os.environ['VENV']}/etc/nova/api-paste.ini;nova.conf"
    sys.argv = ["nova-api"]
    from nova.wsgi.osapi_compute import application

    serve_http(application, "nova")
    import nova.conf
    import os_brick
    import os_vif
    from nova import context, objects, utils
    from nova.objects import host_mapping
    from oslo_privsep import priv_context

    objects.register_all()
    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    os_brick.setup(nova.conf.CONF)
    os_vif.initialize()
    others = [nova_service(binary, "controller") for binary in ("nova-conductor", "nova-scheduler")]
    computes = {host: nova_compute(host) for host in HOSTS}
    host_mapping.discover_hosts(context.get_admin_context())
    threading.Thread(target=crashes, args=(computes,), daemon=True).start()
    return others, computes


def nova_service(binary, host, **topics):
    from nova import service

    started = service.Service.create(binary=binary, host=host, **topics)
    started.start()
    return started


def nova_compute(host):
    from nova.compute import rpcapi

    return nova_service("nova-compute", host, topic=rpcapi.RPC_TOPIC, topic_alt=rpcapi.RPC_TOPIC_ALT)


def crashes(computes):
    """The kill -9 of one nova-compute: while $LAB/nova/crash-HOST exists that service takes no RPC, runs no periodic
    task and reports nothing; then it starts again from its init_host.
    """
    down = set()
    while True:
        time.sleep(0.2)
        for host in list(computes):
            crashed = os.path.exists(f"{LAB}/nova/crash-{host}")
            if crashed and host not in down:
                dying = computes[host]
                for server in (dying.rpcserver, dying.rpcserver_alt):
                    server.stop()
                dying.tg.stop()
                down.add(host)
            elif not crashed and host in down:
                computes[host] = nova_compute(host)
                down.discard(host)


SERVICES = {function.__name__: function for function in (keystone, placement, glance, neutron, cinder, nova)}


def native_threads(name):
    """Nova and Cinder want to be told of native threads before anything else is imported."""
    if name == "nova":
        from nova import monkey_patch

        monkey_patch.patch("threading")
    elif name == "cinder":
        from cinder import monkey_patch

        monkey_patch.patch()


def main(name):
    began = time.time()
    native_threads(name)
    sqlite_as_server()
    without_privsep()
    kept = SERVICES[name]()
    os.makedirs(f"{LAB}/run", exist_ok=True)
    with open(f"{LAB}/run/{name}.ready", "w") as file:
        file.write(f"{time.time() - began:.1f}")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    # The state is on disk: a lab needs no graceful end.
    del kept
    os._exit(0)


try:
    main(sys.argv.pop(1))
except BaseException:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
