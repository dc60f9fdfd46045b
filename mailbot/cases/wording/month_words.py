"""
What a report of a month says of a promise that was not kept, and how its figures are counted.
"""

#: What was not on record by the last instant.
MISSING = {
    "acknowledge": "No acknowledgement had been accepted for delivery, or posted.",
    "introduce": "No introduction of the handler had been accepted for delivery, or posted.",
    "agree_contact": "No contact time, outcome or closure was on record.",
    "keep_contact": "No answer, telephone call or outcome was on record.",
    "answer": "The customer had written again; no answer, call or outcome was on record.",
    "confirm_closure": "Neither a yes nor a no of the customer was on record.",
    "adr_rights": "No letter about independent help, and none of deadlock, had been accepted for"
    " delivery, or posted.",
    "credit": "Nobody had said that the credit was applied to the invoice.",
    "data_protection": "No acknowledgement had been accepted for delivery, or posted.",
    "decide_reopening": "Nobody had decided whether the closed case opens again.",
}

MERGED = "The complaint became part of another of the same customer, and goes on there."
OVER = {
    "case_closed": "Never made good; the case was closed on {at}.",
    "judged_not_a_complaint": "Never made good; on {at} a person judged that it is no complaint.",
}
KEPT_AFTERWARDS = "Not made good; the next promise of this kind was kept on {at}."
NOTHING_SINCE = "Nothing on record since."

CHANNELS = {
    "telephone": "Telephone",
    "fax": "Fax",
    "email": "Email",
    "letter": "Letter",
    "account_manager": "Account manager",
}

ENDINGS = {
    "kept": "Kept",
    "kept_late": "Kept late",
    "broken": "Broken",
    "withdrawn": "No longer owed",
    "open": "Still to be kept",
}

AGES = {
    "under_two_weeks": "under two weeks",
    "two_to_six_weeks": "two to six weeks",
    "over_six_weeks": "over six weeks",
}

#: How everything is counted: a heading and what it means.
DEFINITIONS = {
    "Complaint": (
        "Every message of a person that opened a case, and every complaint that our own people"
        " entered. It counts in the month of the day on which it first reached us, by whatever"
        " way. A complaint that was merged into another one counts once, with that one. Mail"
        " that our mail system had marked and a person rejected does not count."
    ),
    "Kept": (
        "Evidence was on record by the last instant that the code allows: a letter that the next"
        " mail server accepted or that was posted, a telephone call, a contact time, an outcome,"
        " a closure. Nothing is taken on trust, and an automatic letter is never a contact."
    ),
    "Kept late, broken": (
        "Late: the evidence came after that instant. Broken: there is none yet. Both count in the"
        " month in which the promise fell due, and are told as they stand on the day on which"
        " this page was made."
    ),
    "No longer owed": (
        "Events ended the promise before it fell due: the case was closed, a time was agreed anew,"
        " a customer did not answer our question. It counts in the month in which that happened,"
        " neither for us nor against us."
    ),
    "Still to be kept": "Promised by the end of the month, and due after it.",
    "Closed": "The customer confirmed that the complaint is resolved. Silence closes nothing.",
    "Middle, nine of ten": (
        "The median, and the time that nine of ten did not exceed; from receipt, nights and"
        " weekends included."
    ),
    "Month": "From midnight to midnight, local time.",
}
