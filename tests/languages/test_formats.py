from datetime import date
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, StrictUndefined

from uptime_daemon.core.terms.money import parse_money
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.languages.formats import formats
from uptime_daemon.languages.language import Language
from uptime_daemon.languages.templates import EXTENSION, speak

SIX = list(Language)
PRAGUE = ZoneInfo("Europe/Prague")
AT = parse_instant("2026-07-31T22:10:05.250000+02:00")


def _six(function: str, *arguments: object) -> list[str]:
    return [getattr(formats(each), function)(*arguments).replace("\xa0", "~").replace("\u202f", "~") for each in SIX]


@pytest.mark.parametrize(
    ("function", "argument", "shown"),
    [
        ("number", "12345.7916666667", ["12,345.7916666667", "12.345,7916666667", "12~345,7916666667",
                                        "12~345,7916666667", "12.345,7916666667", "12~345,7916666667"]),
        ("number", "43110/43200", ["43,110/43,200", "43.110/43.200", "43~110/43~200", "43~110/43~200",
                                   "43.110/43.200", "43~110/43~200"]),
        ("percent", "99.90", ["99.90%", "99,90%", "99,90~%", "99,90%", "%99,90", "99,90~%"]),
        ("percent", "2", ["2%", "2%", "2~%", "2%", "%2", "2~%"]),
        ("money", parse_money("1234.50", "RSD"), ["1,234.50~RSD", "1.234,50~RSD", "1~234,50~RSD", "1~234,50~RSD",
                                                  "1.234,50~RSD", "1~234,50~RSD"]),
        ("money", parse_money("1234", "JPY"), ["1,234~JPY", "1.234~JPY", "1~234~JPY", "1~234~JPY", "1.234~JPY",
                                               "1~234~JPY"]),
        ("calendar_date", date(2026, 6, 3), ["3 June 2026", "3. jun 2026.", "3 июня 2026~г.", "3 червня 2026~р.",
                                    "3 Haziran 2026", "3. června 2026"]),
        ("month", date(2026, 6, 3), ["June 2026", "jun 2026.", "июнь 2026~г.", "червень 2026~р.", "Haziran 2026",
                                     "červen 2026"]),
        ("quarter", date(2026, 6, 3), ["2nd quarter 2026", "drugi kvartal 2026.", "2-й квартал 2026~г.",
                                       "2-й квартал 2026~р.", "2026 2. çeyrek", "2. čtvrtletí 2026"]),
        ("length", 90 * MINUTE, ["1~h~30~min", "1~h~30~min", "1~ч~30~мин", "1~год~30~хв", "1~sa~30~dk", "1~h~30~min"]),
        ("length", 720 * HOUR + SECOND // 2, ["720~h~0.5~s", "720~h~0,5~s", "720~ч~0,5~с", "720~год~0,5~с",
                                              "720~sa~0,5~sn", "720~h~0,5~s"]),
        ("length", 0, ["0~s", "0~s", "0~с", "0~с", "0~sn", "0~s"]),
        ("days", 7 * DAY - 1, ["6 days", "6 dana", "6 дней", "6 днів", "6 gün", "6 dní"]),
        ("days", 21 * DAY, ["21 days", "21 dan", "21 день", "21 день", "21 gün", "21 dní"]),
        ("days", 22 * HOUR, ["22 hours", "22 sata", "22 часа", "22 години", "22 saat", "22 hodin"]),
        ("days", 119 * MINUTE, ["1 hour", "1 sat", "1 час", "1 година", "1 saat", "1 hodina"]),
        ("days", 59 * MINUTE, ["59 minutes", "59 minuta", "59 минут", "59 хвилин", "59 dakika", "59 minut"]),
        ("bytes", 1541, ["1,541 bytes", "1.541 bajt", "1~541 байт", "1~541 байт", "1.541 bayt", "1~541 bajtů"]),
    ],
)  # fmt: skip
def test_figures_are_spelled_by_locale(function: str, argument: object, shown: list[str]) -> None:
    """English, Serbian, Russian, Ukrainian, Turkish, Czech; every digit that came stays, and no other comes."""
    assert _six(function, argument) == shown


def test_instants_name_their_offset() -> None:
    """A claim's instants are exact to the microsecond and can be read without knowing the zone's rules."""
    assert _six("instant", AT, PRAGUE) == [
        "31~Jul~2026,~22:10:05.25~+02:00",
        "31.~7.~2026.,~22:10:05.25~+02:00",
        "31~июл.~2026~г.,~22:10:05.25~+02:00",
        "31~лип.~2026~р.,~22:10:05.25~+02:00",
        "31~Tem~2026,~22:10:05.25~+02:00",
        "31.~7.~2026,~22:10:05.25~+02:00",
    ]


def test_templates_speak_the_language() -> None:
    """Plurals, figures and the language's tag are there in a template; text over several lines is one message."""
    shown = []
    for each in SIX:
        environment = Environment(autoescape=True, undefined=StrictUndefined, extensions=[EXTENSION])
        speak(environment, "units", each)
        template = environment.from_string(
            "{{ lang }} {% trans number=2 %}%(number)d day{% pluralize %}%(number)d days{% endtrans %}"
            "|{{ ngettext('%(number)d hour', '%(number)d hours', 5, number=5) }}|{{ '99.5' | percent }}"
        )
        shown.append(template.render().replace("\xa0", "~"))
    assert [each.split("|", 1)[1] for each in shown] == [
        "5 hours|99.5%",
        "5 sati|99,5%",
        "5 часов|99,5~%",
        "5 годин|99,5%",
        "5 saat|%99,5",
        "5 hodin|99,5~%",
    ]
    assert [each.split(" ")[0] for each in shown] == ["en", "sr-Latn", "ru", "uk", "tr", "cs"]
