# What surrounds every page.
frame-skip = Skip to the page
frame-address-before = You are on
frame-address-after = Check that your address bar says the same.
frame-mailbox-banner = This machine sends no mail. Messages stay here:
frame-mailbox-link = open the mailbox
frame-home-link = { $site }, to the home page
frame-nav = Main
frame-footer-nav = Help and safety
frame-language = Language
frame-step = Step { $step } of { $of }
frame-steps = Steps { $first } and { $second } of { $of }

nav-home = Home page
nav-help = Help
nav-sign-in = Sign in
nav-sign-out = Sign out
nav-dashboard = Overview
nav-security = Security
nav-review = Review
nav-before = Before you sign in
nav-unexpected-mail = A mail you did not expect

# Forms
form-problems = Something needs another look
form-title-problem = Problem:
form-error = Problem:
form-identifier = Email address or phone number
form-password = Password
form-current-password = Current password
form-new-password = New password
form-new-password-hint = At least { $count } characters. Several unrelated words are good; spaces count.
form-password-show = Show
form-password-hide = Hide
form-caps-lock = Caps Lock is on.
form-code = Code
form-code-hint = Six digits. Spaces do not matter.
form-app-code = Code from the app
form-app-code-hint = The six digits that the app shows now.
form-factor = Code from your authenticator app, or a recovery code
form-factor-hint = Six digits from the app. If you cannot open it, type one of your recovery codes.
form-passkey-needed = You entered with a passkey. A passkey confirms this as well: no code can.

button-continue = Continue
button-send-code = Send code
button-send-again = Send a new code
button-confirm-code = Confirm code
button-access = Access
button-cancel = Cancel
button-begin-again = Begin again
button-set-password = Set password
button-change-password = Change password
button-renew = Make new codes
button-freeze = Freeze my account

copy-done = Copied
copy-failed = Could not copy. Select the text and copy it by hand.

strength-0 = Very easy to guess. Make it longer.
strength-1 = Easy to guess. Make it longer.
strength-2 = Not yet enough. Add a word or two.
strength-3 = Good: hard to guess.
strength-4 = Very good: very hard to guess.

# The clock of the authenticator app
clock-how = The app counts time by the phone's clock. Set that clock to automatic, wait for the next code, and type that one.
clock-steps = How to set the clock to automatic
clock-android = Android: open Settings, System, Date and time, and switch on “Set time automatically”.
clock-ios = iPhone: open Settings, General, Date & Time, and switch on “Set Automatically”.

# Times and lengths
moment = { $day } { $month } { $year }, { $time } UTC
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December
span-seconds = { $count } { $count ->
    [one] second
   *[other] seconds
}
span-minutes = { $count } { $count ->
    [one] minute
   *[other] minutes
}
span-hours = { $count } { $count ->
    [one] hour
   *[other] hours
}
span-days = { $count } { $count ->
    [one] day
   *[other] days
}
unit-seconds = seconds
unit-minutes = minutes
