"""What the scripts of Python clients share: they tell what came out, a line each, with tabs."""

import json
import os
import traceback

base_url = os.environ["SCIM_URL"]
token = os.environ["SCIM_TOKEN"]


def tell(*cells):
    print("\t".join(str(cell).replace("\t", " ").replace("\n", " ") for cell in cells), flush=True)


class step:
    """`with step("name"):` tells the step, and what went wrong in it; the story goes on."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            tell("step", self.name)
        else:
            where = traceback.extract_tb(trace)[0].lineno
            tell("wrong", self.name, f"line {where}: {kind.__name__}: {error}"[:600])
        return error is None or isinstance(error, Exception)


def expect(seen, wanted):
    assert seen == wanted, f"{seen!r} in place of {wanted!r}"


def refused(call, status, error=Exception, read=lambda problem: problem.status):
    """The call is refused with this status."""
    try:
        answer = call()
    except error as problem:
        expect(read(problem), status)
        return problem
    raise AssertionError(f"{answer!r} in place of a refusal with {status}")


def believe(kind, resource):
    """Tells what the client believes of a person or a team in the end."""
    print(f"{kind}\t{json.dumps(resource)}", flush=True)
