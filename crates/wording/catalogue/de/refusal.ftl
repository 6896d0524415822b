# Warum etwas abgelehnt wurde, und was nun zu tun ist.
refused-no-session = Diese Sitzung ist beendet, darum wurde nichts geändert. Melden Sie sich neu an.
refused-throttled = Es gab zu viele Versuche. In { $wait } können Sie es wieder versuchen.
refused-tries-left = { $count ->
    [one] Es bleibt ein Versuch.
   *[other] Es bleiben { $count } Versuche.
}
refused-other-step = Ein anderer Schritt kommt zuerst. Er steht jetzt hier.
refused-clock-ahead = Dieser Code gehört zu einer anderen Zeit: Die Uhr Ihres Telefons geht vor, um { $off }.
refused-clock-behind = Dieser Code gehört zu einer anderen Zeit: Die Uhr Ihres Telefons geht nach, um { $off }.

refused-identifier-empty = Geben Sie Ihre E-Mail-Adresse oder Ihre Telefonnummer ein.
refused-identifier-too-long = Das ist länger als jede E-Mail-Adresse. Vielleicht wurde etwas doppelt eingefügt.
refused-identifier-not-ascii = Verwenden Sie nur die Buchstaben a bis z, Ziffern und die üblichen Zeichen. Buchstaben anderer Alphabete können gleich aussehen und werden nicht angenommen.
refused-identifier-not-an-email = Das ist keine vollständige E-Mail-Adresse. Sie sieht aus wie name@example.org.
refused-identifier-not-a-phone-number = Das ist weder eine E-Mail-Adresse noch eine Telefonnummer. Eine Telefonnummer sieht aus wie +351 912 345 678.
refused-identifier-country-missing = Beginnen Sie die Telefonnummer mit + und der Landesvorwahl, wie in +351 912 345 678.
refused-no-sms-there = An diese Nummer können wir keine SMS senden. Verwenden Sie stattdessen eine E-Mail-Adresse.

refused-sms-without-script = Ohne JavaScript senden wir Codes nur an E-Mail-Adressen. Verwenden Sie eine E-Mail-Adresse, oder erlauben Sie JavaScript für diese Seite und laden Sie sie neu.
refused-human-check = Die Menschprüfung wurde nicht bestanden oder war zu alt. Hier ist eine neue.
refused-human-check-wait = Im Augenblick wird keine Menschprüfung angeboten. Versuchen Sie es in { $wait } noch einmal.

refused-password-too-short = Verwenden Sie mindestens { $count } Zeichen.
refused-password-too-long = Verwenden Sie höchstens { $count } Zeichen.
refused-password-nul = Das Passwort enthält ein Zeichen, das keine Tastatur erzeugt. Geben Sie es noch einmal ein.
refused-password-common = Dieses Passwort steht auf der Liste derer, die zuerst ausprobiert werden. Wählen Sie ein anderes.
refused-password-is-identifier = Das Passwort darf nicht Ihre E-Mail-Adresse oder Telefonnummer sein.
refused-password-is-local-part = Das Passwort darf nicht der vordere Teil Ihrer E-Mail-Adresse sein.
refused-password-is-site-name = Das Passwort muss mehr sein als der Name dieser Seite.
refused-password-weak = Dieses Passwort ist zu leicht zu erraten. Fügen Sie ein oder zwei Wörter hinzu, die niemand mit Ihnen verbindet.
refused-password-weak-advice = Fügen Sie ein oder zwei Wörter hinzu, die niemand mit Ihnen verbindet.
weak-key-row = Eine Tastenreihe ist leicht zu erraten.
weak-key-pattern = Ein kurzes Muster auf der Tastatur ist leicht zu erraten.
weak-repeated-letter = Ein Buchstabe immer wieder ist leicht zu erraten.
weak-repeated-piece = Dasselbe Stück immer wieder ist kaum schwerer zu erraten als einmal.
weak-common = Das gehört zu den meistbenutzten Passwörtern.
weak-like-common = Das ähnelt sehr einem Passwort, das viele benutzen.
weak-sequence = Eine Folge wie abc oder 1234 ist leicht zu erraten.
weak-year = Eine Jahreszahl aus jüngerer Zeit ist leicht zu erraten.
weak-single-word = Ein einzelnes Wort ist leicht zu erraten.
weak-date = Ein Datum ist leicht zu erraten.
weak-name = Ein Name ist leicht zu erraten.
refused-passwords-differ = Die beiden Passwörter sind nicht gleich. Geben Sie das neue zweimal ein.
refused-same-password = Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.
refused-wrong-password = Das Passwort ist falsch. Achten Sie auf Großbuchstaben und die Feststelltaste.
refused-wrong-current-password = Das ist nicht Ihr bisheriges Passwort.

