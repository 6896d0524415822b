dashboard-title = Overview
dashboard-holdings = Holdings
dashboard-holdings-empty = You hold nothing yet. What you deposit or buy will stand here, with its amount and what part of it a hold keeps closed.
dashboard-security-link = All security settings

review-title = Since you were last here
review-lead = Go through the list. If a line was not you, say so: that stops the account.
review-title-first = Your first entry
review-lead-first = From now on this page shows what happened between two entries. This is how your account begins.
review-last-entry = Your last entry
review-entries = Entries since then
review-entries-empty = No other entry since then.
review-failed = Failed tries
review-failed-empty = Nobody tried and failed.
review-changes = Changes of security settings
review-changes-empty = Nothing was changed.
review-me = This was me
review-not-me = This wasn't me
review-confirm-text = Confirm when everything above is right.
review-confirm = All of this is right
not-me-title = This was not you?
not-me-effect = Freezing ends every session and every sign-in under way, on all devices, this one too. Nothing can leave the account until you have opened it again with your password, your second factor and a code that we send to you.
not-me-back = Back, I recognise it now

hold-title = Nothing can leave for { $left }
hold-reason = Reason:
hold-until = It lifts by itself on
hold-help = What is a hold?
hold-began = For { $hold } nothing can leave the account.
hold-will-begin = After this change nothing can leave the account for { $hold }.

to-do-title = What to do for your security
to-do-empty = Nothing to do. What we ask of an account is in place.

session-current = this session
session-began = Began
session-last-seen = Last used
session-end = End
session-end-others = End all other sessions
device-current = this browser
device-last-entry = Last entry
device-until = Trusted until
device-forget = Forget
device-empty = No trusted devices. A browser stands here after a full sign-in from it.
device-unnamed = A browser that does not say what it is
