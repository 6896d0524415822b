# The support desk: pages for staff, mails to staff, and what owners read of them.
desk-title = Support desk
desk-nav = Support desk
desk-nav-queue = Cases
desk-nav-look-up = Accounts
desk-nav-requests = Second person
desk-nav-staff = Colleagues
desk-nav-keys = Press / to look up an account.
desk-sign-out = Leave the desk
desk-role-agent = Agent
desk-role-approver = Approver
desk-role-auditor = Auditor
desk-role-compliance = Compliance

desk-sign-in-title = Come to the desk
desk-sign-in-lead = This page is for staff of { $site }. It opens with your passkey alone. There is no password, and nobody can let you in by phone.
desk-sign-in-button = Use my passkey
desk-sign-in-customer = Customer? Sign in here
desk-sign-in-no-script = The desk needs script: a passkey cannot be used without it.
desk-sign-in-none = Passkeys cannot be used at this address. The operator's public URL must be a name and not a number.
desk-key-waiting = Waiting for your passkey …
desk-key-failed = The browser got no answer from a passkey. Try again, or use the other one.
desk-key-missing = This browser cannot use passkeys.
desk-left-title = You have left the desk
desk-left-text = Nothing of your session stays in this browser.
desk-left-again = Come back

desk-enrol-title = Enrol your passkeys
desk-enrol-lead = { $name }, you join the desk as { $role }. Two passkeys are needed: one to carry, one for a safe place. Each must be a security key of a listed model; a passkey that syncs between devices is refused.
desk-enrol-step = Passkey { $number } of 2
desk-enrol-first = Connect the key that you will carry.
desk-enrol-second = The first passkey is enrolled. Put that key away and connect the other one.
desk-enrol-button = Enrol this passkey
desk-enrol-done-title = Both passkeys are enrolled
desk-enrol-done-text = The desk is open to you. All colleagues are told by mail that you are here.
desk-enrol-done-go = Come to the desk
desk-enrol-gone-title = This link opens nothing
desk-enrol-gone-text = It was used, is older than its time, or was replaced by a newer one. Whoever runs the machine can make another: doorward staff invite.
desk-enrol-off-title = Nobody can enrol yet
desk-enrol-off-text = The operator has not named the authenticators that staff may use: staff.authenticators and staff.models.

desk-refused-title = Not part of your role
desk-refused-text = You are here as { $role }. What you tried is done by others; nothing has happened.
desk-refused-not-accepted = That passkey does not open the desk.
desk-refused-expired = The page was open for too long. Try again now.
desk-refused-throttled = Too many tries from this network. Try again in { $wait }.
desk-refused-often = You have looked up many accounts. The next one can be looked up in { $wait }.
desk-refused-compared-often = Many numbers were compared in this case. The next one can be compared in { $wait }.
desk-refused-key-not-trusted = That authenticator is not on the list, or its passkey syncs between devices. Use a security key of a listed model.
desk-refused-key-not-verified = The key did not check that it is you. Set a PIN or fingerprint on it first.
desk-refused-key-same = That key is enrolled already. Connect the other one.
desk-refused-key-other = The passkey could not be enrolled. Reload the page and try again.
desk-refused-own-account = This is an account of your own. A colleague must look after it.
desk-refused-no-account = There is no account for exactly this. Ask for the whole address or number.
desk-refused-text-needed = Write a reason: 1 to 1,000 characters.
desk-refused-frozen-already = The account is frozen already.
desk-refused-not-frozen-by-staff = The account is not frozen by staff. A freeze by its owner is lifted by the owner, or by a case.
desk-refused-asked-already = A colleague has asked for this already. It waits under { desk-nav-requests }.
desk-refused-no-request = Nobody asks for this any more.
desk-refused-same-person = You asked for it yourself. Somebody else must agree.
desk-refused-wrong-roles = This takes compliance and an approver together.

desk-queue-title = Cases
desk-queue-open = To decide, the longest waiting first
desk-queue-open-empty = No case waits. When a customer who lost the second factor has sent a case, it stands here.
desk-queue-closed = Decided and over
desk-queue-closed-empty = No case has been decided yet.
desk-closed-title = Cases stay closed
desk-closed-text = A case takes two different approvers, and { $count ->
    [0] nobody is enrolled as one
    [one] only one is enrolled
   *[other] { $count } are enrolled
}. Whoever runs the machine adds them: doorward staff add.

desk-look-up-title = Look up an account
desk-look-up-label = Whole mail address, phone number, or account id
desk-look-up-hint = Only an exact match is found. The owner sees that you looked, with your name.
desk-look-up-button = Look up

desk-account-title = Account
desk-account-status = Status
desk-account-open = Open
desk-account-frozen = Frozen
desk-account-frozen-by-staff = Frozen by staff
desk-account-frozen-by-owner = Frozen by its owner
desk-account-since = since
desk-account-identifiers = Identifiers
desk-account-opened = Opened
desk-account-entries = Entries so far
desk-account-sessions = Open sessions
desk-account-devices = Known devices
desk-account-app = Authenticator app
desk-account-app-usable = Works
desk-account-app-not = Does not work
desk-account-codes = Recovery codes left
desk-account-hold = Nothing leaves until
desk-account-no-hold = No hold
desk-account-trace = The owner can read that you looked at this page.
desk-account-language = Language
desk-notes = Notes
desk-notes-empty = No notes yet. What you write here is read by colleagues; the owner sees that a note was written and by whom.
desk-note-button = Keep note
desk-act-title = Act
desk-act-reason = Reason
desk-act-reason-hint = Kept as a note. Never write a code or a password here.
desk-act-freeze = Freeze the account
desk-act-end-sessions = End all sessions
desk-act-lift = Ask to lift the freeze
desk-act-lift-waits = { $name } has asked to lift the freeze. A colleague must agree.
desk-act-none = Your role reads only.
desk-done-freeze = The account is frozen. Its owner is told on every channel.
desk-done-end-sessions = All sessions have ended.
desk-done-note = The note is kept.
desk-done-lift = Asked. A colleague finds it under { desk-nav-requests }.
desk-done-agreed = Done. The owner is told on every channel, and a hold has begun.
desk-done-declined = Declined.

