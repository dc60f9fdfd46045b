"""
The rulebook: the published complaints code as data, read from code.toml.

A frozen value whose parts agree with each other. What cannot be kept is refused
here, by the key that says it, and not in the week when it matters.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time, timedelta
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from mailbot.cases.obligation import Does
from mailbot.cases.rulebook.clock import (
    AtOnce,
    Moment,
    PlannedStep,
    Promise,
    Within,
    parse_acts,
    parse_clock,
    parse_moment,
    parse_within,
)
from mailbot.cases.rulebook.consistency import Problem, contradictions
from mailbot.cases.rulebook.workdays import END_OF_DAY, Calendar

#: How long a check of the ADR details, and of the bank holidays, is trusted.
ADR_CHECK_LASTS = timedelta(days=180)
HOLIDAYS_CHECK_LASTS = timedelta(days=365)

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Text = Annotated[str, Field(min_length=1)]
#: Strict: a number would otherwise pass for the seconds since 1970.
Day = Annotated[date, Strict()]

T = TypeVar("T")


def written(parse: Callable[[str], T]) -> PlainValidator:
    """
    The validator of a value that the file writes as text in a language of its own.
    """

    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        return parse(value)

    return PlainValidator(read)


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise ValueError(f'expected one of {", ".join(WEEKDAYS)}, got "{text}"')
    return WEEKDAYS.index(text)


def _does(text: str) -> Does:
    # The other two are made of `acts` and `due`.
    if text not in {Does.WARN, Does.ALARM}:
        raise ValueError(f'expected "warn" or "alarm", got "{text}"')
    return Does(text)


def _opening(text: str) -> time:
    clock = parse_clock(text)
    if clock == END_OF_DAY:
        raise ValueError('expected a time from "00:00" to "23:59", got "24:00"')
    return clock


def _header(text: str) -> str:
    # RFC 5322 §2.2: a field name is printable ASCII without a colon.
    if not re.fullmatch(r"[!-9;-~]+: ?\S.*", text):
        raise ValueError(f'expected a header line such as "X-Spam-Flag: YES", got "{text}"')
    return text


class Table(BaseModel):
    """
    One table of the file: frozen, and a key it does not know is an error.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _wants_a_last_day(moment: Moment, within: Within) -> bool:
    return within.is_in_hours and moment.needs_last_day


def _no_last_day(within: Within) -> str:
    return (
        f"{within} have no last day to count from: "
        'write it from the receipt, such as "17:00, 1 working day after receipt"'
    )


def _raise_all(problems: Iterable[Problem]) -> None:
    """
    Contradictions, each told at the key below this one that can mend it.
    """
    found = [
        InitErrorDetails(
            type=PydanticCustomError("contradiction", "{sentence}", {"sentence": sentence}),
            loc=key,
            input=None,
        )
        for key, sentence in problems
    ]
    if found:
        raise ValidationError.from_exception_data("rulebook", found)


class StepTable(Table):
    at: Annotated[Moment, written(parse_moment)]
    does: Annotated[Does, written(_does)]


class PromiseTable(Table):
    """
    One promise as the file writes it; its name is the name of the table.
    """

    clause: Text
    within: Annotated[Within, written(parse_within)]
    acts: Annotated[AtOnce | Moment, written(parse_acts)]
    due: Annotated[time, written(parse_clock)] | None = Field(default=None, validate_default=True)
    steps: tuple[StepTable, ...] = ()

    @field_validator("acts")
    @classmethod
    def _acts_on_a_known_day(cls, acts: AtOnce | Moment, info: ValidationInfo) -> AtOnce | Moment:
        within = info.data.get("within")
        if isinstance(acts, Moment) and within and _wants_a_last_day(acts, within):
            raise ValueError(_no_last_day(within))
        return acts

    @field_validator("due")
    @classmethod
    def _due_on_a_last_day(cls, due: time | None, info: ValidationInfo) -> time | None:
        within = info.data.get("within")
        if within and within.is_in_hours and due is not None:
            raise ValueError(f"leave it out: {within} end at an instant of their own")
        if within and not within.is_in_hours and due is None:
            raise ValueError(f'is needed: the time on the last day of {within}, such as "17:00"')
        return due

    @field_validator("steps")
    @classmethod
    def _steps_on_known_days(
        cls, steps: tuple[StepTable, ...], info: ValidationInfo
    ) -> tuple[StepTable, ...]:
        within = info.data.get("within")
        _raise_all(
            ((index, "at"), _no_last_day(within))
            for index, each in enumerate(steps)
            if within and _wants_a_last_day(each.at, within)
        )
        return steps

    def named(self, name: str) -> Promise:
        return Promise(
            name=name,
            clause=self.clause,
            within=self.within,
            acts=self.acts,
            due=self.due,
            steps=tuple(PlannedStep(at=each.at, does=each.does) for each in self.steps),
        )


