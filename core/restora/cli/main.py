"""The `restora` command: its groups, the errors it shows, and its exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from restora import __version__
from restora.cli.door import Door
from restora.cli.lazy import LazyGroup
from restora.errors import BadInputError, Cancelled, RestoraError

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_CANCELLED = 130

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "open": ("restora.cli.opening:open_command", "Tell what files are: kind, size, how they are read."),
    "run": ("restora.cli.running:run_command", "Run a method, or a recipe, on files."),
    "batch": ("restora.cli.batching:batch_command", "Run a method on whole folders, safely interruptible."),
    "queue": ("restora.cli.queueing:queue_group", "The jobs that wait: list, run, pause, reorder, retry."),
    "verify": ("restora.cli.verifying:verify_command", "Repeat a recipe and compare what comes out."),
    "convert": ("restora.cli.converting:convert_command", "Scenes and cameras in another format."),
    "compare": ("restora.cli.comparing:compare_command", "Measure a picture against its reference."),
    "simulate": ("restora.cli.simulating:simulate_group", "What an unusual camera would make of a picture."),
    "scene": ("restora.cli.scene:scene_group", "Scenes of Gaussians: render, refine, train, clean."),
    "methods": ("restora.cli.methods:methods_command", "List methods, or describe one."),
    "plugins": ("restora.cli.plugins:plugins_group", "List, create, check, enable and disable plugins."),
    "weights": ("restora.cli.weights:weights_group", "Get, import, verify and remove weights."),
    "vectors": ("restora.cli.vectors:vectors_command", "Check a method's networks against stored numbers."),
    "doctor": ("restora.cli.doctor:doctor_command", "Versions, devices, folders, and what is wrong."),
    "completion": ("restora.cli.completion:completion_command", "Print the shell's completion script."),
}
"""Name, where the command lives, and its line in the help, so that help imports no command."""


@click.group(cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="restora")
@click.option(
    "--plugin-dir",
    "plugin_dirs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A further folder of single-file plugins; may be given several times.",
)
@click.option("--safe-mode", is_flag=True, help="Load only the plugins that come with restora.")
@click.pass_context
def cli(ctx: click.Context, plugin_dirs: tuple[Path, ...], safe_mode: bool) -> None:
    """Restore pictures from unusual cameras.

    A file can be a path or `sample:NAME`. Every result comes with a recipe that repeats it.
    """
    ctx.obj = ctx.with_resource(Door(plugin_dirs=plugin_dirs, safe_mode=safe_mode))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command; 0 only on success, 2 for what the user handed in, 130 if it was cancelled."""
    as_json = "--json" in arguments
    try:
        code = cli.main(args=list(arguments), prog_name="restora", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        _report(error.format_message(), _usage_advice(error), as_json)
        return EXIT_BAD_INPUT
    except (click.Abort, KeyboardInterrupt, Cancelled):
        _report("cancelled", None, as_json)
        return EXIT_CANCELLED
    except RestoraError as error:
        _report(str(error), error.advice, as_json)
        return EXIT_BAD_INPUT if isinstance(error, BadInputError) else EXIT_FAILED
    except BrokenPipeError:
        # The reader has gone, as with `| head`; nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return code if isinstance(code, int) else 0


def _report(message: str, advice: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"event": "error", "message": message, "advice": advice}))
        return
    click.echo(f"restora: {message}", err=True)
    if advice:
        click.echo(f"  {advice}", err=True)


def _usage_advice(error: click.ClickException) -> str | None:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"See `{error.ctx.command_path} --help`."
    return None
