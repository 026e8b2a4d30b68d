"""The command line: `needle`."""

from __future__ import annotations

import sys

import click

from lti_tool import __version__
from lti_tool.cli.administering import admin_link
from lti_tool.cli.delivery import deliver
from lti_tool.cli.doctor import doctor, refusals
from lti_tool.cli.evaluating import evaluate
from lti_tool.cli.grades import grades
from lti_tool.cli.indexing import index
from lti_tool.cli.inviting import invitations, invite
from lti_tool.cli.keys import keys
from lti_tool.cli.lrs import lrs
from lti_tool.cli.need import ask
from lti_tool.cli.platforms import platform
from lti_tool.cli.pseudonyms import pseudonyms
from lti_tool.cli.serving import migrate, serve
from lti_tool.cli.shelf import shelf
from lti_tool.cli.sources import source
from lti_tool.cli.statements import statements
from lti_tool.cli.syncing import sync
from lti_tool.cli.telling import explain, explain_usage, print_error
from lti_tool.cli.use import use


class _InOrder(click.Group):
    """Lists the commands in the order in which a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order they were added."""
        return list(self.commands)


@click.group(
    cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96}
)
@click.version_option(__version__, prog_name="needle")
def needle() -> None:
    """The one module you need, right now, inside your LMS.

    Settings come from the environment (NEEDLE_…) and from the file that NEEDLE_CONFIG
    names; docs/configuration.md lists them.

    \b
    To begin:
      needle migrate                make or upgrade the database
      needle invite                 let your LMS register Needle, by one address
      needle source add --help      tell Needle where your modules are
      needle sync                   fetch them
      needle serve                  let people in
    """


for command in (
    migrate,
    invite,
    invitations,
    platform,
    source,
    sync,
    index,
    shelf,
    ask,
    evaluate,
    serve,
    lrs,
    deliver,
    statements,
    grades,
    doctor,
    refusals,
    keys,
    pseudonyms,
    use,
    admin_link,
):
    needle.add_command(command)


def main() -> None:
    """Run the command line; an error ends it with plain words and exit code 1."""
    try:
        needle.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        click.echo(explain_usage(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        words = explain(error)
        if words is None:
            raise
        print_error(words)
        sys.exit(1)
