sign-in-identifier-heading = Anmelden
sign-in-identifier-hint = Eine Telefonnummer beginnt mit + und der Landesvorwahl.
sign-in-check-first = Prüfen Sie diesen Ort, bevor Sie sich anmelden
sign-in-no-account = Noch kein Konto?
sign-in-password-title = Passwort und Menschprüfung
sign-in-password-heading = Geben Sie Ihr Passwort ein
sign-in-other-identifier = Das sind nicht Sie?
sign-in-forgot = Passwort vergessen?
sign-in-resumed = Sie kehren zu einer begonnenen Anmeldung zurück. Passwörter werden nicht aufbewahrt, bitte geben Sie Ihres noch einmal ein.
sign-in-device-known = Dieser Browser ist eines Ihrer vertrauten Geräte.
sign-in-device-new = Dieser Browser ist uns neu, deshalb steht Ihr Satz für die Anmeldung nicht hier. Gehört er nicht Ihnen, tippen Sie das Passwort von Hand ein und melden Sie sich am Ende ab.

channel-title = Zuerst ein Code
channel-heading = Weisen Sie sich mit einem Code aus
channel-heading-sent = Geben Sie den Code ein
channel-instead = Ein Code an Ihre Adresse tritt an die Stelle der Menschprüfung. Danach folgt das Passwort.
channel-many-tries = Es gab zu viele falsche Passwörter. Vor dem nächsten Versuch senden wir einen Code an die bestätigte Adresse oder Nummer. Wer ihn hat, kann fortfahren.
channel-then = Stimmt der Code, folgt das Passwort.
channel-back = Stattdessen die Menschprüfung nehmen

factor-title = Zweiter Faktor
factor-heading = Geben Sie Ihren zweiten Faktor ein

device-code-title = Ein neues Gerät
device-code-heading = Bestätigen Sie dieses neue Gerät
device-code-why = Von diesem Browser aus sind Sie noch nicht eingetreten. Geben Sie den Code hier ein, in dem Browser, in dem Sie begonnen haben.

access-title = Eintreten
access-heading = Sehen Sie noch einmal hin und treten Sie ein
access-heading-new = Ihr Konto ist bereit
access-lead = Das halten wir über diesen Eintritt fest. Wenn es stimmt, treten Sie ein.
access-place-note = Der Ort ist das Land, in dem die IP-Adresse registriert ist. Er kann falsch sein.
access-device-note = Diesem Browser wird { $days } Tage ab seiner letzten vollständigen Anmeldung vertraut. Unter Sicherheit können Sie das jederzeit beenden.
fact-device = Gerät
fact-device-new = neu
fact-address = IP-Adresse
fact-place = Ort
fact-place-unknown = Nicht bekannt
fact-time = Zeit

frozen-title = Dieses Konto ist gesperrt
frozen-lead = Niemand kann eintreten, und nichts kann hinaus.
frozen-since = Gesperrt seit
frozen-what = Wir haben es angehalten, und zwei von uns heben das auf. Ihr Passwort und Ihr zweiter Faktor waren richtig, und nur deshalb sagen wir es Ihnen.
frozen-back = Um es wieder zu öffnen, wenden Sie sich an die Kundenbetreuung dieser Seite. Sie prüft zuerst, wer Sie sind, und danach kann mindestens 24 Stunden lang nichts das Konto verlassen.

ended-title = Das kam nicht zum Abschluss
