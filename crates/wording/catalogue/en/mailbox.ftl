mailbox-title = Local mailbox
mailbox-warning = This page exists only because this machine sends no mail. Everybody who can open it can read these messages. A real installation has no such page.
mailbox-folder = The same messages lie as files in
mailbox-empty = No messages yet. When somebody signs up or signs in, codes and notices stand here.
mailbox-back = All messages