refused-wrong-password-or-code = Passwort oder Code stimmen nicht.
refused-wrong-factor = Dieser Code stimmt nicht. Warten Sie auf den nächsten in der App, oder nehmen Sie einen Wiederherstellungscode.
refused-wrong-app-code = Dieser Code stimmt nicht. Geben Sie den ein, den die App jetzt zeigt.
refused-factor-already-used = Dieser Code wurde schon verwendet. Warten Sie auf den nächsten in der App.
refused-factor-locked = Nach zu vielen falschen werden Codes dieser Art { $wait } lang nicht angenommen. Ein anderer zweiter Faktor geht weiterhin.
refused-factor-disabled = Dieser Faktor wurde nach zu vielen falschen Codes abgeschaltet. Nehmen Sie einen Wiederherstellungscode und verbinden Sie die App danach unter Sicherheit neu.
refused-step-up-too-weak = Dafür brauchen wir den Code aus Ihrer Authenticator-App, keinen Wiederherstellungscode.
refused-step-up-not-for-this = Dieser Nachweis galt etwas anderem oder ist zu alt. Geben Sie einen neuen Code ein.

refused-wrong-code = Das ist nicht der Code, den wir gesendet haben.
refused-code-expired = Dieser Code ist älter als 10 Minuten. Lassen Sie sich einen neuen senden.
refused-resend-too-soon = Eben wurde ein Code gesendet. Den nächsten können Sie in { $wait } anfordern.
refused-no-sends-left = Diesmal werden keine weiteren Codes gesendet. Nehmen Sie den letzten, oder beginnen Sie später neu.
refused-channel-proof-needed = Es gab viele falsche Passwörter. Jetzt kommt zuerst ein Code an die bestätigte Adresse oder Nummer.
refused-frozen = Dieses Konto ist gesperrt.

refused-sign-in-not-begun = In diesem Browser läuft keine Anmeldung.
refused-sign-in-expired = Diese Anmeldung dauerte länger als 10 Minuten und ist deshalb beendet. Beginnen Sie neu.
refused-sign-in-ended = Diese Anmeldung ist beendet. Beginnen Sie neu.
refused-sign-in-too-many-factors = Es gab zu viele falsche Codes, deshalb ist diese Anmeldung beendet. Beginnen Sie neu, wenn Sie den richtigen zur Hand haben.
refused-sign-in-too-many-codes = Es gab zu viele falsche Codes, deshalb ist diese Anmeldung beendet. Beginnen Sie neu und nehmen Sie den Code der neuesten Nachricht.
refused-sign-in-credentials-changed = Inzwischen hat sich etwas geändert, das das Konto schützt, deshalb ist diese Anmeldung beendet. Beginnen Sie neu.
refused-sign-up-not-begun = In diesem Browser wird gerade kein Konto eröffnet.
refused-sign-up-expired = Die Kontoeröffnung lag zu lange und ist deshalb beendet. Beginnen Sie neu. Es wurde kein Konto eröffnet.
refused-sign-up-ended = Diese Kontoeröffnung ist beendet. Haben Sie sie abgeschlossen, melden Sie sich an.
refused-sign-up-too-many-codes = Es gab zu viele falsche Codes, deshalb ist die Kontoeröffnung beendet. Beginnen Sie neu. Es wurde kein Konto eröffnet.
refused-sign-up-too-many-factors = Es gab zu viele falsche Codes aus der App, deshalb ist die Kontoeröffnung beendet. Prüfen Sie die Uhr des Telefons und beginnen Sie neu.
refused-recovery-codes-not-kept = Bewahren Sie zuerst die Codes auf, dann setzen Sie dieses Häkchen.
refused-reset-not-begun = In diesem Browser läuft nichts dergleichen, oder der Link ist unvollständig. Lassen Sie sich einen neuen senden.
refused-reset-expired = Das ist älter als 60 Minuten. Lassen Sie sich einen neuen Link oder Code senden.
refused-reset-ended = Dieser Link oder Code wurde schon verwendet oder ersetzt. Lassen Sie sich einen neuen senden.
refused-reset-too-many-codes = Es gab zu viele falsche Codes, deshalb wurde nichts geändert. Lassen Sie sich einen neuen senden.
refused-reset-too-many-factors = Es gab zu viele falsche Codes, deshalb wurde nichts geändert. Lassen Sie sich einen neuen Link senden, wenn Sie den richtigen Code zur Hand haben.
refused-reset-credentials-changed = Inzwischen hat sich etwas geändert, das das Konto schützt, deshalb wurde das Passwort nicht neu festgelegt. Lassen Sie sich einen neuen Link senden.
refused-change-not-begun = Beginnen Sie diese Änderung von vorn.
refused-change-expired = Diese Änderung lag zu lange, deshalb wurde nichts geändert. Beginnen Sie neu.
refused-change-ended = Diese Änderung ist schon beendet. Beginnen Sie neu, wenn Sie sie noch möchten.
refused-change-too-many-factors = Es gab zu viele falsche Codes, deshalb wurde nichts geändert. Prüfen Sie die Uhr des Telefons und beginnen Sie neu.
refused-change-credentials-changed = Inzwischen hat sich an Ihrem Konto etwas anderes geändert, deshalb wurde diese Änderung nicht vorgenommen. Beginnen Sie neu.
refused-freeze-link = Dieser Link wurde schon benutzt oder ist älter als 7 Tage. Es wurde nichts geändert. Wenn etwas nicht stimmt, melden Sie sich an und sperren Sie das Konto in der Durchsicht.