class Promises(Table):
    """
    The promises that the program knows how to keep. All of them must be written down.
    """

    acknowledge: PromiseTable
    introduce: PromiseTable
    agree_contact: PromiseTable
    keep_contact: PromiseTable
    answer: PromiseTable
    confirm_closure: PromiseTable
    adr_rights: PromiseTable
    credit: PromiseTable
    data_protection: PromiseTable


class Hours(Table):
    opens: Annotated[time, written(_opening)]
    closes: Annotated[time, written(_opening)]
    days: Annotated[tuple[Annotated[int, written(_weekday)], ...], Field(min_length=1)]
    holidays_checked_on: Day | None = None
    extra_holidays: tuple[Day, ...] = ()
    removed_holidays: tuple[Day, ...] = ()

    @field_validator("closes")
    @classmethod
    def _opens_first(cls, closes: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and closes <= opens:
            raise ValueError(f"must be later than opens ({opens:%H:%M}), got {closes:%H:%M}")
        return closes

    @field_validator("removed_holidays")
    @classmethod
    def _not_both(cls, removed: tuple[date, ...], info: ValidationInfo) -> tuple[date, ...]:
        for each in removed:
            if each in info.data.get("extra_holidays", ()):
                raise ValueError(f"{each} is in extra_holidays too: keep it in one of them")
        return removed

    def calendar(self, zone: ZoneInfo) -> Calendar:
        return Calendar(
            zone=zone,
            opens=self.opens,
            closes=self.closes,
            weekdays=frozenset(self.days),
            extra_holidays=frozenset(self.extra_holidays),
            removed_holidays=frozenset(self.removed_holidays),
        )


class Company(Table):
    """
    The particulars that stand in every mail to a customer.
    """

    name: Text
    short_name: Text
    number: Text
    registered_office: Text
    code_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    telephone: Text
    telephone_hours: Text
    #: The head of letters on paper, a line each; left out, the registered office.
    postal_address: tuple[Text, ...] = ()


class Ofcom(Table):
    address: Annotated[tuple[Text, ...], Field(min_length=1)]
    email: Text
    web: Text
    telephone: Text


class Adr(Table):
    """
    The approved scheme for alternative dispute resolution; scheme = "" is none.
    """

    scheme: str
    address: tuple[Text, ...] = ()
    telephone: str = ""
    email: str = ""
    web: str = Field(default="", validate_default=True)
    member_reference: str = ""
    checked_on: Day | None = Field(default=None, validate_default=True)
    not_eligible_reasons: tuple[Text, ...] = ()

    @field_validator("web")
    @classmethod
    def _can_be_reached(cls, web: str, info: ValidationInfo) -> str:
        ways = (web, *(info.data.get(key) for key in ("address", "telephone", "email")))
        if info.data.get("scheme") and not any(ways):
            raise ValueError("a scheme needs a way to reach it: address, telephone, email or web")
        return web

    @field_validator("checked_on")
    @classmethod
    def _checked(cls, checked_on: date | None, info: ValidationInfo) -> date | None:
        if info.data.get("scheme") and checked_on is None:
            raise ValueError(
                "is needed with a scheme: the day these details were last compared "
                "with what the scheme itself publishes"
            )
        return checked_on


class Caps(Table):
    """
    How many acknowledgements may leave; what a cap stops becomes a task.
    """

    acknowledgements_per_address_per_hour: Annotated[StrictInt, Field(ge=1)] = 3
    acknowledgements_per_address_per_day: Annotated[StrictInt, Field(ge=1)] = 10
    acknowledgements_per_hour: Annotated[StrictInt, Field(ge=1)] = 2000

    @field_validator("acknowledgements_per_address_per_day")
    @classmethod
    def _a_day_holds_an_hour(cls, per_day: int, info: ValidationInfo) -> int:
        per_hour = info.data.get("acknowledgements_per_address_per_hour")
        if per_hour is not None and per_day < per_hour:
            raise ValueError(f"must not be less than the cap of an hour ({per_hour}): raise it")
        return per_day


class Intake(Table):
    #: Mail received before this day is filed without a case and not answered.
    answer_from: Day | None = None
    #: Header lines by which our own mail system marks what it takes for spam.
    spam_signals: tuple[Annotated[str, written(_header)], ...] = ("X-Spam-Flag: YES",)
    #: From which spam confidence level (SCL) of Exchange a message counts as spam; 0 is never.
    spam_level: Annotated[StrictInt, Field(ge=0, le=9)] = 5


class Safety(Table):
    words: tuple[Text, ...] = ()


class Closure(Table):
    """
    What a customer may write to confirm an outcome, or to refuse it: the whole
    new text, greeting and signature aside.
    """

    yes: Annotated[tuple[Text, ...], Field(min_length=1)] = ("yes", "resolved")
    no: Annotated[tuple[Text, ...], Field(min_length=1)] = ("no", "not resolved")

    @field_validator("no")
    @classmethod
    def _says_one_thing(cls, no: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for each in no:
            if each.casefold() in {word.casefold() for word in info.data.get("yes", ())}:
                raise ValueError(f'"{each}" is in yes too: keep it in one of them')
        return no


class DataProtection(Table):
    """
    The regulator for personal data, named in outcomes of complaints about it.
    """

    name: Text = "Information Commissioner's Office"
    address: tuple[Text, ...] = ()
    telephone: str = ""
    web: str = ""


class Escalation(Table):
    """
    The ladder of stage 5: the roles that take a case over, lowest first.
    """

    ladder: tuple[Literal["customer_service_manager", "head_of_professional_services"], ...] = (
        "customer_service_manager",
        "head_of_professional_services",
    )

    @field_validator("ladder")
    @classmethod
    def _each_rung_once(cls, ladder: tuple[str, ...]) -> tuple[str, ...]:
        if not ladder:
            raise ValueError("name at least one role: a case that is escalated goes to somebody")
        if len(set(ladder)) < len(ladder):
            raise ValueError("a role stands there twice: keep it once")
        return ladder


class Links(Table):
    allowed: tuple[Text, ...] = ()


class Retention(Table):
    months: Annotated[StrictInt, Field(ge=12, le=1200)] = 72


class Rulebook(Table):
    """
    The whole of code.toml.
    """

    version: Annotated[str, Field(min_length=1, max_length=64)]
    hours: Hours
    promises: Promises
    company: Company
    adr: Adr
    ofcom: Ofcom
    caps: Caps = Caps()
    intake: Intake = Intake()
    safety: Safety = Safety()
    closure: Closure = Closure()
    escalation: Escalation = Escalation()
    dp: DataProtection = DataProtection()
    links: Links = Links()
    retention: Retention = Retention()

    @field_validator("promises")
    @classmethod
    def _can_be_kept(cls, promises: Promises, info: ValidationInfo) -> Promises:
        hours = info.data.get("hours")
        if isinstance(hours, Hours):
            # No zone makes a difference: the trial compares local times with each other.
            calendar = hours.calendar(ZoneInfo("UTC"))
            _raise_all(
                ((name, *key), sentence)
                for name in Promises.model_fields
                for key, sentence in contradictions(getattr(promises, name).named(name), calendar)
            )
        return promises

    def promise(self, name: str) -> Promise:
        """
        The promise of that name; KeyError if the rulebook has no such table.
        """
        if name not in Promises.model_fields:
            raise KeyError(name)
        table: PromiseTable = getattr(self.promises, name)
        return table.named(name)

    def calendar(self, zone: ZoneInfo) -> Calendar:
        return self.hours.calendar(zone)

    @property
    def hosts_allowed(self) -> tuple[str, ...]:
        """
        The hosts that a link in a mail may have: the allow-list, and whoever the
        rulebook itself names.
        """
        sites = (self.company.code_url, self.ofcom.web, self.adr.web, self.dp.web)
        named = (urlsplit(each).hostname for each in sites)
        mail = (each.rpartition("@")[2] for each in (self.ofcom.email, self.adr.email))
        return tuple(dict.fromkeys(filter(None, (*self.links.allowed, *named, *mail))))

    def warnings(self, today: date) -> list[str]:
        """
        What the owner should see to, each with its remedy. Nothing here stops the program.
        """
        return list(self._warnings(today))

    def _warnings(self, today: date) -> Iterator[str]:
        if not self.adr.scheme:
            yield (
                "adr.scheme is empty: the rights letter sends customers to Ofcom, as the published "
                "code does, but Ofcom does not decide single complaints. Name the approved ADR "
                "scheme that the firm has joined, with its address and checked_on"
            )
        elif self.adr.checked_on and today - self.adr.checked_on > ADR_CHECK_LASTS:
            yield (
                f"adr.checked_on ({self.adr.checked_on}) is more than {ADR_CHECK_LASTS.days} days "
                "ago: compare the [adr] details with the scheme's own site and set it to that day"
            )
        checked_on = self.hours.holidays_checked_on
        if checked_on is None or today - checked_on > HOLIDAYS_CHECK_LASTS:
            age = "is not set" if checked_on is None else f"({checked_on}) is over a year ago"
            yield (
                f"hours.holidays_checked_on {age}: compare the bank holidays with the "
                "government's list, write differences into extra_holidays and removed_holidays, "
                "and set it to that day"
            )
        if not self.company.number.strip("0"):
            yield (
                "company.number is still the example's: put in the registered number of the "
                "company, which the law wants in every business mail"
            )
