"""What all dashboards are made of: queries that count a pair of daemons once, and panels that say what they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

PREFIX: Final = "uptime_daemon_"
COLUMNS: Final = 24
AS_KNOWN: Final = (
    "As known at each scrape: a later ticket, exclusion or revision changes what comes, never what was scraped; the "
    "daemon's statements are the authority."
)
UP_DOWN: Final = {"0": ("down", "red"), "1": ("up", "green")}

Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; the first from anywhere."""
BAD: Final[Steps] = ((None, "green"), (1, "red"))
"""Nothing is good, one is bad."""
AGE: Final[Steps] = ((None, "green"), (60, "orange"), (300, "red"))
"""Seconds that something is old."""
BUDGET: Final[Steps] = ((None, "red"), (0, "orange"), (0.25, "green"))
"""The share of an error budget that is left."""


def source() -> common_models.DataSourceRef:
    """The Prometheus that the reader chose."""
    return common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")


# --- queries ----------------------------------------------------------------------------------------------------------


def selector(name: str, *variables: str, **fixed: str) -> str:
    """The series of a family under the chosen variables; `fixed` are patterns of other labels."""
    matchers = [f'{variable}=~"${variable}"' for variable in ("job", *variables)]
    matchers += [f'{label}=~"{pattern}"' for label, pattern in fixed.items()]
    return f"{name if name.partition('_')[0] in {'process', 'scrape'} else PREFIX + name}{{{', '.join(matchers)}}}"


def once(series: str) -> str:
    """The same figure of two daemons side by side, once."""
    return f"max without (instance) ({series})"


def judged(name: str) -> str:
    """A figure of the running periods of the chosen agreements, groups and kinds of period."""
    return once(selector(f"agreement_{name}", "agreement", "group", "period"))


def rate(series: str) -> str:
    """Per second, over at least four scrapes."""
    return once(f"rate({series}[$__rate_interval])")


def counted(condition: str) -> str:
    """How many series fulfil a condition; 0 and not nothing where none does."""
    return f"count({condition}) or vector(0)"


@dataclass(frozen=True, slots=True)
class Line:
    """One query of a panel and how its series are called; in a table the name of its column."""

    expression: str
    legend: str
    unit: str = ""
    decimals: int | None = None
    steps: Steps = ()


def _query(line: Line, number: int, *, now: bool, as_table: bool = False) -> prometheus.Dataquery:
    form = prometheus_models.PromQueryFormat.TABLE if as_table else prometheus_models.PromQueryFormat.TIME_SERIES
    query = prometheus.Dataquery().ref_id(chr(ord("A") + number)).datasource(source()).format(form)
    query = query.editor_mode(prometheus_models.QueryEditorMode.CODE).expr(line.expression)
    query = query.legend_format("" if as_table else line.legend)
    return query.instant() if now else query.range()


def _thresholds(steps: Steps) -> build.ThresholdsConfig:
    made = [models.Threshold(value=value, color=color) for value, color in steps]
    return build.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def _mapped(words: dict[str, tuple[str, str]]) -> list[models.ValueMapping]:
    results = {
        value: models.ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(words.items())
    }
    return [models.ValueMap(options=results)]


# --- panels -----------------------------------------------------------------------------------------------------------


def figure(title: str, text: str, unit: str, line: Line, *, width: int = 4, steps: Steps = ()) -> stat.Panel:
    """One number as it is now, or one for each series where the legend tells them apart."""
    panel = stat.Panel().title(title).description(text).unit(unit).datasource(source()).span(width).height(4)
    panel = panel.with_target(_query(line, 0, now=True)).graph_mode(common_models.BigValueGraphMode.NONE)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    several = "{{" in line.legend
    mode = common_models.BigValueTextMode.VALUE_AND_NAME if several else common_models.BigValueTextMode.VALUE
    panel = panel.text_mode(mode)
    if line.decimals is not None:
        panel = panel.decimals(line.decimals)
    if not steps:
        return panel.color_mode(common_models.BigValueColorMode.NONE)
    return panel.color_mode(common_models.BigValueColorMode.VALUE).thresholds(_thresholds(steps))


