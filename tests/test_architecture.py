"""The house rules, read from the source."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = ("pipeline", "layouts", "callbacks", "benchmarks")
PRODUCT = sorted([*HOUSE.glob("*.py"), *(file for room in ROOMS for file in (HOUSE / room).rglob("*.py"))])
SCRIPTS = sorted(file for kind in ("*.js", "*.css") for file in (HOUSE / "assets").glob(kind) if ".min." not in file.name)
STAGES = ("loading", "embedding", "neighbors", "projection", "clustering", "classification", "anomaly")
HEAVY = ("sklearn", "umap", "openTSNE", "numba", "faiss")

WRITTEN = ast.Constant | ast.JoinedStr | ast.Dict  # an id that is written on the spot

# Who never imports what: the importing module's beginning, but not these modules, and what is forbidden.
FORBIDDEN = [
    ("pipeline", ("pipeline.__main__",), ("dash", "plotly", "flask", "layouts", "callbacks")),
    ("pipeline.results", (), tuple(f"pipeline.{stage}" for stage in STAGES)),
    ("pipeline.algorithm", (), tuple(f"pipeline.{stage}" for stage in STAGES)),
    ("pipeline.store", (), tuple(f"pipeline.{stage}" for stage in STAGES)),
    *((f"pipeline.{one}", (), tuple(f"pipeline.{other}" for other in (*STAGES, "stages") if other != one)) for one in STAGES),
    ("pipeline.homemade", (), ("scipy", "umap", "openTSNE", "faiss", "numba", *(f"pipeline.{stage}" for stage in STAGES))),
    ("layouts", (), ("callbacks", "pipeline.store", "sklearn")),
    ("layouts.figures", (), ("dash",)),
    ("layouts.standalone", (), ("dash",)),
    ("callbacks", (), ("plotly", "sklearn", "app")),
    ("", (), ("app", "pipeline.__main__")),
]


def module_of(file):
    parts = file.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports(file):
    """Every module that a file imports, ``from a import b`` as both a and a.b."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def inside(module, package):
    return not package or module == package or module.startswith(package + ".")


@pytest.mark.parametrize("file", PRODUCT, ids=module_of)
def test_the_import_table(file):
    module, imported = module_of(file), imports(file)
    wrong = {
        (name, taboo)
        for package, spared, taboos in FORBIDDEN
        if inside(module, package) and module not in spared
        for taboo in taboos
        for name in imported
        if inside(name, taboo)
    }
    assert not wrong, f"{module} imports {wrong}"


def test_the_table_is_read_at_all():
    assert {"pipeline.stages", "layouts.ids", "generate_data"} <= {module_of(file) for file in PRODUCT}
    assert inside("pipeline.loading.table", "pipeline.loading") and not inside("pipelines", "pipeline")
    assert "pipeline.projection" in imports(HOUSE / "pipeline" / "stages.py")


def test_opening_the_app_loads_nothing_heavy():
    look = f"import app, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], cwd=HOUSE, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_the_stages_load_nothing_heavy():
    look = f"import pipeline.stages, pipeline.exporting, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], cwd=HOUSE, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.parametrize("file", [*PRODUCT, *SCRIPTS], ids=lambda file: str(file.relative_to(HOUSE)))
def test_files_and_functions_are_short(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300
    if file.suffix == ".py":
        long = [name for name, lines, allowed in functions(tree(file)) if lines > allowed]
        assert not long, f"{module_of(file)}: {long}"


def functions(module):
    """Name, lines and allowed lines of every function: the body of a callback is shorter than others.

    A function that only holds others (``register``) counts without them.
    """
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        held = sum(length(inner) for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))
        calls = [decorator for decorator in node.decorator_list if "callback" in ast.unparse(decorator)]
        if calls:
            yield node.name, node.end_lineno - node.body[0].lineno + 1, 15
        else:
            yield node.name, length(node) - held, 40


def length(node):
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.end_lineno - first + 1


@pytest.mark.parametrize("file", [file for file in PRODUCT if module_of(file) != "layouts.ids"], ids=module_of)
def test_ids_stand_in_one_place(file):
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.keyword) and node.arg == "id":
            assert not isinstance(node.value, WRITTEN), f"line {node.value.lineno} writes an id"
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("Input", "Output", "State"):
            assert not (node.args and isinstance(node.args[0], WRITTEN)), f"line {node.lineno} writes an id"


def test_no_id_has_two_names():
    from layouts import ids

    known = [value for name, value in vars(ids).items() if name.isupper()]
    assert len(set(known)) == len(known) > 10


def test_scripts_name_known_ids_only():
    from layouts import ids

    known = {value for name, value in vars(ids).items() if name.isupper()}
    known |= {ids.step(stage) for stage in ("data", "embedding", "projection", "clustering")}
    scripts = "\n".join(file.read_text(encoding="utf-8") for file in SCRIPTS if file.suffix == ".js")
    named = set(re.findall(r"""(?:getElementById\(|set_props\()["']([\w-]+)["']|["']#([\w-]+)""", scripts))
    assert {one or other for one, other in named} <= known


@pytest.mark.parametrize("file", PRODUCT, ids=module_of)
def test_no_inline_style_and_nothing_that_runs_foreign_code(file):
    for node in ast.walk(tree(file)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.keyword):
            assert node.arg != "style", f"line {line} has an inline style"
            for allowing in ("allow_pickle", "dangerously_allow_html", "shell"):
                assert node.arg != allowing or _false(node.value), f"line {line} has {allowing}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("eval", "exec", "compile", "yaml.load", "os.system"), f"line {line} calls {called}"
            assert called.split(".")[-1] not in ("read_pickle", "to_pickle"), f"line {line} calls {called}"
            safe = any(word.arg in ("allow_pickle", None) for word in node.keywords)
            assert called != "np.load" or safe, f"line {line} may read a pickle"
    assert not imports(file) & {"pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "yaml"}


def _false(node):
    return isinstance(node, ast.Constant) and node.value is False


def test_no_path_of_one_machine():
    files = [file for kind in ("py", "md", "js", "css", "toml", "txt", "lock") for file in HOUSE.rglob(f"*.{kind}")]
    for file in files:
        if not any(part.startswith(".") for part in file.relative_to(HOUSE).parts):
            words = file.read_text(encoding="utf-8", errors="replace")
            assert not re.search(r"(^|[\s\"'(:])/(work|home|Users|root)/", words), f"{file} names a path of one machine"


def test_the_readme_lists_the_algorithms():
    """A table between two markers begins with stage, name and title of every algorithm, in order."""
    from pipeline.stages import STAGES as REGISTRY

    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    table = re.search(r"<!-- algorithms -->\n(.*?)<!-- /algorithms -->", text, re.DOTALL)
    assert table, "README.md needs a table between <!-- algorithms --> and <!-- /algorithms -->"
    rows = [row.strip("|").split("|") for row in table[1].splitlines() if row.startswith("|")][2:]
    written = [tuple(cell.strip(" `") for cell in row[:3]) for row in rows]
    assert written == [(stage, entry.name, entry.title) for stage, entries in REGISTRY.items() for entry in entries]
