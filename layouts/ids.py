"""Every id on the page, once: constants for single things, functions for families."""

from __future__ import annotations

# State that the browser holds: keys and small JSON, never data.
ADDRESS = "address"
WORKSPACE = "workspace"  # the small JSON of keys, settings and view; kept on the server under its id
SAID = "said"  # what the page has to say of the workspace: problem, ways out, what was done
RESULTS = "results"  # the keys of all results in it
CHANGED = "changed"  # the workspace as some callback has just left it
DATASET = "dataset"  # key of the open dataset
DRAWN = "drawn"  # what the map shows: keys of map, clusters or of a run in progress
GROUPED = "grouped"  # keys of dataset, map, clusters and labels by hand, and whether the map has been measured
JUDGED = "judged"  # keys of clusters and of what says how good they are
CLUSTERED = "clustered"  # keys of dataset, clusters and labels by hand: what is measured of them comes later
START = "start"  # the next job to be started, of whatever lane
START_OPEN = "start-open"  # what a worker is asked to do; a new value starts it
START_EXPLORE = "start-explore"
START_GROUP = "start-group"
STARTED_OPEN = "started-open"
STARTED_EXPLORE = "started-explore"
STARTED_GROUP = "started-group"
PINNED = "pinned"
ORDER = "order"  # rows of the drawn points, trace by trace
UPLOADED = "uploaded"  # what the upload route answered
TOASTS = "toasts"  # what went wrong in a way that was foreseen
UNEXPECTED = "unexpected"  # and what did not
CLOSED = "closed"  # when a person last closed a message
NEWS = "news"  # read aloud: what happened to the runs

# Header
THEME = "theme"
DATASET_MENU = "dataset-menu"
TAKE_AWAY = "take-away"
TAKE_POINTS = "take-points"
TAKE_PNG = "take-png"
TAKE_SVG = "take-svg"
TAKE_SVG_WORDS = "take-svg-words"
TAKE_MAP = "take-map"

UNDO = "undo"
REDO = "redo"
RESTORED = "restored"  # version of the state that a step back or forth came to

# Data
UPLOAD_DATA = "upload-data"
UPLOAD_LABELS = "upload-labels"
WEB_ADDRESS = "web-address"  # the field for a file's address
FETCH = "fetch"
SAMPLES = "samples"
DATA_STATUS = "data-status"
READING = "reading"  # how far a file has been fetched and read
STOP_READING = "stop-reading"
EXPLORE = "explore"
RECENT = "recent"  # what this browser has looked at before
DELETE = "delete"  # the fold that asks again
DELETE_WORDS = "delete-words"
DELETE_REALLY = "delete-really"
DELETED = "deleted"  # said once it is done
PREVIEW = "preview"
ANSWERED = "answered"  # the answer to a notice that was pressed
ROLE_GIVEN = "role-given"  # the column whose role was changed, and the new role

# Map
MAP = "map"
MAP_AREA = "map-area"
DIMENSIONS = "dimensions"
REPLAY = "replay"  # the button that shows again how the map came to be
WHOLE = "whole"  # the button that shows the whole map again
COLOUR = "colour"
MAP_WORDS = "map-words"  # said on the map while it has no points
LEGEND = "legend"
STATUS = "status"
ESTIMATE = "estimate"  # about how long a map will take
RUN = "run"
STOP = "stop"
KEEP = "keep"
DISCARD = "discard"
RUN_STATUS = "run-status"
RUN_PROGRESS = "run-progress"

# Selection and search
SELECTION = "selection"  # the selected rows, of which dataset and map
DRAG = "drag"  # what dragging on the map does
DRAG_TOOLS = "drag-tools"
SELECTED = "selected"  # the place of the selection's card
CLEAR = "clear-selection"
FIND = "find"  # the field that finds rows
FOUND = "found"  # what opens below it
FOUND_WORDS = "found-words"
FOUND_LIST = "found-list"
FOUND_ALL = "found-all"

# What the map shows, and how
FILTERS = "filters"  # the chips of what is shown alone
FILTER_BY = "filter-by"
FILTER_PLACE = "filter-place"
FILTER_ADD = "filter-add"
ISOLATE = "isolate"  # shows the selected rows alone
LOOK = "look"  # the place of what sets sizes, shapes and scale