def course(
    title: str, text: str, unit: str, *lines: Line, width: int = 12, height: int = 8, stacked: bool = False
) -> timeseries.Panel:
    """How something went; a hole is a hole."""
    panel = timeseries.Panel().title(title).description(text).unit(unit).datasource(source()).span(width)
    panel = panel.height(height).line_width(1).fill_opacity(40 if stacked else 8).span_nulls(False)
    panel = panel.show_points(common_models.VisibilityMode.NEVER)
    panel = panel.line_interpolation(common_models.LineInterpolation.STEP_AFTER)
    panel = panel.tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    panel = panel.legend(
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    if stacked:
        panel = panel.min(0).stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
    for number, line in enumerate(lines):
        panel = panel.with_target(_query(line, number, now=False))
    return panel


def states(
    title: str, text: str, line: Line, words: dict[str, tuple[str, str]], *, height: int = 6
) -> statetimeline.Panel:
    """States over time: equal neighbours are one bar, what is not known is a hole."""
    panel = statetimeline.Panel().title(title).description(text).unit("short").datasource(source())
    panel = panel.span(COLUMNS).height(height).with_target(_query(line, 0, now=False)).mappings(_mapped(words))
    panel = panel.color_scheme(build.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    panel = panel.thresholds(_thresholds(((None, "red"), (1, "green")))).merge_values(True).span_nulls(False)
    return panel.show_value(common_models.VisibilityMode.NEVER).line_width(0).fill_opacity(80)


def bars(title: str, text: str, unit: str, line: Line, *, width: int, height: int, steps: Steps) -> bargauge.Panel:
    """One bar a series as it is now."""
    panel = bargauge.Panel().title(title).description(text).unit(unit).datasource(source()).span(width).height(height)
    panel = panel.orientation(common_models.VizOrientation.HORIZONTAL).min(0).max(1).thresholds(_thresholds(steps))
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    return panel.display_mode(common_models.BarGaugeDisplayMode.BASIC).with_target(_query(line, 0, now=True))


def rows(
    title: str,
    text: str,
    labels: dict[str, str],
    *columns: Line,
    width: int = COLUMNS,
    height: int = 8,
    first: str = "",
    hidden: tuple[str, ...] = (),
) -> table.Panel:
    """One row a series: its labels, then a column for each query. `first` names the column with the worst on top."""
    panel = table.Panel().title(title).description(text).unit("short").datasource(source()).span(width).height(height)
    order = [*labels, *(f"Value #{chr(ord('A') + number)}" for number in range(len(columns)))]
    names = labels | {f"Value #{chr(ord('A') + number)}": column.legend for number, column in enumerate(columns)}
    if len(columns) == 1:  # without another query to tell it from, the only value is called so
        order, names = [*labels, "Value"], labels | {"Value": columns[0].legend}
    panel = panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel = panel.with_transformation(
        models.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": dict.fromkeys(("Time", "job", "__name__", *hidden), True),
                "indexByName": {name: index for index, name in enumerate(order)},
                "renameByName": names,
            },
        )
    )
    for number, column in enumerate(columns):
        panel = panel.with_target(_query(column, number, now=True, as_table=True))
        properties = [models.DynamicConfigValue("unit", column.unit)] if column.unit else []
        if column.decimals is not None:
            properties.append(models.DynamicConfigValue("decimals", column.decimals))
        if column.steps:
            steps = [{"color": color, "value": value} for value, color in column.steps]
            properties += [
                models.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
                models.DynamicConfigValue("color", {"mode": "thresholds"}),
                models.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps}),
            ]
        if properties:
            panel = panel.override_by_name(column.legend, properties)
    if first:
        panel = panel.sort_by([common.TableSortByFieldState().display_name(first).desc(False)])
    return panel


# --- the frame --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """What a reader may choose from: the values of a label of a family, under the variables before it."""

    name: str
    family: str
    text: str
    within: tuple[str, ...] = ()


AGREEMENT: Final = Variable("agreement", "agreement_info", "What was signed.")
AGREED_GROUP: Final = Variable(
    "group", "agreement_outages", "A functional group as the contract names it.", ("agreement",)
)
PERIOD: Final = Variable("period", "agreement_outages", "The kind of period that is judged.", ("agreement", "group"))


def dashboard(uid: str, title: str, text: str, *variables: Variable, since: str) -> build.Dashboard:
    """An empty dashboard with its variables, annotations and the links to the others."""
    frame = build.Dashboard(title).uid(f"uptime-daemon-{uid}").description(text).tags(["uptime-daemon"]).readonly()
    frame = frame.tooltip(models.DashboardCursorSync.CROSSHAIR).time(since, "now").timezone("browser").refresh("1m")
    links = build.DashboardLink("uptime-daemon").type(models.DashboardLinkType.DASHBOARDS).tags(["uptime-daemon"])
    frame = frame.link(links.as_dropdown(True).include_vars(True).keep_time(True))
    chosen = build.DatasourceVariable("datasource").label("Data Source").type("prometheus")
    frame = frame.with_variable(chosen.description("The Prometheus that scrapes uptime-daemon."))
    for variable in (Variable("job", "build_info", "The scrape job."), *variables):
        frame = frame.with_variable(_variable(variable))
    return frame


def _variable(variable: Variable) -> build.QueryVariable:
    series = PREFIX + variable.family if variable.name == "job" else selector(variable.family, *variable.within)
    query = f"label_values({series}, {variable.name})"
    every = models.VariableOption(selected=True, text=["All"], value=["$__all"])
    made = build.QueryVariable(variable.name).label(variable.name.capitalize()).description(variable.text)
    made = made.datasource(source()).definition(query).query({"query": query, "refId": "Variables"}).current(every)
    made = made.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    return made.multi(True).include_all(True).all_value(".+")


def laid(frame: build.Dashboard, *panels: Builder[models.Panel]) -> build.Dashboard:
    """The dashboard with more panels, from left to right and then below."""
    for panel in panels:
        frame = frame.with_panel(panel)
    return frame


def row(title: str) -> build.Row:
    """A line that divides."""
    return build.Row(title)


def note(name: str, color: str, expression: str, title: str, text: str, keys: str) -> build.AnnotationQuery:
    """A mark over every panel while an expression holds."""
    made = build.AnnotationQuery().name(name).datasource(source()).enable(True).hide(False).icon_color(color)
    made = made.expr(expression).step("60s").title_format(title).text_format(text)
    return made.tag_keys(keys).use_value_for_time(False)


def outages(*variables: str) -> build.AnnotationQuery:
    """Where groups of probes are down."""
    down = f"{once(selector('group_up', *variables))} == 0"
    return note("Groups down", "red", down, "{{group}} is down", "As measured, before any contract.", "group")


def maintenance(*variables: str) -> build.AnnotationQuery:
    """Where announced work is to go on."""
    on = f"{once(selector('maintenance_active', *variables))} == 1"
    text = "As the vendor announced it; whether it excuses anything is the contract's affair."
    return note("Announced work", "blue", on, "{{agreement}} {{group}}: announced work", text, "agreement,group")
