"""
The words of the people in the story.
"""

from mailbot.demo.letters import Writer

CUSTOMER = Writer("Megan Davies", "megan.davies@example.com")
SUBJECT = "No broadband since Monday and nobody rings back"

COMPLAINT = """\
Hello,

our broadband at home has been dead since Monday morning. I rang
twice and was told both times that somebody would ring me back.
Nobody has. I work from home and I cannot go on like this.

Megan Davies
01632 960 123"""

FIRST_ANSWER = """\
Dear Ms Davies,

I am sorry, most of all that nobody rang you back. I have tested
your line this morning: the fault is in our cabinet and not in your
house. An engineer will mend it on Thursday 26 November. You do not
need to be in.

Kind regards
Rhian Price"""

CUSTOMER_AGAIN = """\
Thank you, that is the first clear answer I have had. And what about
the days that I am paying for and cannot use?

Megan"""

SECOND_ANSWER = """\
Dear Ms Davies,

that is a fair question. I will work out a credit for those days and
write to you once the engineer has been.

Kind regards
Rhian Price"""

AWAY = """\
I am away until Monday 30 November and will read your email when I
am back.

Megan Davies"""

APPOINTMENT = """\
#contact 1 December 14:00
#note Rang her mobile: back on Monday, and wants Tuesday after lunch."""

LATE_CALL = """\
#call
I am sorry that I did not ring you yesterday at two, as we had
agreed. I was called away and told nobody. That was wrong.

The engineer was at the cabinet on 26 November and the line is up
again. I will write to you by Friday about the days before that."""

FIRST_OUTCOME = """\
#outcome
Your line failed on 16 November because water had got into our
cabinet. It was mended on 26 November.

I have asked about the days without service. Our terms give no
credit for a fault that is mended within fourteen days, so I cannot
offer you one. I know that I told you something else on 24 November,
and I am sorry."""

MANAGER_CALLS = """\
#every 14 days
#call
You told me why you said no. On 24 November you were told that there
would be a credit, and then there was none. That was our mistake and
you will get it.

You also told me that the line drops out every evening. The old
cable to your house has to be replaced, and for that the road has to
be opened. I have asked the council for a date. Until it is done you
hear from me every two weeks."""

MANAGER_WRITES = """\
Dear Ms Davies,

the council has given us the road for Tuesday 12 January. I am sorry
that it is not sooner. The credit will be for every day until the
line is sound.

Kind regards
Sian Morgan"""

CREDIT_IS_AGREED = """\
#call
The road will be opened on 12 January as planned. We agreed that the
credit is £48.50, and that you will see it on your invoice for
February.

You asked about our letter of 1 January. You may go to Ofcom at any
time now, and it changes nothing about what we do for you."""

SECOND_OUTCOME = """\
#outcome
The cable to your house was replaced on 12 January. I have watched
the line for two evenings, and it has not dropped out once.

£48.50 will be credited to your invoice for February, as we agreed.
Somebody should have rung you back in November, and I am sorry that
nobody did."""

THANKS = """\
The credit is on the bill, and the line has been fine all month.
Thank you for seeing it through.

Megan Davies"""

STAYS_CLOSED = "#note She says thank you. Nothing is open, and the case stays closed."
