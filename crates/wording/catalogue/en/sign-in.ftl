sign-in-identifier-heading = Sign in
sign-in-identifier-hint = A phone number starts with + and the country code.
sign-in-check-first = Check this place before you sign in
sign-in-no-account = No account yet?
sign-in-password-title = Password and human check
sign-in-password-heading = Type your password
sign-in-other-identifier = Not you?
sign-in-forgot = Forgotten your password?
sign-in-resumed = You come back to a sign-in that was under way. Passwords are not kept, so please type yours again.
sign-in-device-known = This browser is one of your trusted devices.
sign-in-device-new = This browser is new to us, so your sign-in phrase is not shown. If it is not your own, type the password by hand and sign out when you are done.

channel-title = A code first
channel-heading = Prove it with a code
channel-heading-sent = Type the code
channel-instead = A code to your address takes the place of the human check. The password comes after it.
channel-many-tries = There were too many wrong passwords. Before the next try we send a code to the verified address or number. Whoever holds it can go on.
channel-then = When the code is right, the password comes next.
channel-back = Use the human check instead

factor-title = Second factor
factor-heading = Type your second factor

device-code-title = A new device
device-code-heading = Confirm this new device
device-code-why = You have not entered from this browser before. Type the code here, in the browser in which you began.

access-title = Access
access-heading = Look once more, then enter
access-heading-new = Your account is ready
access-lead = This is what we record about this entry. If it is right, go in.
access-place-note = The place is the country where the address is registered. It can be wrong.
access-device-note = This browser is trusted for { $days } days from its last full sign-in. You can end that at any time under Security.
fact-device = Device
fact-device-new = new
fact-address = IP address
fact-place = Place
fact-place-unknown = Not known
fact-time = Time

frozen-title = This account is frozen
frozen-lead = Nobody can enter, and nothing can leave.
frozen-since = Frozen since
frozen-what = Our staff stopped it, and two of them lift that. Your password and your second factor were right, and we told you only because of that.
frozen-back = To open it again, contact the support of this site. They check who you are first, and afterwards nothing can leave the account for at least 24 hours.

ended-title = This did not finish