# Groups by hand
HAND_NAME = "hand-name"
GATHER = "gather"  # the selected rows become a group
HAND_LABEL = "hand-label"  # or a label by hand
MERGE = "merge"
MERGED = "merged"  # the groups that were ticked when that was pressed
RENAMED = "renamed"  # the group whose name was written over, and the new name

# Right side
CARD = "card"
NEAR_COUNT = "near-count"  # how many nearest samples the card shows
NEAREST = "nearest"  # the pinned sample and those, with the names that they have on the map
COMPARED = "compared"  # the row that is kept as the first of two
COMPARISON = "comparison"  # the place where both stand side by side
PINNED_SAID = "pinned-said"  # read aloud: the row that is pinned
UNPIN = "unpin"
PREVIOUS = "previous"
NEXT = "next"
TIP = "tip"
CAUTION = "caution"

# Tray
TABS = "tabs"
TRAY = "tray"
GROUPS = "groups"
GROUP_SCORES = "group-scores"
BESIDE = "beside-labels"
PROPOSAL = "proposal"
GROUP = "group"
GROUPS_STATUS = "groups-status"

# Table
TABLE_TOOLS = "table-tools"
TABLE_COUNT = "table-count"  # how many rows are shown
TABLE_FOLDED = "table-folded"  # the button that shows the pixels too
TABLE_ONLY = "table-only"  # the button that shows the selected rows alone
TABLE_SELECT = "table-select"  # the button that selects the rows that are shown
TABLE_PLACE = "table-place"  # where the grid stands once the tab was taken


def choice(stage: str) -> dict[str, str]:
    """The control that chooses a stage's algorithm."""
    return {"type": "choice", "stage": stage}


def choice_place(stage: str) -> dict[str, str]:
    """The place where a stage's choice of algorithm stands."""
    return {"type": "choice-place", "stage": stage}


def panel(stage: str) -> dict[str, str]:
    """The place where a stage's controls stand."""
    return {"type": "panel", "stage": stage}


def table_grid() -> str:
    """The grid of all rows, which is not on the page before its tab was taken."""
    return "table-grid"


def summary(stage: str) -> str:
    """The one line that says what a stage did."""
    return f"{stage}-summary"


def step(stage: str) -> str:
    """The card of a stage."""
    return f"{stage}-step"


def reset(stage: str, algorithm: str) -> dict[str, str]:
    """The button that brings back an algorithm's defaults."""
    return {"type": "reset", "stage": stage, "algorithm": algorithm}


def near(row: int | str) -> dict[str, int | str]:
    """The button of one of the nearest samples, which pins it."""
    return {"type": "near", "row": row}


def near_count(count: int | str) -> dict[str, int | str]:
    """The button that shows so many nearest samples."""
    return {"type": "near-count", "count": count}


def propose(count: int | str) -> dict[str, int | str]:
    """The button that takes a proposed number of groups."""
    return {"type": "propose", "count": count}


def setting(stage: str, algorithm: str, name: str) -> dict[str, str]:
    """The control of one parameter."""
    return {"type": "setting", "stage": stage, "algorithm": algorithm, "name": name}


def absent(stage: str, algorithm: str, name: str) -> dict[str, str]:
    """The switch that sets an optional parameter to none or auto."""
    return {"type": "absent", "stage": stage, "algorithm": algorithm, "name": name}


def role(index: int | str) -> dict[str, int | str]:
    """The control of a column's role, by the column's position in the file."""
    return {"type": "role", "index": index}


def filter_value(by: str, part: str) -> dict[str, str]:
    """One control of the filter by this trait that is being set: names, low, high or words."""
    return {"type": "filter-value", "by": by, "part": part}


def filter_chip(index: int | str) -> dict[str, int | str]:
    """The chip that takes one filter away; −1 takes all away."""
    return {"type": "filter-chip", "index": index}


def look(part: str) -> dict[str, str]:
    """One control of how points look: size, opacity, second or logarithmic."""
    return {"type": "look", "part": part}


def group_name(code: int | str) -> dict[str, int | str]:
    """The field with the name of a group."""
    return {"type": "group-name", "code": code}


def group_tick(code: int | str) -> dict[str, int | str]:
    """The tick of a group that is to be merged."""
    return {"type": "group-tick", "code": code}


def way(option: int | str) -> dict[str, int | str]:
    """The button of one way out of a problem."""
    return {"type": "way", "option": option}


def answer(notice: int | str, option: int | str) -> dict[str, int | str]:
    """The button of one answer to a notice."""
    return {"type": "answer", "notice": notice, "option": option}