desk-requests-title = Waits for a second person
desk-requests-lead = One asks, another agrees. A freeze by staff is lifted by compliance and an approver together; nothing leaves the account for the hold that follows. A block by the rules of countries is lifted by any two of them.
desk-requests-empty = Nothing waits.
desk-request-lift-freeze = Lift a freeze
desk-request-by = Asked by { $name }, { $role }
desk-request-until = good until
desk-request-agree = Agree
desk-request-decline = Decline
desk-request-take-back = Take back
desk-request-account = Account
desk-request-not-you = Another role must agree.

desk-staff-title = Colleagues
desk-staff-lead = Roles are given and taken at the machine itself, never here. Everybody is told of each change by mail.
desk-staff-name = Name
desk-staff-role = Role
desk-staff-state = At the desk
desk-staff-enrolled = Enrolled
desk-staff-invited = Invited, not enrolled yet
desk-staff-you = you

desk-case-title = Lost second factor
desk-case-facts = The case
desk-case-evidence = Pictures
desk-case-identity = Who it should be
desk-case-votes = Decision
desk-case-votes-empty = Nobody has decided yet. Two different approvers must.
desk-case-sent = Sent
desk-case-state = State
desk-case-opened = Opened after
desk-case-opened-password = the right password
desk-case-opened-reset = a reset: the password is lost too
desk-case-opened-passkeys-only = the channel alone: the account is entered by passkeys only
desk-case-check = Checked by
desk-case-by-pictures = pictures
desk-case-by-channels = two channels
desk-case-approvals = Approvals
desk-case-from = Opened from
desk-case-until = To decide until
desk-case-effective = Takes effect
desk-case-more-lost = Also lost
desk-case-more-lost-yes = the trading password
desk-case-code = The note must say
desk-case-name = Name
desk-case-birth = Born
desk-case-residence = Residence
desk-case-level = Checked
desk-case-number = Number on the document
desk-case-number-hint = Compared with the record, which nobody can read.
desk-case-compare = Compare
desk-case-same = The number is the one of the record.
desk-case-not-same = The number is not the one of the record.
desk-case-reason-hint = What you compared, and what decided. Kept as a note.
desk-case-approve = Approve
desk-case-decline = Decline
desk-case-approved = approved
desk-case-declined = declined
desk-case-document-front = Document, front
desk-case-document-back = Document, back
desk-case-holder = Holder with the note
desk-case-step-owner = With its owner
desk-case-step-decision = To decide
desk-case-step-waiting = Approved, waits for its time
desk-case-step-done = Done: the new factor is in force
desk-case-step-ended = Over
desk-case-end-stopped = Stopped by its owner
desk-case-end-refused = Declined
desk-case-end-expired = Not decided in time
desk-case-end-overtaken = Overtaken: somebody with a factor is at home
desk-case-end-frozen = The account was frozen
desk-case-end-begun-anew = Another case took its place
desk-done-approve = Your approval counts. If it was the second, the wait has begun and every channel is told.
desk-done-refuse = Declined. The owner is told.
desk-refused-not-to-decide = This case waits for no decision.
desk-refused-voted-already = You have decided already. Two different approvers must.
desk-refused-overtaken = Something about the account changed meanwhile, so the case is over.

event-staff-wrote-note = Our staff wrote a note about the account
event-staff-asked-to-lift = Our staff asked a colleague to lift the freeze
event-staff-declined-to-lift = Our staff declined to lift the freeze
event-staff-added = A member of staff was added
event-staff-invited-anew = A member of staff was invited anew
event-staff-enrolled = A member of staff enrolled
event-staff-role-changed = A member of staff got another role
event-staff-removed = A member of staff was removed
event-staff-signed-in = A member of staff came to the desk
event-staff-signed-out = A member of staff left the desk
event-by-staff = { $what } ({ $name })
review-by-staff = What our staff did
review-case-looks = { $count ->
    [one] Our staff looked at your case once: { $names }
   *[other] Our staff looked at your case { $count } times: { $names }
}
review-case-looks-unnamed = { $count ->
    [one] Our staff looked at your case once
   *[other] Our staff looked at your case { $count } times
}

mail-staff-added = Somebody joins the support desk
mail-staff-invited-anew = A colleague gets new passkeys
mail-staff-enrolled = A colleague has enrolled
mail-staff-role-changed = A colleague's role has changed
mail-staff-removed = A colleague has left the support desk
mail-staff-text = Everybody who works at the support desk of { $site } is told of each change of its staff.
mail-staff-name = Name
mail-staff-role = Role
mail-staff-closing = If nobody has told you of this, ask whoever runs the machine, by a way that you know. Links to enrol are handed over in person and never sent by mail.
sms-staff-changed = { $site }: the staff of the support desk has changed. Ask whoever runs the machine if nobody has told you.
