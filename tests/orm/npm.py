"""npm: the programs of this folder that run in Node. Their packages are in $OUTGROW_ORM_MODULES (tools/install-orms
puts them there). What is missing skips its tests, unless $OUTGROW_ORM_REQUIRED is set."""
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import Skip, check  # noqa: E402

MODULES = pathlib.Path(os.environ.get("OUTGROW_ORM_MODULES", "node_modules"))
NODE_ENVIRONMENT = {"NODE_PATH": str(MODULES)}


def missing(reason):
    """Where everything must be there, that is an error."""
    check(not os.environ.get("OUTGROW_ORM_REQUIRED"), reason)
    raise Skip(reason)


def node_program(name):
    """The words that run it."""
    if shutil.which("node") is None:
        missing("there is no node; install nodejs and npm, then run tools/install-orms")
    if not (MODULES.parent / "installed.json").is_file():
        missing(f"the npm packages are not in {MODULES}: run tools/install-orms")
    return "node", str(HERE / f"{name}.js")
