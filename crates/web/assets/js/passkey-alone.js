// A form that only a passkey confirms: Enter in another field does what the passkey's button does. Where the browser has
// no passkeys, the form goes to the server, which says what is needed.

export default function passkeyAlone(place) {
  const offer = place.querySelector(".passkey");
  place.closest("form")?.addEventListener("submit", (event) => {
    if (!offer || offer.hidden) return;
    event.preventDefault();
    offer.querySelector("button")?.click();
  });
}
