"""A real OpenStack Keystone on loopback: `python keystone_service.py FOLDER SECONDS_OF_A_TOKEN [OTHERS_FOLDER]`.

Runs in the environment that Keystone is installed in. With another Keystone's folder it shares that one's database and
keys. Prints one line of JSON when it answers: the URL, and the administrator's password.
"""

import json
import os
import secrets
import socketserver
import subprocess
import sys
import warnings
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CONFIGURATION = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{home}/keystone.db
[token]
provider = fernet
expiration = {seconds}
[fernet_tokens]
key_repository = {home}/tokens
[fernet_receipts]
key_repository = {home}/tokens
[credential]
key_repository = {home}/credentials
[auth]
methods = password,token,totp
[identity]
password_hash_rounds = 4
[security_compliance]
lockout_failure_attempts = 4
lockout_duration = 60
"""


def manage(folder, *arguments):
    tool = Path(sys.executable).parent / "keystone-manage"
    command = [tool, "--config-file", folder / "keystone.conf", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"keystone-manage {arguments[0]} failed:\n{done.stderr}")


def set_up(folder, url):
    """Database, keys and the first user."""
    from cryptography.fernet import Fernet

    for keys in (folder / "tokens", folder / "credentials"):
        keys.mkdir(mode=0o700)
        for number in ("0", "1"):
            (keys / number).write_bytes(Fernet.generate_key())
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    manage(folder, "db_sync")
    manage(
        folder,
        "bootstrap",
        *("--bootstrap-password", password),
        *("--bootstrap-region-id", "practice-1"),
        *("--bootstrap-public-url", f"{url}/v3"),
    )


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main():
    warnings.simplefilter("ignore")
    folder, seconds = Path(sys.argv[1]), sys.argv[2]
    home = Path(sys.argv[3]) if len(sys.argv) > 3 else folder
    # Keystone has to know its address before there is any of it to be served.
    server = make_server("127.0.0.1", 0, None, server_class=Threads, handler_class=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    configuration = folder / "keystone.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, home=home, seconds=seconds))
    if home == folder:
        set_up(folder, url)
    sys.argv = sys.argv[:1]  # Keystone reads the command line as its own
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = str(folder)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(configuration)
    from keystone.server.wsgi import initialize_public_application

    server.set_app(initialize_public_application())
    print(json.dumps({"url": url, "password": (home / "password").read_text()}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
