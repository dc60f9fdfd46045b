"""
What each promise is called, and what our own people read when it runs out.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PromiseWords:
    """
    How a promise is called, what a handler who is warned can do, and what a
    manager must do once it is broken.
    """

    name: str
    todo: str
    mend: str

    @property
    def title(self) -> str:
        """
        The name where a line begins with it.
        """
        return self.name[:1].upper() + self.name[1:]


PROMISES = {
    "acknowledge": PromiseWords(
        "acknowledgement of the complaint",
        "Please acknowledge the complaint by telephone or letter.",
        "Our acknowledgement has not been accepted for delivery. Please see that the customer is"
        " told by telephone or letter that we have the complaint, and have the mail server"
        " looked at.",
    ),
    "introduce": PromiseWords(
        "introduction of the case handler",
        "Please ring the customer and introduce yourself.",
        "The customer has not been told who handles the complaint. Please see that somebody"
        " rings the customer today and introduces themselves.",
    ),
    "agree_contact": PromiseWords(
        "agreed contact time",
        "Please ring the customer and agree when you will next be in touch, then answer this"
        " email with that time, at the very top, such as: #contact tue 14:00",
        "No agreed contact time is on record. Please ask the handler what was agreed with the"
        " customer, and see that the customer hears from us today.",
    ),
    "adr_rights": PromiseWords(
        "letter about the right to independent help",
        "If the complaint can be resolved before then, now is the time. Otherwise mailbot"
        " sends the customer the letter about their right to independent help on that day.",
        "The letter about the customer's right to independent help was not accepted in time."
        " Look with mailbot case whether it has gone out since; if not, the law wants it posted"
        " today.",
    ),
    "keep_contact": PromiseWords(
        "agreed contact with the customer",
        "Please ring the customer at the agreed time, or write to them by answering the latest"
        " email about the case that has the customer's words in it, and say when you will next"
        " be in touch.",
        "The customer was promised to hear from us by then and did not. No letter of mailbot's"
        " mends that. Please see that somebody is in touch with the customer today.",
    ),
    "answer": PromiseWords(
        "answer to the customer's message",
        "Please answer the customer: reply to the mail in which mailbot forwarded the message,"
        " or ring.",
        "The customer wrote again and has had no answer. Please see that they get one today.",
    ),
    "decide_reopening": PromiseWords(
        "decision whether a closed case opens again",
        "The customer has written on a closed case. Answer with #reopen, or with #note and why"
        " it stays closed; otherwise it opens by itself.",
        "The case has opened again by itself, because nobody decided.",
    ),
    "confirm_closure": PromiseWords(
        "confirmation of the outcome",
        "The customer has not said whether the outcome resolves the complaint. Please ring and"
        " ask. Silence never closes a case.",
        "The customer has not said whether the outcome resolves the complaint. Please ring and"
        " ask. Silence never closes a case.",
    ),
    "credit": PromiseWords(
        "credit to the customer's invoice",
        "Please apply the credit to this month's invoice, then answer this email with: #credit applied",
        "The credit that was agreed has not been applied in its month. Please have it applied,"
        " and see that the customer is told.",
    ),
    "data_protection": PromiseWords(
        "acknowledgement of the data-protection complaint",
        "By law the complaint about personal data must be acknowledged within 30 days. Please"
        " see that it is.",
        "The complaint about personal data was not acknowledged within 30 days. The law wants"
        " it: please have it done today and tell whoever answers for data protection.",
    ),
}
