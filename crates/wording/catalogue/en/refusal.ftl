# Why something was refused, and what to do next.
refused-no-session = This session has ended, so nothing was changed. Sign in again.
refused-throttled = There were too many tries. You can try again in { $wait }.
refused-tries-left = { $count ->
    [one] One try is left.
   *[other] { $count } tries are left.
}
refused-other-step = Another step comes first. It is shown here now.
refused-clock-ahead = This code belongs to another time: your phone's clock is { $off } ahead.
refused-clock-behind = This code belongs to another time: your phone's clock is { $off } behind.

refused-identifier-empty = Type your email address or your phone number.
refused-identifier-too-long = This is longer than any email address. Check it for something pasted twice.
refused-identifier-not-ascii = Use only the letters a to z, digits and the usual signs. Letters of other alphabets can look the same and are not taken.
refused-identifier-not-an-email = This is not a complete email address. It looks like name@example.org.
refused-identifier-not-a-phone-number = This is neither an email address nor a phone number. A phone number looks like +351 912 345 678.
refused-identifier-country-missing = Begin the phone number with + and the country code, as in +351 912 345 678.
refused-no-sms-there = We cannot send text messages to this number. Use an email address instead.

refused-sms-without-script = Without JavaScript we send codes to email addresses only. Use an email address, or allow JavaScript for this site and load the page again.
refused-human-check = The human check was not passed, or it was too old. Here is a new one.
refused-human-check-wait = No human check is offered right now. Try again in { $wait }.

refused-password-too-short = Use at least { $count } characters.
refused-password-too-long = Use at most { $count } characters.
refused-password-nul = The password holds a character that no keyboard types. Type it again.
refused-password-common = This password is on the list of those that are tried first. Choose another.
refused-password-is-identifier = The password must not be your email address or phone number.
refused-password-is-local-part = The password must not be the first part of your email address.
refused-password-is-site-name = The password must be more than the name of this site.
refused-password-weak = This password is too easy to guess. Add a word or two that nobody connects with you.
refused-password-weak-advice = Add a word or two that nobody connects with you.
weak-key-row = A row of keys is easy to guess.
weak-key-pattern = A short pattern on the keyboard is easy to guess.
weak-repeated-letter = One letter again and again is easy to guess.
weak-repeated-piece = The same piece again and again is hardly harder to guess than once.
weak-common = This is among the most used passwords.
weak-like-common = This is much like a password that many people use.
weak-sequence = A sequence such as abc or 1234 is easy to guess.
weak-year = A recent year is easy to guess.
weak-single-word = A single word is easy to guess.
weak-date = A date is easy to guess.
weak-name = A name is easy to guess.
refused-passwords-differ = The two passwords are not the same. Type the new one twice.
refused-same-password = This is the password you have now. Choose another.
refused-wrong-password = The password is wrong. Look at capital letters and at Caps Lock.
refused-wrong-current-password = This is not your current password.

refused-wrong-password-or-code = Password or code did not match.
refused-wrong-factor = This code does not match. Wait for the next one in the app, or use a recovery code.
refused-wrong-app-code = This code does not match. Type the one that the app shows now.
refused-factor-already-used = This code was used before. Wait for the next one in the app.
refused-factor-locked = Codes of this kind are not taken for { $wait } after too many wrong ones. Another second factor still works.
refused-factor-disabled = This factor was disabled after too many wrong codes. Use a recovery code, then connect the app anew under Security.
refused-step-up-too-weak = For this action we need the code from your authenticator app, not a recovery code.
refused-step-up-not-for-this = This proof was given for something else or is too old. Type a new code.

refused-wrong-code = This is not the code we sent.
refused-code-expired = This code is older than 10 minutes. Send a new one.
refused-resend-too-soon = A code was sent a moment ago. You can send another in { $wait }.
refused-no-sends-left = No more codes are sent this time. Use the last one, or begin again later.
refused-channel-proof-needed = There were many wrong passwords. A code to the verified address or number comes first now.
refused-frozen = This account is frozen.

refused-sign-in-not-begun = No sign-in is under way in this browser.
refused-sign-in-expired = This sign-in took longer than 10 minutes, so it ended. Begin again.
refused-sign-in-ended = This sign-in has ended. Begin again.
refused-sign-in-too-many-factors = There were too many wrong codes, so this sign-in ended. Begin again when you have the right one at hand.
refused-sign-in-too-many-codes = There were too many wrong codes, so this sign-in ended. Begin again, and use the code of the newest message.
refused-sign-in-credentials-changed = Something that protects the account changed meanwhile, so this sign-in ended. Begin again.
refused-sign-up-not-begun = No sign-up is under way in this browser.
refused-sign-up-expired = This sign-up was left too long, so it ended. Begin again. No account was opened.
refused-sign-up-ended = This sign-up has ended. If you finished it, sign in.
refused-sign-up-too-many-codes = There were too many wrong codes, so this sign-up ended. Begin again. No account was opened.
refused-sign-up-too-many-factors = There were too many wrong codes from the app, so this sign-up ended. Check the phone's clock, then begin again.
refused-recovery-codes-not-kept = Keep the codes first, then tick this box.
refused-reset-not-begun = Nothing of this kind is under way in this browser, or the link is not complete. Ask for a new one.
refused-reset-expired = This is older than 60 minutes. Ask for a new link or code.
refused-reset-ended = This link or code was used or replaced before. Ask for a new one.
refused-reset-too-many-codes = There were too many wrong codes, so nothing was changed. Ask for a new one.
refused-reset-too-many-factors = There were too many wrong codes, so nothing was changed. Ask for a new link when you have the right one at hand.
refused-reset-credentials-changed = Something that protects the account changed meanwhile, so nothing was reset. Ask for a new link.
refused-change-not-begun = Begin this change from the start.
refused-change-expired = This change was left too long, so nothing was changed. Begin again.
refused-change-ended = This change has ended before. Begin again if you still want it.
refused-change-too-many-factors = There were too many wrong codes, so nothing was changed. Check the phone's clock, then begin again.
refused-change-credentials-changed = Something else about your account changed meanwhile, so this change was not made. Begin again.
refused-freeze-link = This link was used before, or it is older than 7 days. Nothing was changed. If something is wrong, sign in and freeze the account from the review.
