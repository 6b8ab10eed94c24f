"""``kubectl atlas-peering doctor``."""

import shutil
import sys

import click

from .. import suggestions
from ..exit_codes import ExitCode
from ..invocation import Invocation
from ..options import all_namespaces_option, cluster_options, invoked, output_option
from ..output import Format, json_text, yaml_text
from ..suggestions import suggesting
from .examination import Examination
from .render import text_of
from .scope import Scope


@click.command()
@click.argument("names", metavar="[[KIND/]NAME]...", nargs=-1, shell_complete=suggesting(suggestions.objects))
@cluster_options
@all_namespaces_option
@click.option(
    "--project",
    metavar="ID",
    envvar="MONGODB_ATLAS_PROJECT_ID",
    show_envvar=True,
    help="ID of the Atlas project to check the credentials with, if no object names one.",
)
@click.option(
    "--credentials-secret",
    metavar="[NAMESPACE/]NAME",
    help="Secret with Atlas credentials. Default: the Secrets of the objects; for projects whose Secrets you may not "
    "read, the MONGODB_ATLAS_* variables.",
)
@click.option(
    "--operator-namespace",
    metavar="NAME",
    help="Namespace of the operator. Default: all namespaces are searched.",
)
@click.option(
    "--atlas-base-url",
    "atlas_url",
    metavar="URL",
    envvar="ATLAS_BASE_URL",
    show_envvar=True,
    help="Base URL of the Atlas Admin API. Default: the operator's setting.",
)
@click.option(
    "--confluent-base-url",
    "confluent_url",
    metavar="URL",
    envvar="CONFLUENT_BASE_URL",
    show_envvar=True,
    help="Base URL of the Confluent Cloud API. Default: the operator's setting.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the leader to renew its Lease.",
)
@output_option(Format.TABLE, Format.WIDE, Format.JSON, Format.YAML)
@invoked
async def doctor(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    operator_namespace: str | None,
    atlas_url: str | None,
    confluent_url: str | None,
    patience: float,
) -> ExitCode:
    """Check the operator, its credentials and its objects.

    The command only reads. For each finding it says what to do next. It shows no secret, so you can put the output of
    -o json into a ticket. It exits with 1 if a check failed, and with 0 if there are only warnings.

    With names, it checks these objects only, otherwise all objects of the namespace. A NAME without a KIND can be of
    any kind.
    """
    scope = Scope(None if invocation.all_namespaces else invocation.namespace, names)
    report = await Examination(
        invocation,
        scope,
        patience=patience,
        operator_namespace=operator_namespace,
        atlas_base_url=atlas_url,
        confluent_base_url=confluent_url,
    ).report()
    match invocation.output:
        case Format.JSON:
            invocation.write(json_text(report.model_dump(mode="json", by_alias=True, exclude_none=True)))
        case Format.YAML:
            invocation.write(yaml_text(report.model_dump(mode="json", by_alias=True, exclude_none=True)))
        case form:
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            invocation.write(text_of(report, wide=form is Format.WIDE, width=width))
    return report.exit_code
