"""``python -m documentation``: write what is generated among the pages, or build the site."""

import argparse
import functools
import http.server
import sys
from pathlib import Path

from documentation import doctor, reference
from documentation.building import BuildError, build
from documentation.pages import ROOT, links_out


def main() -> int:
    """Do what the command line says. What is wrong with a page goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m documentation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("reference", help="docs/reference/, from the models of the kinds")
    commands.add_parser("doctor", help="the checks in docs/doctor.md, from the checks of the doctor")
    building = commands.add_parser("build", help="the site; fails on each warning and each broken link")
    building.add_argument("directory", type=Path)
    serving = commands.add_parser("serve", help="build the site and show it on this machine")
    serving.add_argument("directory", type=Path)
    serving.add_argument("--port", type=int, default=8000)
    commands.add_parser("links", help="list the addresses outside the site that pages link to; asks none of them")
    arguments = parser.parse_args()
    try:
        if arguments.command == "reference":
            reference.write()
        elif arguments.command == "doctor":
            doctor.write()
        elif arguments.command == "links":
            for address, found in links_out().items():
                print(address, *sorted({str(path.relative_to(ROOT)) for path in found}))
        else:
            build(arguments.directory)
            if arguments.command == "serve":
                serve(arguments.directory, arguments.port)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def serve(directory: Path, port: int) -> None:
    """Serve a built site to this machine until Ctrl-C."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    sys.exit(main())
