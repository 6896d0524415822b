help-title = Help
help-lead = Choose what is in the way.
help-never-ask = Nobody on our staff ever asks for your password, a code or a recovery code, not by mail, not by phone, not in a chat.

help-code-missing-title = The code does not come
help-code-missing-lead = A code by mail or text message usually arrives within a minute.
help-code-missing-step-1 = Look into the junk folder, and check the address or number on the page for a slip.
help-code-missing-step-2 = Wait one minute, then press “Send a new code”. Only the newest code works.
help-code-missing-step-3 = We answer every address in the same way, whether it has an account or not. If nothing comes, this may be another address than the one you signed up with.

help-code-rejected-title = My code is rejected
help-code-rejected-lead = A code from an app is good for half a minute, and each one works once. When a fresh code is refused, the phone's clock is almost always the reason.
help-code-rejected-step-1 = Set the phone's clock to automatic, as shown below.
help-code-rejected-step-2 = Wait until the app shows the next code, and type that one.
help-code-rejected-step-3 = If the app lists several entries, take the one that was added last for this site.
help-code-rejected-step-4 = If it still fails, type a recovery code in the same field.

help-password-title = I have forgotten my password
help-password-lead = You can set a new one with your address or number and your second factor.
help-password-step-1 = Open “Set a new password” and give your address or number.
help-password-step-2 = Type the code we send, or open the link in the mail.
help-password-step-3 = Give a code from your app or a recovery code, then choose the new password. For at least 24 hours nothing can leave the account.

help-lost-phone-title = My phone is lost or new
help-lost-phone-lead = A recovery code replaces the app when you sign in.
help-lost-phone-step-1 = Sign in. Where the second factor is asked, type one of your recovery codes.
help-lost-phone-step-2 = Open Security and replace the authenticator app. It asks for a second, different recovery code.
help-lost-phone-step-3 = Without recovery codes, choose “I have lost my authenticator” on the same page. You connect a new app and show who you are; two of our staff decide. It takes a day or more: that delay protects you.

help-recovery-codes-title = What are recovery codes for?
help-recovery-codes-lead = Ten codes that take the place of your authenticator app, each one once.
help-recovery-codes-step-1 = Keep them on paper or in a password manager, not on the phone that holds the app.
help-recovery-codes-step-2 = When few are left, make new ones under Security. The old ones then stop working.

help-human-check-title = The human check
help-human-check-lead = It keeps programs from trying passwords by the thousand.
help-human-check-step-1 = Move the piece to the gap that fits, with the mouse, a finger or the arrow keys.
help-human-check-step-2 = If you prefer none of that, choose “Verify without a puzzle” beside it: your device then works for a few seconds, and you do nothing. Without script, a code that we mail to you does the same.

help-unexpected-mail-title = I got a mail I did not expect
help-unexpected-mail-lead = Somebody may have typed your address by mistake, or tried to enter.
help-unexpected-mail-step-1 = A code or a link that you did not ask for: give it to nobody, and do nothing. It ends by itself.
help-unexpected-mail-step-2 = A message that your password was right but the entry was not finished: change your password now, by typing our address yourself.
help-unexpected-mail-step-3 = A change that you did not make: open the freeze link in the mail. It needs no sign-in.

help-too-many-tries-title = It says: too many tries
help-too-many-tries-lead = After several wrong passwords or codes the door waits, first half a minute, then longer. This slows down whoever guesses.
help-too-many-tries-step-1 = The page says when you can try again. Trying earlier changes nothing.
help-too-many-tries-step-2 = From a device that you use regularly, others' wrong tries do not hold you up. From a new one, a code to your address lets you go on.

help-holds-title = What is a hold?
help-holds-lead = A time in which nothing can leave your account, because something that protects it was changed.
help-holds-step-1 = It begins by itself: 24 hours after a change of password or authenticator app, 48 hours after a factor was replaced with a recovery code.
help-holds-step-2 = It ends by itself. Nobody can shorten it, not you and not our staff. So a thief who got in cannot hurry either.

help-real-address-title = How do I know the real address?
help-real-address-lead = A copy of this page can look the same. The address in the address bar cannot.
help-real-address-step-1 = Type the address yourself or use your own bookmark. Do not follow a link from a message or an advertisement to sign in.
help-real-address-step-2 = Compare the line at the top of every page with your address bar, letter by letter.
