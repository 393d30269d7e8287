"""The fixtures of the command line's tests."""

from cli_world import applied as applied
from cli_world import place as place
from cli_world import synced as synced
from cli_world import workspace as workspace
