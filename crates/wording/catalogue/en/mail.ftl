# Mails. Titles are subjects too, so they hold no code.
mail-subject = { $title } · { $site }
mail-footer = { $site } never asks for your password, a code or a recovery code, not by mail and not by phone. To sign in, type the address yourself.
mail-when = When
mail-device = Device
mail-address = IP address
mail-device-unknown = a browser that does not name itself
mail-code-valid = The code is good for 10 minutes, and only in the browser that asked for it.
mail-code-nobody = Give it to nobody. Nobody on our staff asks for it.
mail-hold = To protect you, nothing can leave the account until { $until }. Nobody can shorten that time.
mail-freeze = If this was not you, freeze your account. No sign-in is needed, and the page asks once more before anything happens. The link works for 7 days.
mail-freeze-button = Freeze my account

mail-code-sign-up-title = Your code to open an account
mail-code-sign-up-text = You are opening an account with { $site }. Type this code in the browser in which you began. If you did not begin this, do nothing: no account is opened.
mail-code-new-device-title = Your code for a new device
mail-code-new-device-text = Somebody signs in to your account on a device that is new to us. If it is you, type this code there. If it is not, somebody has your password: change it now, by typing our address yourself.
mail-code-channel-title = Your code to sign in
mail-code-channel-text = Somebody wants to sign in to your account and must first show that this address is theirs. If it is you, type this code in that browser. If it is not, do nothing: without the code nobody gets further.
mail-code-reset-title = Your code for a new password
mail-code-reset-text = Somebody asked for a new password for your account. If it was you, type this code in the browser in which you asked. If it was not, do nothing: your password stays as it is.
mail-reset-title = Set a new password
mail-reset-text = A new password for your account was asked for. Nothing has changed yet. You also need your authenticator app or a recovery code.
mail-reset-link = Open this page to go on. The link is good for 60 minutes.
mail-reset-or-link = Or open this page, on any device. The link is good for 60 minutes.
mail-reset-button = Set a new password
mail-reset-not-you = If you did not ask for this, do nothing: your password stays as it is.
mail-taken-title = You already have an account
mail-taken-text = Somebody wanted to open an account with this address, which already belongs to yours. Nothing has changed. If it was you, sign in instead; if you have forgotten your password, you can set a new one there.
mail-signed-up-title = Your account is open
mail-signed-up-text = Welcome to { $site }. Your account is protected by a password, an authenticator app and ten recovery codes. Keep the recovery codes away from your phone.
mail-new-sign-in-title = Entry from a new device
mail-new-sign-in-text = Your account was entered from a device that was new to us, with password, second factor and a code to you. If this was you, there is nothing to do.
mail-unfinished-title = Your password was used, but nobody entered
mail-unfinished-text = Somebody typed your right password and did not get past the second factor. If this was not you, your password is known to somebody else: change it now, by typing our address yourself.
mail-password-changed-title = Your password was changed
mail-password-changed-text = The password of your account was changed from within an open session. All other sessions have ended.
mail-password-reset-title = A new password was set
mail-password-reset-text = The forgotten password of your account was replaced. All sessions and trusted devices have ended.
mail-totp-replaced-title = Your authenticator app was replaced
mail-totp-replaced-text = A new authenticator app is connected to your account. The old one no longer works.
mail-totp-disabled-title = Your authenticator app was disabled
mail-totp-disabled-text = After too many wrong codes the app no longer opens your account. Sign in with a recovery code and connect the app anew under Security. If the wrong codes were not yours, somebody has your password: change it as well.
mail-recovery-renewed-title = New recovery codes were made
mail-recovery-renewed-text = Ten new recovery codes belong to your account. The old ones no longer work.
mail-recovery-used-title = A recovery code was used
mail-recovery-used-text = A recovery code took the place of your authenticator app.
mail-recovery-used-left = { $count ->
    [0] No codes are left. Make new ones under Security.
    [one] One code is left. Make new ones under Security.
   *[other] { $count } codes are left.
}
mail-frozen-title = Your account is frozen
mail-frozen-text = Every session and every sign-in under way has ended. Nobody can enter, and nothing can leave.
mail-frozen-back = To open it again, sign in by typing our address yourself: with your password, your second factor and a code that we send to you. If our staff froze it, contact our support.
mail-unfrozen-title = Your account is open again
mail-unfrozen-text = The freeze of your account was lifted. Sign in anew.
